/** What a ring's header tells of its traffic, readable by any thread that has the buffer. */
import { LANE_BYTES, laneOffset, RING } from "./shared-layout.ts";
import { LANE, type Lane } from "./thread-port.ts";

/** Counters since the ring was made, mod 2^32. */
export interface RingStats {
  readonly from: number;
  readonly to: number;
  readonly lane: keyof typeof LANE;
  readonly sent: number;
  readonly received: number;
  /** Times a sender found no room and had to wait. */
  readonly full: number;
  readonly waitingBytes: number;
  readonly capacityBytes: number;
}

/** The lanes of one direction between two threads. */
export function ringStats(memory: SharedArrayBuffer, from: number, to: number): RingStats[] {
  return Object.entries(LANE).map(([name, lane]) => {
    const header = new Int32Array(memory, laneOffset(lane), RING.headerBytes / 4);
    const word = (index: number): number => Atomics.load(header, index);
    return {
      from,
      to,
      lane: name as keyof typeof LANE,
      sent: word(RING.sent) >>> 0,
      received: word(RING.received) >>> 0,
      full: word(RING.full) >>> 0,
      waitingBytes: (word(RING.tail) - word(RING.head)) | 0,
      capacityBytes: LANE_BYTES[lane as Lane],
    };
  });
}
