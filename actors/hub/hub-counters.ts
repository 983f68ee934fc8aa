/**
 * What became of every frame, counted for each hub in shared memory, so that a restart of the hub
 * loses no count and the metrics endpoint reads them from its own thread.
 *
 *   received = applied + sum of refused, once the hub's and its leaves' mailboxes are empty
 *
 * Every word has one writer, the hub's thread. It is a float64 counter, exact to 2^53; an aligned
 * 8-byte store is one machine store on x64 and arm64, so a reader sees the old or the new count.
 */
import { FRAME_FAULTS } from "../../firmware/wire/frame-types.ts";
import { invariant } from "../../runtime/invariant.ts";
import { SEALED_REFUSALS } from "./security/refusals.ts";

/** The name under which the node shares the counters: `ctx.shared(HUB_COUNTERS)`. */
export const HUB_COUNTERS = "hubCounters";

/** Why a hub or a leaf refuses a sound frame; the decoders' faults come before these. */
export const HUB_REFUSALS = [
  ...SEALED_REFUSALS,
  /** A message type that no leaf sends, or an unknown one. */
  "unexpectedType",
  /** The hub has no row for this leaf id. */
  "hubFull",
  /** Other hardware asked for the id and waits for an operator, or the frame is from its address. */
  "disputed",
  /** The leaf sends more than it may. */
  "rateLimited",
  /** The leaf has sent too much for too long. */
  "quarantined",
  /** The leaf's or the hub's mailbox is full. */
  "busy",
  /** More frames than the hub keeps while it reads its records after a start. */
  "starting",
  /** A registration that the store did not confirm in time. */
  "storeUnavailable",
  /** In a mailbox when the hub or the leaf was restarted. */
  "lostInRestart",
] as const;

export const FRAME_REFUSALS = [...FRAME_FAULTS, ...HUB_REFUSALS] as const;
export type FrameRefusal = (typeof FRAME_REFUSALS)[number];

/** Counts of a hub beside the refused frames. */
export const HUB_COUNTS = [
  /** Times the hub's actor was started. */
  "starts",
  "received",
  "applied",
  /** Readings that the historian's mailbox or a store without room did not take. */
  "readingsNotStored",
  /** Reports that their zone's or the bus's mailbox did not take. */
  "reportsNotPassed",
] as const;
export type HubCount = (typeof HUB_COUNTS)[number];

const WORDS = HUB_COUNTS.length + FRAME_REFUSALS.length;
const countWord = new Map<HubCount, number>(HUB_COUNTS.map((name, i) => [name, i]));
const RECEIVED = HUB_COUNTS.indexOf("received");
const APPLIED = HUB_COUNTS.indexOf("applied");
const refusalWord = new Map<FrameRefusal, number>(
  FRAME_REFUSALS.map((name, i) => [name, HUB_COUNTS.length + i]),
);

export interface HubCounts {
  readonly starts: number;
  readonly received: number;
  readonly applied: number;
  readonly readingsNotStored: number;
  readonly reportsNotPassed: number;
  /** Only reasons that have occurred. */
  readonly refused: Readonly<Record<string, number>>;
}

export const createHubCounters = ({ hubsMax }: { readonly hubsMax: number }): SharedArrayBuffer =>
  new SharedArrayBuffer(hubsMax * WORDS * Float64Array.BYTES_PER_ELEMENT);

/** `hubNo` is the hub's place in the buffer, from 0. */
export const openHubCounters = (buffer: SharedArrayBuffer, hubNo: number): HubCounters =>
  new HubCounters(buffer, hubNo);

export class HubCounters {
  readonly #words: Float64Array;

  constructor(buffer: SharedArrayBuffer, hubNo: number) {
    const bytes = WORDS * Float64Array.BYTES_PER_ELEMENT;
    invariant((hubNo + 1) * bytes <= buffer.byteLength, "the hub has a place among the counters");
    this.#words = new Float64Array(buffer, hubNo * bytes, WORDS);
  }

  /** Of each frame: without a look for the word. */
  countReceived(): void {
    this.#add(RECEIVED, 1);
  }
  countApplied(): void {
    this.#add(APPLIED, 1);
  }

  count(name: HubCount, by = 1): void {
    this.#add(countWord.get(name) as number, by);
  }

  refuse(reason: FrameRefusal, by = 1): void {
    this.#add(refusalWord.get(reason) as number, by);
  }

  /** Frames received whose outcome is not counted yet: in a leaf's mailbox, or waiting for the store. */
  underWay(): number {
    const { received, applied, refused } = this.read();
    return Object.values(refused).reduce((left, count) => left - count, received - applied);
  }

  read(): HubCounts {
    const at = (name: HubCount): number => this.#words[countWord.get(name) as number] as number;
    const refused: Record<string, number> = {};
    for (const [reason, word] of refusalWord) {
      const count = this.#words[word] as number;
      if (count > 0) refused[reason] = count;
    }
    const applied = at("applied");
    return {
      starts: at("starts"),
      // After its outcomes: another thread counts meanwhile, and an outcome is never without a frame.
      received: at("received"),
      applied,
      readingsNotStored: at("readingsNotStored"),
      reportsNotPassed: at("reportsNotPassed"),
      refused,
    };
  }

  #add(word: number, by: number): void {
    this.#words[word] = (this.#words[word] as number) + by;
  }
}
