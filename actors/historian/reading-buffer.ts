/**
 * Readings on their way into the store, batches as they came. While the store takes nothing they wait
 * here up to a bound; beyond it the oldest batch goes, since the newest readings are worth most.
 */
import { READING_RECORD } from "./messages.ts";

/** 24 MB; with a full disk a thousand seconds of 1,000 readings/s, or 10 s of 100,000. */
export const WAITING_READINGS_MAX = 1_000_000;

export class ReadingBuffer {
  readonly #readingsMax: number;
  #batches: DataView[] = [];
  #count = 0;

  constructor(readingsMax: number = WAITING_READINGS_MAX) {
    this.#readingsMax = readingsMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Copies the readings; returns how many older ones had to go. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const copy = bytes.slice(start, end);
    this.#batches.push(new DataView(copy.buffer));
    this.#count += (end - start) / READING_RECORD.bytes;
    return this.#trim();
  }

  /** All that waits, in order; the buffer is empty then. */
  take(): readonly DataView[] {
    const taken = this.#batches;
    this.#batches = [];
    this.#count = 0;
    return taken;
  }

  /** Puts back what could not be stored, before what came since. */
  giveBack(batches: readonly DataView[]): number {
    this.#batches = [...batches, ...this.#batches];
    this.#count += countOf(batches);
    return this.#trim();
  }

  #trim(): number {
    let dropped = 0;
    let batches = 0;
    while (this.#count - dropped > this.#readingsMax) {
      dropped += (this.#batches[batches++] as DataView).byteLength / READING_RECORD.bytes;
    }
    if (batches > 0) this.#batches = this.#batches.slice(batches);
    this.#count -= dropped;
    return dropped;
  }
}

export const countOf = (batches: readonly DataView[]): number =>
  batches.reduce((bytes, batch) => bytes + batch.byteLength, 0) / READING_RECORD.bytes;
