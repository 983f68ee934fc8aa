/**
 * Many emulated leaves in one process: dealt evenly over the hubs' ports, spread over the interval,
 * and ticked together.
 */
import { frameLeafId, frameType } from "../../transports/frame/decode.ts";
import { messageTypeName, sealedTypeName } from "../../transports/frame/names.ts";
import { sealedKind, sealedLeafId } from "../../transports/frame/sealed/read.ts";
import { fleetInstallCode } from "../../transports/frame/sealed/seal.ts";
import { AT, FRAME } from "../wire/frame-types.ts";
import { SEALED, SEALED_TYPES } from "../wire/sealed-types.ts";
import { Chance } from "./chance.ts";
import { EmulatedLeaf, type LeafBody, type SendFrame } from "./emulated-leaf.ts";
import type { LeafMemory } from "./leaf-memory.ts";
import type { OfficeModel } from "./office-model.ts";
import { kindOf, OfficeBody } from "./office-sensors.ts";
import { SealedLeaf } from "./sealed-leaf.ts";

/** Ids of v1 have one byte and count for each hub apart. */
export const LEAVES_PER_HUB_MAX = 256;
/** Those of v2 have two. */
export const SEALED_LEAVES_PER_HUB_MAX = 65_535;
/**
 * Leaves of a hub that ask to be paired at a time: an answer is tried under each one's key, and a hub
 * writes each pairing to its disk.
 */
const PAIRING_MAX = 32;

/** What went out and came in since the start. */
export interface SwarmCounts {
  /** Frames by type that the link took. */
  readonly sent: Record<string, number>;
  /** Frames that the link had no room for. */
  refused: number;
  commandsHeard: number;
  commandsAcknowledged: number;
}

/** Of leaves of wire v2, now. */
export interface SealedCounts {
  readonly paired: number;
  /** Paired, and not answered by their hub. */
  readonly away: number;
  /** Measurements that are to be sent, and those that were never sent for lack of room. */
  readonly waiting: number;
  readonly dropped: number;
}

/** Makes the leaves speak wire v2. */
export interface SealedSwarm {
  readonly fleetSecret: Uint8Array;
  /** By the device's EUI, in hex. */
  readonly memoryOf: (eui: string) => LeafMemory;
}

export interface SwarmOptions {
  readonly office: OfficeModel;
  /** One for each hub; hub n stands in the office's zone n, and again from zone 0. */
  readonly hubs: readonly SendFrame[];
  readonly count: number;
  /** The id of the first leaf of each hub; leaves of v2 are given theirs, it sets their EUIs apart. */
  readonly firstId: number;
  readonly everyMs: number;
  readonly startMs: number;
  readonly seed: number;
  readonly sealed?: SealedSwarm;
}

/** The leaves of a hub. */
interface Flock {
  readonly send: SendFrame;
  readonly leaves: (EmulatedLeaf | SealedLeaf)[];
  readonly sealedById: Map<number, SealedLeaf>;
  readonly pairing: Set<SealedLeaf>;
}

export class Swarm {
  readonly counts: SwarmCounts = emptyCounts();
  readonly #flocks: readonly Flock[];
  readonly #firstId: number;

