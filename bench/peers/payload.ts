/** What crosses threads in cross-thread, the same on both sides. */

/** A frame of eleven readings, rounded up to a cache line. */
export const PAYLOAD = new Uint8Array(64).fill(0x53);

export interface Reading {
  readonly type: "Reading";
  readonly leafId: number;
  readonly channel: string;
  readonly value: number;
  readonly atMs: number;
}

export const readingOf = (n: number): Reading => ({
  type: "Reading",
  leafId: n & 0xff,
  channel: "temperature",
  value: 22.5,
  atMs: 1_700_000_000_000 + n,
});

/** Messages under way at most, and how many arrive before the source hears of it. */
export const WINDOW = 1_024;
export const ACKNOWLEDGE_EVERY = 256;
