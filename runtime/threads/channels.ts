/** Makes the two ends of the way between two threads: a ring buffer for each direction and a port. */
import { MessageChannel } from "node:worker_threads";
import type { PeerEnd } from "./peer.ts";
import { initRing, retireRing } from "./ring.ts";
import { laneOffset, PAIR_BYTES } from "./shared-layout.ts";
import type { Lane } from "./thread-port.ts";

const LANES: readonly Lane[] = [0, 1, 2];

/** The end for thread `a`, then the end for thread `b`. */
export function makeChannel(a: number, b: number, epoch: number): readonly [PeerEnd, PeerEnd] {
  const aToB = makeRings(epoch);
  const bToA = makeRings(epoch);
  const { port1, port2 } = new MessageChannel();
  return [
    { thread: b, epoch, outgoing: aToB, incoming: bToA, port: port1 },
    { thread: a, epoch, outgoing: bToA, incoming: aToB, port: port2 },
  ];
}

/** Refuses whatever a replaced thread, or one that has not heard of the replacement, still writes. */
export function retireChannel(end: Pick<PeerEnd, "outgoing" | "incoming">): void {
  for (const lane of LANES) {
    retireRing(end.outgoing, laneOffset(lane));
    retireRing(end.incoming, laneOffset(lane));
  }
}

function makeRings(epoch: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(PAIR_BYTES);
  for (const lane of LANES) initRing(memory, laneOffset(lane), epoch);
  return memory;
}
