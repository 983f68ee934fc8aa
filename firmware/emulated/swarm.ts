/**
 * Many emulated leaves in one process: dealt evenly over the hubs' ports, spread over the interval,
 * and ticked together.
 */
import { frameLeafId, frameType } from "../../transports/frame/decode.ts";
import { messageTypeName } from "../../transports/frame/names.ts";
import { FRAME } from "../wire/frame-types.ts";
import { Chance } from "./chance.ts";
import { EmulatedLeaf, type LeafBody, type SendFrame } from "./emulated-leaf.ts";
import type { OfficeModel } from "./office-model.ts";
import { kindOf, OfficeBody } from "./office-sensors.ts";

/** Leaf ids have one byte and count for each hub apart. */
export const LEAVES_PER_HUB_MAX = 256;

/** What went out and came in since the start. */
export interface SwarmCounts {
  /** Frames by type that the link took. */
  readonly sent: Record<string, number>;
  /** Frames that the link had no room for. */
  refused: number;
  commandsHeard: number;
  commandsAcknowledged: number;
}

export interface SwarmOptions {
  readonly office: OfficeModel;
  /** One for each hub; hub n stands in the office's zone n, and again from zone 0. */
  readonly hubs: readonly SendFrame[];
  readonly count: number;
  /** The id of the first leaf of each hub. */
  readonly firstId: number;
  readonly everyMs: number;
  readonly startMs: number;
  readonly seed: number;
}

export class Swarm {
  readonly counts: SwarmCounts = emptyCounts();
  readonly #leavesByHub: readonly EmulatedLeaf[][];
  readonly #sendByHub: readonly SendFrame[];
  readonly #firstId: number;

  constructor({ office, hubs, count, firstId, everyMs, startMs, seed }: SwarmOptions) {
    this.#firstId = firstId;
    this.#sendByHub = hubs.map((send) => counted(send, this.counts));
    this.#leavesByHub = hubs.map(() => []);
    for (let index = 0; index < count; index++) {
      const hub = index % hubs.length;
      const place = Math.floor(index / hubs.length);
      const zone = office.zones[hub % office.zones.length];
      if (zone === undefined) throw new RangeError("an office has at least one zone");
      const chance = new Chance(seed, index + 1);
      const body: LeafBody = new OfficeBody(kindOf(place), office, zone, place, chance);
      this.#leavesByHub[hub]?.push(
        new EmulatedLeaf({
          leafId: firstId + place,
          body,
          everyMs,
          startMs: startMs + (everyMs * index) / count,
          chance,
        }),
      );
    }
  }

  /** Sends what is due by now; to be called some times in each interval. */
  tick(nowMs: number): void {
    for (const [hub, leaves] of this.#leavesByHub.entries()) {
      const send = this.#sendByHub[hub];
      if (send !== undefined) for (const leaf of leaves) leaf.tick(nowMs, send);
    }
  }

  /** Hands a frame from a hub to the leaf it names; whatever else arrives is ignored. */
  accept(hub: number, bytes: Uint8Array, start: number, end: number, nowMs: number): void {
    if (end - start < FRAME.bytesMin) return;
    const leaf = this.#leavesByHub[hub]?.[frameLeafId(bytes, start) - this.#firstId];
    const send = this.#sendByHub[hub];
    if (leaf === undefined || send === undefined) return;
    countCommand(this.counts, leaf.accept(bytes, start, end, nowMs, send));
  }
}

export const emptyCounts = (): SwarmCounts => ({
  sent: {},
  refused: 0,
  commandsHeard: 0,
  commandsAcknowledged: 0,
});

export function countCommand(
  counts: SwarmCounts,
  outcome: ReturnType<EmulatedLeaf["accept"]>,
): void {
  if (outcome === undefined) return;
  counts.commandsHeard += 1;
  if (outcome === "acknowledged") counts.commandsAcknowledged += 1;
}

/** Sends and keeps count. */
export const counted =
  (send: SendFrame, counts: SwarmCounts): SendFrame =>
  (bytes, length) => {
    if (!send(bytes, length)) {
      counts.refused += 1;
      return false;
    }
    const type = messageTypeName(frameType(bytes, 0)) ?? "other";
    counts.sent[type] = (counts.sent[type] ?? 0) + 1;
    return true;
  };
