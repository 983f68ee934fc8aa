import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../../transports/frame/hex.ts";
import { noResyncFaults, ResyncReader } from "../../../transports/frame/resync-reader.ts";
import fc from "../../support/fc.ts";
import { frameVectors } from "./vectors.ts";

function collect() {
  const frames: string[] = [];
  const reader = new ResyncReader((bytes, start, end) => frames.push(toHex(bytes, start, end)));
  return { reader, frames };
}
const bytesOf = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;

/** Those that leaves send, and no longer than their fields: what deployed leaves do. */
const REPORT = "5301010101010000b441a7";
const HEARTBEAT = "53010200e40c10000000a8";
const ACK = "5301fe07ab";

test("ResyncReader gives back frames one after the other, however the stream is cut", () => {
  const sent = [REPORT, ACK, HEARTBEAT, REPORT, REPORT];
  const stream = bytesOf(sent.join(""));
  for (let cut = 1; cut <= stream.length; cut++) {
    const { reader, frames } = collect();
    for (let at = 0; at < stream.length; at += cut) {
      reader.feed(stream, at, Math.min(at + cut, stream.length));
    }
    assert.deepEqual(frames, sent);
    assert.deepEqual(reader.refused, noResyncFaults());
  }
});

test("ResyncReader gives back every sound frame of the vectors that has no bytes behind its fields", () => {
  const { reader, frames } = collect();
  const sound = frameVectors.filter(
    ({ fault, canonicalHex }) => fault === undefined && canonicalHex === undefined,
  );
  assert.ok(sound.length > 20);
  for (const { hex } of sound) reader.feed(bytesOf(hex));
  assert.deepEqual(
    frames,
    sound.map(({ hex }) => hex),
  );
});

test("ResyncReader sees through a report whose beginning XORs to 0, and counts it", () => {
  // Leaf 0x52 with one reading: 53 01 01 52 01 is XOR 0 after five bytes.
  const { reader, frames } = collect();
  const report = "53010152010100000000";
  const xor = bytesOf(report).reduce((sum, byte) => sum ^ byte, 0);
  const frame = `${report}${xor.toString(16).padStart(2, "0")}`;
  reader.feed(bytesOf(frame));
  assert.deepEqual(frames, [frame]);
  assert.ok(reader.refused.falseShort >= 1);
});

test("ResyncReader finds the next frame after noise, which counts once", () => {
  const { reader, frames } = collect();
  reader.feed(bytesOf(`00ff53025353ee${ACK}0102${REPORT}`));
  assert.deepEqual(frames, [ACK, REPORT]);
  assert.deepEqual(reader.refused, { noise: 2, noEnd: 0, falseShort: 0 });
});

test("ResyncReader looks through a beginning without an end once more, and finds what was in it", () => {
  const { reader, frames } = collect();
  // A heartbeat with a damaged byte, and enough after it that no frame is that long.
  const damaged = HEARTBEAT.replace("e40c", "e50c");
  const acks = Array.from({ length: 60 }, () => ACK);
  reader.feed(bytesOf(`${damaged}${acks.join("")}`));
  assert.deepEqual(frames.at(-1), ACK);
  assert.ok(frames.filter((hex) => hex === ACK).length >= 58, `${frames.length} frames`);
});

test("ResyncReader offers a frame again that its receiver had no room for", () => {
  const sent = Array.from({ length: 30 }, (_, n) =>
    n % 3 === 0 ? REPORT : n % 3 === 1 ? ACK : HEARTBEAT,
  );
  const noisy = bytesOf(`53010199${"00".repeat(3)}${sent.join("")}${"00".repeat(250)}`);
  const plain = collect();
  plain.reader.feed(noisy);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 99 }),
      fc.infiniteStream(fc.boolean()),
      (cut, hasRoom) => {
        const frames: string[] = [];
        const reader = new ResyncReader((bytes, start, end) => {
          if (hasRoom.next().value !== true) return false;
          frames.push(toHex(bytes, start, end));
          return true;
        });
        for (let from = 0; from < noisy.length; from += cut) {
          const end = Math.min(from + cut, noisy.length);
          for (let at = from; at < end; ) at = reader.feed(noisy, at, end);
        }
        assert.deepEqual(frames, plain.frames);
      },
    ),
  );
});

test("ResyncReader takes any bytes, and accounts for what it gives", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (chunks) => {
      let bytes = 0;
      const reader = new ResyncReader((_bytes, start, end) => {
        bytes += end - start;
        assert.ok(end - start >= 5 && end - start <= 245);
      });
      for (const chunk of chunks) assert.equal(reader.feed(chunk), chunk.length);
      assert.ok(bytes <= chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    }),
  );
});
