/**
 * What a leaf does with each frame: may it come, what does it say, where does it go.
 *
 *   hub ──bytes, (peer, apart)──▶ quarantine · rate limit ──▶ row in shared memory
 *                                                        ├─ readings ──▶ batch ──▶ historian
 *                                                        └─ readings ──▶ zone, bus   if they may use them
 *
 * Frames are read in place; the hub has checked them, and opened those of wire v2: header and payload, as
 * the version says. The way of a report makes no object: what is rare (an event, a registration, a state
 * that turns) is a call to the leaf's `LeafDuties`.
 */
import { MESSAGE_TYPES } from "../../firmware/wire/frame-types.ts";
import { SEALED, SEALED_AT, SEALED_TYPES } from "../../firmware/wire/sealed-types.ts";
import {
  frameType,
  heartbeatBatteryMv,
  heartbeatUptimeS,
  reportCount,
  reportReadingsAt,
} from "../../transports/frame/decode.ts";
import {
  beatBatteryMv,
  beatUptimeS,
  firstGroup,
  groupAgeMs,
  groupCount,
  groupEnd,
  groupReadings,
  sealedCounter,
  sealedKind,
  sealedWantsAnswer,
} from "../../transports/frame/sealed/read.ts";
import { FLAG } from "./leaf-row.ts";
import type { LeafRecord } from "./messages.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { ReadingWays } from "./reading-ways.ts";
import type { RowWriter } from "./row-writer.ts";

const { SENSOR_REPORT, HEARTBEAT, REGISTER } = MESSAGE_TYPES;
const SEALED_VERSION = SEALED.version;
const VERSION_AT = SEALED_AT.version;
const { online: ONLINE, quarantined: QUARANTINED } = FLAG;

export type LeafRefusal =
  | "rateLimited"
  | "quarantined"
  | "busy"
  | "disputed"
  | "storeUnavailable"
  | "lostInRestart";

/**
 * The tag of a leaf's frames. `apart`: the id is disputed and the sender cannot be told from the
 * other claimant, so the readings are shown and not used.
 */
export const frameTag = (peer: number, isApart: boolean): number =>
  ((peer << 1) | (isApart ? 1 : 0)) >>> 0;
const tagPeer = (tag: number): number => tag >>> 1;
const tagIsApart = (tag: number): boolean => (tag & 1) === 1;

/** Where frames and readings are counted and kept: the hub's, shared by its leaves. */
export interface FrameHands {
  countApplied(): void;
  countRefused(reason: LeafRefusal): void;
  /** `count` readings, a byte of channel and a float32 each, in `bytes` at `at`. */
  store(leafId: number, atMs: number, bytes: Uint8Array, at: number, count: number): void;
  /** Answers the v2 frame of this counter, which asked for it and is applied. */
  acknowledge(leafId: number, peer: number, counter: number): void;
  /** A frame was applied that speaks for the leaf, and is no registration; it is there until this returns. */
  heard(
    leafId: number,
    peer: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    atMs: number,
  ): void;
}

/** What a frame seldom asks of its leaf. */
export interface LeafDuties {
  /** Was silent until now; `silentMs` undefined: never heard before. */
  cameOnline(silentMs: number | undefined): void;
  /** Has sent more than it may for too long. */
  quarantine(): void;
  judgeBattery(batteryMv: number): void;
  claim(bytes: Uint8Array, start: number, peer: number, atMs: number): void;
  /** The same of v2; false when the hub has no room to hear of it. */
  claimSealed(bytes: Uint8Array, start: number, peer: number, atMs: number): boolean;
}

export interface FrameParts {
  readonly hands: FrameHands;
  readonly ways: ReadingWays;
  readonly duties: LeafDuties;
}

export class LeafFrames {
  /** Undefined: none. */
  limit: RateLimit | undefined;
  standing: LeafRecord["standing"];
  /** Registrations that the hub has not decided about. */
  claimsUnderWay = 0;
  /** A frame is in hand: it is lost if its handler throws. */
  isHandling = false;
  readonly #leafId: number;
  readonly #row: RowWriter;
  readonly #hands: FrameHands;
  readonly #ways: ReadingWays;
  readonly #duties: LeafDuties;

  constructor(
    { leafId, standing }: LeafRecord,
    row: RowWriter,
    limit: RateLimit | undefined,
    { hands, ways, duties }: FrameParts,
  ) {
    this.#leafId = leafId;
    this.standing = standing;
    this.#row = row;
    this.limit = limit;
    this.#hands = hands;
    this.#ways = ways;
    this.#duties = duties;
  }