  constructor(options: SwarmOptions) {
    const { office, hubs, count, firstId, everyMs, startMs, seed, sealed } = options;
    this.#firstId = firstId;
    this.#flocks = hubs.map((send) => ({
      send: counted(send, this.counts),
      leaves: [],
      sealedById: new Map(),
      pairing: new Set(),
    }));
    for (let index = 0; index < count; index++) {
      const hub = index % hubs.length;
      const place = Math.floor(index / hubs.length);
      const zone = office.zones[hub % office.zones.length];
      const flock = this.#flocks[hub];
      if (zone === undefined || flock === undefined) {
        throw new RangeError("an office has at least one zone");
      }
      const chance = new Chance(seed, index + 1);
      const body: LeafBody = new OfficeBody(kindOf(place), office, zone, place, chance);
      const leaf = { body, everyMs, startMs: startMs + (everyMs * index) / count, chance };
      const leafId = firstId + place;
      if (sealed === undefined) flock.leaves.push(new EmulatedLeaf({ ...leaf, leafId }));
      else addSealed(flock, leaf, euiOf(hub, leafId), sealed);
    }
  }

  /** Sends what is due by now; to be called some times in each interval. */
  tick(nowMs: number): void {
    for (const { leaves, send } of this.#flocks) for (const leaf of leaves) leaf.tick(nowMs, send);
  }

  /** Hands a frame from a hub to the leaf it names; whatever else arrives is ignored. */
  accept(hub: number, bytes: Uint8Array, start: number, end: number, nowMs: number): void {
    const flock = this.#flocks[hub];
    if (flock === undefined || end - start < FRAME.bytesMin) return;
    if (bytes[start + AT.version] === SEALED.version) {
      if (end - start < SEALED.bytesMin) return;
      acceptSealed(flock, bytes, start, end, nowMs, this.counts);
      return;
    }
    const leaf = flock.leaves[frameLeafId(bytes, start) - this.#firstId];
    if (!(leaf instanceof EmulatedLeaf)) return;
    countCommand(this.counts, leaf.accept(bytes, start, end, nowMs, flock.send));
  }

  /** Undefined for leaves of v1, which know of none of it. */
  sealedCounts(): SealedCounts | undefined {
    const leaves = this.#flocks.flatMap((flock) => flock.leaves);
    const sealed = leaves.filter((leaf) => leaf instanceof SealedLeaf);
    if (sealed.length === 0) return undefined;
    return {
      paired: sealed.filter(({ leafId }) => leafId !== undefined).length,
      away: sealed.filter(({ leafId, isAway }) => leafId !== undefined && isAway).length,
      waiting: sealed.reduce((sum, { waiting }) => sum + waiting, 0),
      dropped: sealed.reduce((sum, { dropped }) => sum + dropped, 0),
    };
  }
}

function addSealed(
  flock: Flock,
  options: {
    readonly body: LeafBody;
    readonly everyMs: number;
    readonly startMs: number;
    readonly chance: Chance;
  },
  eui: Uint8Array,
  { fleetSecret, memoryOf }: SealedSwarm,
): void {
  const { pairing, sealedById } = flock;
  const leaf: SealedLeaf = new SealedLeaf({
    ...options,
    eui,
    installCode: fleetInstallCode(fleetSecret, eui),
    memory: memoryOf(Buffer.from(eui).toString("hex")),
    mayPair: () => {
      if (pairing.size < PAIRING_MAX) pairing.add(leaf);
      return pairing.has(leaf);
    },
  });
  flock.leaves.push(leaf);
  if (leaf.leafId !== undefined) sealedById.set(leaf.leafId, leaf);
}

function acceptSealed(
  flock: Flock,
  bytes: Uint8Array,
  start: number,
  end: number,
  nowMs: number,
  counts: SwarmCounts,
): void {
  const { pairing, sealedById, send } = flock;
  if (sealedKind(bytes, start) !== SEALED_TYPES.PAIR_ACCEPT) {
    const leaf = sealedById.get(sealedLeafId(bytes, start));
    if (leaf !== undefined) countCommand(counts, leaf.accept(bytes, start, end, nowMs, send));
    return;
  }
  for (const leaf of pairing) {
    leaf.accept(bytes, start, end, nowMs, send);
    if (leaf.isPairing || leaf.leafId === undefined) continue;
    pairing.delete(leaf);
    sealedById.set(leaf.leafId, leaf);
    return;
  }
}

/** Locally administered (bit 0x02 of the first byte), then hub and place. */
function euiOf(hub: number, place: number): Uint8Array {
  return Uint8Array.of(0x02, 0x4d, 0x59, 0x43, hub >> 8, hub, place >> 8, place);
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
  if (outcome === undefined || outcome === "repeated") return;
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
    const type = typeOf(bytes) ?? "other";
    counts.sent[type] = (counts.sent[type] ?? 0) + 1;
    return true;
  };

const typeOf = (bytes: Uint8Array): string | undefined =>
  bytes[AT.version] === SEALED.version
    ? sealedTypeName(sealedKind(bytes, 0))
    : messageTypeName(frameType(bytes, 0));
