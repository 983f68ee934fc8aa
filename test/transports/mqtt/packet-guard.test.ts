import assert from "node:assert/strict";
import { test } from "node:test";
import { createPacketGuard } from "../../../transports/mqtt/packet-guard.ts";
import fc from "../../support/fc.ts";

/** A PUBLISH of QoS 0 on topic `t`, MQTT 3.1.1 §3.3. */
function publish(payloadLength: number): Buffer {
  const length = 3 + payloadLength;
  const lengthBytes = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return Buffer.concat([
    Uint8Array.of(0x30, ...lengthBytes, 0, 1, 0x74),
    Buffer.alloc(payloadLength, 0xff),
  ]);
}

/** The same bytes in pieces of the given sizes, the last of them as long as need be. */
function* pieces(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  yield bytes.subarray(at);
}

test("createPacketGuard() lets packets up to the bound through, however they are cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 20 }),
      (payloadLengths, cuts) => {
        const packets = payloadLengths.map(publish);
        const longest = Math.max(0, ...payloadLengths) + 3; // topic's length and topic
        const bytes = Buffer.concat(packets);
        const run = (bound: number): boolean => {
          const accepts = createPacketGuard(bound);
          return [...pieces(bytes, cuts)].every(accepts);
        };
        assert.ok(run(longest));
        if (packets.length > 0) assert.ok(!run(longest - 1));
      },
    ),
  );
});

test("createPacketGuard() refuses a length of more than four bytes", () => {
  const accepts = createPacketGuard(2 ** 31);
  assert.ok(!accepts(Uint8Array.of(0x30, 0x80, 0x80, 0x80, 0x80, 0x01)));
});
