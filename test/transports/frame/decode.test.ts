import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_FAULTS } from "../../../firmware/wire/frame-types.ts";
import {
  checkFrame,
  decodeFrame,
  frameLeafId,
  frameType,
  reportChannel,
  reportCount,
  reportValue,
} from "../../../transports/frame/decode.ts";
import { frameVectors } from "./vectors.ts";

for (const { name, file, hex, frame, fault } of frameVectors) {
  test(`decodeFrame() of ${file}: ${name}`, () => {
    const bytes = Buffer.from(hex, "hex");
    const expected = fault === undefined ? { ok: true, value: frame } : { ok: false, error: fault };
    assert.deepEqual(decodeFrame(bytes), expected);
  });
}

test("decodeFrame() answers the same in the midst of other bytes, shared with other threads", () => {
  for (const { hex } of frameVectors) {
    const bytes = Buffer.from(hex, "hex");
    for (const filler of [0x00, 0x53, 0xff]) {
      // 3: multi-byte fields come to lie across every alignment.
      const start = 3;
      const ring = new Uint8Array(new SharedArrayBuffer(bytes.length + 7)).fill(filler);
      ring.set(bytes, start);
      assert.deepEqual(decodeFrame(ring, start, start + bytes.length), decodeFrame(bytes));
    }
  }
});

test("the vectors have every fault, and no other", () => {
  const seen = new Set(frameVectors.flatMap(({ fault }) => fault ?? []));
  assert.deepEqual(new Set(FRAME_FAULTS), seen);
});

test("checkFrame() refuses a frame with any one bit flipped", () => {
  const bytes = Buffer.from("5301010102010000b4410200005c42b8", "hex");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Uint8Array.from(bytes);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.notEqual(checkFrame(damaged, 0, damaged.length), undefined, `bit ${bit}`);
  }
});

test("checkFrame() and the readers walk a report without making an object", () => {
  const bytes = Buffer.from("ffff5301010702010000b4410200005c42beff", "hex");
  const [start, end] = [2, bytes.length - 1];
  assert.equal(checkFrame(bytes, start, end), undefined);
  assert.equal(frameType(bytes, start), 1);
  assert.equal(frameLeafId(bytes, start), 7);
  assert.equal(reportCount(bytes, start), 2);
  const walked = [0, 1].map((i) => [reportChannel(bytes, start, i), reportValue(bytes, start, i)]);
  assert.deepEqual(walked, [
    [1, 22.5],
    [2, 55],
  ]);
});
