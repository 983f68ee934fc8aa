/**
 * The words of every shared buffer that threads meet in. Positions are Int32 words; whatever one
 * thread writes often and another reads lies on a cache line (64 bytes, 16 words) of its own.
 */
import type { Lane } from "./thread-port.ts";

/**
 * Header of one ring. Byte counters run on for ever and wrap at 2^32; a ring's size is a power of
 * two, so `counter & (size - 1)` is the position and `(tail - head) | 0` the bytes in use.
 *
 *   words  0..15            16..31                32..47
 *          written by       written by            written by both sides
 *          the producer     the consumer          and the main thread
 */
export const RING = {
  /** Bytes published. */
  tail: 0,
  /** Records published. */
  sent: 1,
  /** Times a record found no room. */
  full: 2,
  /** Bytes given back. */
  head: 16,
  /** Records handed over. */
  received: 17,
  /** Bytes of side blocks taken over, mod 2^32. */
  blockBytesTaken: 18,
  /** 1 while the producer waits for room; the consumer clears it and rings. */
  wantsRoom: 32,
  /** Epoch of the pair this ring was made for, or `RETIRED`. */
  epoch: 33,
  headerBytes: 3 * 64,
} as const;

/** In `RING.epoch`: one of the two threads has been replaced, nothing may be published any more. */
export const RETIRED = -1;

/**
 * A record, at a multiple of eight bytes, little-endian as every machine Node 24 runs on:
 *
 *   0                    4        8            16          24           24 + n
 *   n << 4 | kind  u32   tag u32  target f64   atMs f64    payload[n]   up to a multiple of 8
 */
export const RECORD = { headerBytes: 24, kindBits: 4, kindMask: 15 } as const;

export const KIND = {
  /** Nothing: the next record starts at the ring's beginning. */
  skip: 0,
  /** A message as msgpackr bytes. */
  message: 1,
  /** Raw bytes of `sendBytes`. */
  bytes: 2,
  /** Object shapes that later messages of this ring refer to. */
  shapes: 3,
  /** A flat message as words, and the shapes that such refer to. */
  flat: 4,
  flatShapes: 5,
  /** No record at all, as the reader finds: all that is published is passed over. */
  unreadable: 7,
  /** Added to the above: the payload is the u32 number of a side block. */
  inBlock: 8,
} as const;

/** Every thread's own line in the node's one buffer of thread words. */
export const THREAD = {
  /** 1 from before the last look at the rings until woken: ring the bell. */
  sleeping: 0,
  /** The watchdog's last question and the thread's last answer. */
  probe: 1,
  beat: 2,
  /** Log lines of this thread that the main thread has written out. */
  logged: 3,
  words: 16,
} as const;

/** Word of thread `thread` in the buffer of thread words. */
export const threadWord = (thread: number, word: number): number => thread * THREAD.words + word;

/**
 * Bytes of data of the ring of each lane. 256 KiB hold 2 900 records of 64 bytes, which is more than
 * a thread drains in its time box, and stay in a core's second-level cache.
 */
export const LANE_BYTES: Readonly<Record<Lane, number>> = { 0: 65_536, 1: 65_536, 2: 262_144 };

/** Largest payload within a ring: a quarter of the smallest, so that it fits wherever the tail is. */
export const INLINE_BYTES_MAX = 16_384;

/** Largest message between threads; a larger one is a design mistake and is refused. */
export const MESSAGE_BYTES_MAX = 16 * 1_048_576;

/** Side blocks on the way from one thread to another in one lane, bytes: four of the largest. */
export const BLOCK_BYTES_IN_FLIGHT_MAX = 4 * MESSAGE_BYTES_MAX;

/** Where the ring of a lane starts in the buffer of one ordered pair of threads. */
export function laneOffset(lane: Lane): number {
  let offset = 0;
  for (let before = 0; before < lane; before += 1) {
    offset += RING.headerBytes + LANE_BYTES[before as Lane];
  }
  return offset;
}

export const PAIR_BYTES = laneOffset(2) + RING.headerBytes + LANE_BYTES[2];
