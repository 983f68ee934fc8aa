/**
 * Readings on their way into the store, batches as they came. While the store takes nothing they wait
 * here up to a bound; beyond it the oldest batch goes, since the newest readings are worth most.
 */
import { BATCH, RECORD } from "./messages.ts";

/** 9 MB of frames with four readings; with a full disk 10 s of 100,000 readings/s. */
export const WAITING_READINGS_MAX = 1_000_000;

/** Half of it: while the store takes something, so many are written before their time. */
export const UNWRITTEN_READINGS_MAX = 500_000;

export interface Batch {
  readonly view: DataView;
  readonly readings: number;
}

export class ReadingBuffer {
  readonly #readingsMax: number;
  #batches: Batch[] = [];
  #count = 0;

  constructor(readingsMax: number = WAITING_READINGS_MAX) {
    this.#readingsMax = readingsMax;
  }

  /** Of readings. */
  get count(): number {
    return this.#count;
  }

  /** Copies a sound batch; returns how many older readings had to go. */
  add(bytes: Uint8Array, start: number, end: number, readings: number): number {
    const copy = bytes.slice(start, end);
    this.#batches.push({ view: new DataView(copy.buffer), readings });
    this.#count += readings;
    return this.#trim();
  }

  /** All that waits, in order; the buffer is empty then. */
  take(): readonly Batch[] {
    const taken = this.#batches;
    this.#batches = [];
    this.#count = 0;
    return taken;
  }

  /** Puts back what could not be stored, before what came since. */
  giveBack(batches: readonly Batch[]): number {
    this.#batches = [...batches, ...this.#batches];
    this.#count += countOf(batches);
    return this.#trim();
  }

  #trim(): number {
    let dropped = 0;
    let batches = 0;
    while (this.#count - dropped > this.#readingsMax) {
      dropped += (this.#batches[batches++] as Batch).readings;
    }
    if (batches > 0) this.#batches = this.#batches.slice(batches);
    this.#count -= dropped;
    return dropped;
  }
}

export const countOf = (batches: readonly Batch[]): number =>
  batches.reduce((sum, { readings }) => sum + readings, 0);

/**
 * How many readings a batch holds; 0 when it is no batch: its records must fill it, with whole times
 * since 1970 and finite numbers.
 */
export function readingsIn(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= BATCH.headerBytes) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const length = end - start;
  let readings = 0;
  for (let at: number = BATCH.headerBytes; at < length; ) {
    if (at + RECORD.headerBytes > length) return 0;
    const count = view.getUint8(at + RECORD.count);
    const atMs = view.getFloat64(at + RECORD.atMs, true);
    if (count === 0 || !Number.isSafeInteger(atMs) || atMs < 0) return 0;
    at += RECORD.headerBytes;
    const readingsEnd = at + count * RECORD.readingBytes;
    if (readingsEnd > length) return 0;
    for (; at < readingsEnd; at += RECORD.readingBytes) {
      // An exponent of all ones is a NaN or an infinity (IEEE 754-2008, 3.4).
      if ((view.getUint16(at + 3, true) & 0x7f80) === 0x7f80) return 0;
    }
    readings += count;
  }
  return readings;
}
