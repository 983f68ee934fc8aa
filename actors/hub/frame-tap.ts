/**
 * The last frames of the leaves that somebody looks at, as they came and as they were opened. It runs on a lease
 * that each look renews; while nobody looks the hub has no tap at all, and a frame passes one test more.
 */
import { SEALED, SEALED_AT } from "../../firmware/wire/sealed-types.ts";
import { frameLeafId } from "../../transports/frame/decode.ts";
import { toHex } from "../../transports/frame/hex.ts";
import { sealedLeafId, wireVersion } from "../../transports/frame/sealed/read.ts";

/** More than fit on a screen with their fields. */
const FRAMES_KEPT = 16;
/** Pages of leaves that are open at once on one hub. */
const LEAVES_TAPPED_MAX = 16;
/** The page asks each second. */
export const TAP_LEASE_MS = 10_000;

export interface TappedFrame {
  /** Counts the leaf's frames since the tap was opened, from 1. */
  readonly no: number;
  readonly atMs: number;
  readonly hex: string;
  /** Of v2: header and payload, once opened. */
  readonly openedHex: string | undefined;
  /** Why the hub did not pass it on to the leaf. */
  readonly refusal: string | undefined;
}

interface Tapped {
  untilMs: number;
  count: number;
  readonly frames: TappedFrame[];
}

export class FrameTap {
  readonly #leaves = new Map<number, Tapped>();

  /** Frames after number `after`, and others from here on; undefined: too many leaves are looked at. */
  look(leafId: number, after: number, nowMs: number): readonly TappedFrame[] | undefined {
    this.expire(nowMs);
    let tapped = this.#leaves.get(leafId);
    if (tapped === undefined) {
      if (this.#leaves.size === LEAVES_TAPPED_MAX) return undefined;
      tapped = { untilMs: 0, count: 0, frames: [] };
      this.#leaves.set(leafId, tapped);
    }
    tapped.untilMs = nowMs + TAP_LEASE_MS;
    // Whoever counts further than this tap has looked at another one.
    const from = after > tapped.count ? 0 : after;
    return tapped.frames.filter(({ no }) => no > from);
  }

  /** A frame that the hub has passed on or refused; `opened`: the first `openedEnd` bytes, if any. */
  see(
    bytes: Uint8Array,
    start: number,
    end: number,
    atMs: number,
    refusal: string | undefined,
    opened: Uint8Array | undefined,
    openedEnd: number,
  ): void {
    const leafId = leafIdOf(bytes, start, end);
    const tapped = leafId === undefined ? undefined : this.#leaves.get(leafId);
    if (tapped === undefined) return;
    tapped.count += 1;
    tapped.frames.push({
      no: tapped.count,
      atMs,
      hex: toHex(bytes, start, end),
      openedHex: openedEnd === 0 ? undefined : opened && toHex(opened, 0, openedEnd),
      refusal,
    });
    if (tapped.frames.length > FRAMES_KEPT) tapped.frames.shift();
  }

  /** True when nobody looks any more. */
  expire(nowMs: number): boolean {
    for (const [leafId, { untilMs }] of this.#leaves) {
      if (untilMs <= nowMs) this.#leaves.delete(leafId);
    }
    return this.#leaves.size === 0;
  }
}

/** Whose it says it is, be it sound or not. */
function leafIdOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (wireVersion(bytes, start, end) === SEALED.version) {
    return end - start < SEALED_AT.epoch ? undefined : sealedLeafId(bytes, start);
  }
  return end - start < 4 ? undefined : frameLeafId(bytes, start);
}
