/**
 * Budget: 2 us a frame on the hub's thread, so that one core keeps up with 100,000 frames/s and has
 * four fifths of its time left.
 */

import { invariant } from "../runtime/invariant.ts";
import {
  checkFrame,
  decodeFrame,
  frameLeafId,
  reportCount,
  reportValue,
} from "../transports/frame/decode.ts";
import { encodeFrame } from "../transports/frame/encode.ts";
import type { Bench } from "./harness.ts";

/** Frames that lie behind each other, as in a ring: 64 reports of two readings, 16 bytes each. */
const FRAMES = 64;
const FRAME_BYTES = 16;
const bytes = new Uint8Array(FRAMES * FRAME_BYTES);
for (let index = 0; index < FRAMES; index++) {
  const frame = encodeFrame({
    version: 1,
    type: "SENSOR_REPORT",
    leafId: index,
    readings: [
      { channel: "temperature", value: 20 + index / 8 },
      { channel: "humidity", value: 40 + index / 4 },
    ],
  });
  invariant(
    frame.ok && frame.value.length === FRAME_BYTES,
    "a report of two readings has 16 bytes",
  );
  bytes.set(frame.value, index * FRAME_BYTES);
}

const decodeInPlace = (count: number): number => {
  let sum = 0;
  for (let n = 0; n < count; n++) {
    const start = (n & (FRAMES - 1)) * FRAME_BYTES;
    if (checkFrame(bytes, start, start + FRAME_BYTES) !== undefined) continue;
    sum += frameLeafId(bytes, start);
    for (let reading = 0; reading < reportCount(bytes, start); reading++)
      sum += reportValue(bytes, start, reading);
  }
  return sum;
};

/** The least that any decoder must do: look at every byte once and read the floats. */
const view = new DataView(bytes.buffer);
const bareLoop = (count: number): number => {
  let sum = 0;
  for (let n = 0; n < count; n++) {
    const start = (n & (FRAMES - 1)) * FRAME_BYTES;
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
};

const decodeToObjects = (count: number): number => {
  let sum = 0;
  for (let n = 0; n < count; n++) {
    const start = (n & (FRAMES - 1)) * FRAME_BYTES;
    const decoded = decodeFrame(bytes, start, start + FRAME_BYTES);
    if (decoded.ok) sum += decoded.value.leafId;
  }
  return sum;
};

export const frameDecode: Bench = {
  name: "frame-decode",
  question: "How long does a frame of two readings cost the hub's thread, checksum checked?",
  run: (harness) =>
    harness.compare({
      name: "decode in place",
      unit: "frame",
      count: { smoke: 10_000, full: 5_000_000 },
      ours: decodeInPlace,
      peers: { "bare loop": bareLoop, "decode to objects": decodeToObjects },
    }),
};