  accept(bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): void {
    this.isHandling = true;
    if ((this.#row.flags & QUARANTINED) !== 0) this.refuse("quarantined");
    else {
      const verdict = this.limit === undefined ? "pass" : this.limit.take(atMs);
      if (verdict !== "pass") this.#exceeded(verdict);
      else if (bytes[start + VERSION_AT] !== SEALED_VERSION)
        this.#apply(bytes, start, end, tag, atMs);
      else this.#applySealed(bytes, start, end, tagPeer(tag), atMs);
    }
    this.isHandling = false;
  }

  /** A frame that says no more than that its leaf lives, or a registration that was accepted. */
  settle(atMs: number): void {
    this.#row.begin();
    this.#finish(atMs);
  }

  refuse(reason: LeafRefusal): void {
    const row = this.#row;
    row.begin();
    row.countRefused();
    row.end();
    this.#hands.countRefused(reason);
  }

  #exceeded(verdict: "limited" | "quarantine"): void {
    if (verdict === "limited") this.refuse("rateLimited");
    else this.#duties.quarantine();
  }

  #apply(bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): void {
    switch (frameType(bytes, start)) {
      case SENSOR_REPORT: {
        const at = reportReadingsAt(start);
        const count = reportCount(bytes, start);
        this.#row.begin();
        this.#finishReport(this.#row.setReadings(bytes, at, count, atMs), atMs);
        if (!tagIsApart(tag)) this.#take(bytes, at, count, atMs, atMs);
        break;
      }
      case HEARTBEAT:
        this.#beat(heartbeatBatteryMv(bytes, start), heartbeatUptimeS(bytes, start), atMs);
        break;
      case REGISTER:
        // Who registers speaks for the leaf once the hub has agreed.
        this.#duties.claim(bytes, start, tagPeer(tag), atMs);
        return;
      default:
        // WAKE_NOTIFY and ACK: a sign of life.
        this.settle(atMs);
    }
    if (!tagIsApart(tag)) this.#hands.heard(this.#leafId, tagPeer(tag), bytes, start, end, atMs);
  }

  #applySealed(bytes: Uint8Array, start: number, end: number, peer: number, atMs: number): void {
    const kind = sealedKind(bytes, start);
    switch (kind) {
      case SEALED_TYPES.REPORT:
        this.#reportGroups(bytes, start, end, atMs);
        break;
      case SEALED_TYPES.HEARTBEAT:
        this.#beat(beatBatteryMv(bytes, start), beatUptimeS(bytes, start), atMs);
        break;
      case SEALED_TYPES.REGISTER:
        if (!this.#duties.claimSealed(bytes, start, peer, atMs)) return;
        break;
      default:
        this.settle(atMs);
    }
    if (sealedWantsAnswer(bytes, start)) {
      this.#hands.acknowledge(this.#leafId, peer, sealedCounter(bytes, start));
    }
    if (kind !== SEALED_TYPES.REGISTER) {
      this.#hands.heard(this.#leafId, peer, bytes, start, end, atMs);
    }
  }

  /** Each group has its own age: what is old goes to the store, and to the row where that knows nothing newer. */
  #reportGroups(bytes: Uint8Array, start: number, end: number, arrivedAtMs: number): void {
    const row = this.#row;
    let batteryMv = 0;
    row.begin();
    for (let group = firstGroup(start); group < end; group = groupEnd(bytes, group)) {
      const ageMs = groupAgeMs(bytes, group);
      const [at, count] = [groupReadings(group), groupCount(bytes, group)];
      if (ageMs > 0) row.setOldReadings(bytes, at, count, arrivedAtMs - ageMs);
      else batteryMv = row.setReadings(bytes, at, count, arrivedAtMs) || batteryMv;
    }
    this.#finishReport(batteryMv, arrivedAtMs);
    for (let group = firstGroup(start); group < end; group = groupEnd(bytes, group)) {
      const atMs = arrivedAtMs - groupAgeMs(bytes, group);
      this.#take(bytes, groupReadings(group), groupCount(bytes, group), atMs, arrivedAtMs);
    }
  }

  #beat(batteryMv: number, uptimeS: number, atMs: number): void {
    this.#row.begin();
    this.#row.setHealth(batteryMv, uptimeS);
    this.#finish(atMs);
    this.#duties.judgeBattery(batteryMv);
  }

  #finishReport(batteryMv: number, atMs: number): void {
    if (batteryMv > 0) this.#row.setBattery(batteryMv);
    this.#finish(atMs);
    if (batteryMv > 0) this.#duties.judgeBattery(batteryMv);
  }

  /**
   * A stranger's go nowhere, unless its registration is on its way to the disk: then they are kept. What
   * is of now is all that zone and bus want: the past is asked of the history.
   */
  #take(bytes: Uint8Array, at: number, count: number, atMs: number, nowMs: number): void {
    const isStranger = this.standing === "stranger";
    if (count === 0 || atMs < 0 || (isStranger && this.claimsUnderWay === 0)) return;
    this.#hands.store(this.#leafId, atMs, bytes, at, count);
    if (!isStranger && atMs === nowMs) this.#ways.pass(bytes, at, count, atMs);
  }

  /** Ends the change of the row that the caller began, and counts the frame. */
  #finish(atMs: number): void {
    const row = this.#row;
    const wasOnline = (row.flags & ONLINE) !== 0;
    const lastSeenMs = row.lastSeenMs;
    if (!wasOnline) row.setFlags(ONLINE, 0);
    row.setSeen(atMs);
    row.countApplied();
    row.end();
    this.#hands.countApplied();
    if (!wasOnline) this.#duties.cameOnline(lastSeenMs === 0 ? undefined : atMs - lastSeenMs);
  }
}
