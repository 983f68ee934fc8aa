import assert from "node:assert/strict";
import { test } from "node:test";
import { SEALED, SEALED_FAULTS, SEALED_TYPES } from "../../../../firmware/wire/sealed-types.ts";
import { fromHex, toHex } from "../../../../transports/frame/hex.ts";
import { expandKey } from "../../../../transports/frame/sealed/aes.ts";
import { decodeSealed } from "../../../../transports/frame/sealed/decode.ts";
import { encodeSealed } from "../../../../transports/frame/sealed/encode.ts";
import { sealedLine } from "../../../../transports/frame/sealed/sealed-frame.ts";
import { sealedVectors } from "./sealed-vectors.ts";

const bytesOf = (hex: string): Uint8Array => {
  const bytes = fromHex(hex);
  assert.ok(bytes);
  return bytes;
};

for (const { file, name, key, hex, frame, fault, canonicalHex } of sealedVectors) {
  test(`decodeSealed() gives ${file}: ${name}`, () => {
    const keys = expandKey(bytesOf(key));
    const decoded = decodeSealed(keys, bytesOf(hex));
    if (frame === undefined) {
      assert.deepEqual(decoded, { ok: false, error: fault });
      return;
    }
    assert.deepEqual(decoded, { ok: true, value: frame });
    assert.deepEqual(JSON.parse(sealedLine(frame)), { ok: true, ...frame });
    const encoded = encodeSealed(frame, keys);
    assert.ok(encoded.ok);
    assert.equal(toHex(encoded.value), canonicalHex ?? hex);
  });
}

test("the vectors hold every type, every fault and both ends of a frame's length", () => {
  const types = new Set(sealedVectors.map(({ frame }) => frame?.type));
  for (const type of Object.keys(SEALED_TYPES)) assert.ok(types.has(type as never), type);
  const faults = new Set(sealedVectors.map(({ fault }) => fault));
  for (const fault of SEALED_FAULTS) assert.ok(faults.has(fault), fault);
  const lengths = sealedVectors.flatMap(({ frame, hex }) => (frame ? hex.length / 2 : []));
  assert.equal(Math.min(...lengths), SEALED.bytesMin);
  assert.equal(Math.max(...lengths), SEALED.bytesMax);
});

test("encodeSealed() names what the wire cannot carry", () => {
  const key = expandKey(new Uint8Array(16));
  const head = { version: 2, keyNo: 1, leafId: 1, epoch: 1, sequence: 1 } as const;
  const faultOf = (frame: Parameters<typeof encodeSealed>[0]) => {
    const encoded = encodeSealed(frame, key);
    return encoded.ok ? undefined : encoded.error;
  };
  const reading = { channel: "door", value: 1 };
  const report = (...readings: (typeof reading)[]) =>
    ({ ...head, type: "REPORT", groups: [{ ageMs: 0, readings }] }) as const;
  assert.equal(faultOf(report(...Array.from({ length: 45 }, () => reading))), "tooLong");
  assert.equal(faultOf(report({ channel: "moon", value: 1 })), "unknownName");
  assert.equal(faultOf(report({ channel: "door", value: 1e39 })), "badValue");
  assert.equal(faultOf({ ...head, type: "WAKE", sequence: 65_536 }), "outOfRange");
  assert.equal(faultOf({ ...head, type: "WAKE", epoch: -1 }), "outOfRange");
  const rekey = { ...head, type: "REKEY", newKeyNo: 2, newKey: "00" } as const;
  assert.equal(faultOf(rekey), "badHex");
});
