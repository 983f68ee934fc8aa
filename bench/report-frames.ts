/** Reports of two readings as a ring holds them, one behind the other, and the least work on them. */
import { invariant } from "../runtime/invariant.ts";
import { checkFrame, frameLeafId, reportCount, reportValue } from "../transports/frame/decode.ts";
import { encodeFrame } from "../transports/frame/encode.ts";

/** Readings in a frame. */
export const READINGS = 2;
export const FRAME_BYTES = 16;

/** One frame from each of `count` leaves. */
export function framesOf(count: number): { readonly bytes: Uint8Array; readonly count: number } {
  const bytes = new Uint8Array(count * FRAME_BYTES);
  for (let index = 0; index < count; index++) {
    const frame = encodeFrame({
      version: 1,
      type: "SENSOR_REPORT",
      leafId: index,
      readings: [
        { channel: "temperature", value: 20 + (index % 64) / 8 },
        { channel: "humidity", value: 40 + (index % 64) / 4 },
      ],
    });
    const isSound = frame.ok && frame.value.length === FRAME_BYTES;
    invariant(isSound, "a report of two readings has 16 bytes");
    bytes.set(frame.value, index * FRAME_BYTES);
  }
  return { bytes, count };
}

/** Fits into the first cache: what is measured is the decoder. */
const FRAMES = 64;
export const { bytes: ringBytes } = framesOf(FRAMES);
/** Where frame `n` of an endless ring begins. */
export const startOf = (n: number): number => (n & (FRAMES - 1)) * FRAME_BYTES;

/** What a hub and a leaf do at least: check the frame, see whose it is, read its values. */
export function decodeInPlace(count: number): number {
  let sum = 0;
  for (let n = 0; n < count; n++) {
    const start = startOf(n);
    if (checkFrame(ringBytes, start, start + FRAME_BYTES) !== undefined) continue;
    let ofFrame = frameLeafId(ringBytes, start);
    const readings = reportCount(ringBytes, start);
    for (let reading = 0; reading < readings; reading++)
      ofFrame += reportValue(ringBytes, start, reading);
    sum += ofFrame;
  }
  return sum;
}
