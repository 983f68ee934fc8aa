/**
 * Budget: 2 us a frame, so that one core keeps up with 100,000 frames/s and has four fifths of its
 * time left.
 */
import { decodeFrame } from "../transports/frame/decode.ts";
import type { Bench } from "./harness.ts";
import { decodeInPlace, FRAME_BYTES, ringBytes, startOf } from "./report-frames.ts";

export const frameDecode: Bench = {
  name: "frame-decode",
  question: "How long does a frame of two readings cost the hub's thread, checksum checked?",
  run: (harness) =>
    harness.compare({
      name: "decode in place",
      unit: "frame",
      smoke: 10_000,
      ours: decodeInPlace,
      peers: { "bare loop": bareLoop, "decode to objects": decodeToObjects },
      aims: [{ peer: "bare loop", atLeast: 0.7 }],
    }),
};

/** The least that any decoder must do: look at every byte once and read the floats. */
const view = new DataView(ringBytes.buffer);
function bareLoop(count: number): number {
  let sum = 0;
  for (let n = 0; n < count; n++) {
    const start = startOf(n);
    const xor =
      view.getUint32(start, true) ^
      view.getUint32(start + 4, true) ^
      view.getUint32(start + 8, true) ^
      view.getUint32(start + 12, true);
    const folded = xor ^ (xor >>> 16);
    if (((folded ^ (folded >>> 8)) & 0xff) !== 0) continue;
    sum +=
      view.getUint8(start + 3) +
      view.getFloat32(start + 6, true) +
      view.getFloat32(start + 11, true);
  }
  return sum;
}

function decodeToObjects(count: number): number {
  let sum = 0;
  for (let n = 0; n < count; n++) {
    const start = startOf(n);
    const decoded = decodeFrame(ringBytes, start, start + FRAME_BYTES);
    if (decoded.ok) sum += decoded.value.leafId;
  }
  return sum;
}
