import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";
import { SEALED, SEALED_TYPES } from "../../../../firmware/wire/sealed-types.ts";
import { expandKey, ROUND_KEY_WORDS } from "../../../../transports/frame/sealed/aes.ts";
import { decodeOpened, decodeSealed } from "../../../../transports/frame/sealed/decode.ts";
import {
  checkOpened,
  checkSealed,
  clearBytes,
  sealedCounter,
} from "../../../../transports/frame/sealed/read.ts";
import {
  fleetInstallCode,
  openFrame,
  pairingKey,
  sealFrame,
} from "../../../../transports/frame/sealed/seal.ts";
import { writeHeader } from "../../../../transports/frame/sealed/write.ts";
import fc from "../../../support/fc.ts";
import { sealedVectors } from "./sealed-vectors.ts";

const rawKey = Buffer.from("404142434445464748494a4b4c4d4e4f", "hex");
const key = expandKey(rawKey);
const anyKey = fc.uint8Array({ minLength: 16, maxLength: 16 });

/** Header fields and a payload with room for a PAIR_REQUEST's EUI. */
const anyFrame = fc.record({
  type: fc.nat(0xff),
  keyNo: fc.nat(0xff),
  leafId: fc.nat(0xffff),
  epoch: fc.nat(0xffffffff),
  sequence: fc.nat(0xffff),
  payload: fc.uint8Array({ minLength: 8, maxLength: SEALED.payloadBytesMax, size: "max" }),
});
type AnyFrame = typeof anyFrame extends fc.Arbitrary<infer F> ? F : never;

function sealed(keys: Int32Array, keyAt: number, frame: AnyFrame, start = 0): Uint8Array {
  const bytes = new Uint8Array(start + SEALED.bytesMax);
  const { type, keyNo, leafId, epoch, sequence, payload } = frame;
  const at = writeHeader(bytes, start, type, keyNo, leafId, epoch, sequence);
  bytes.set(payload, at);
  const length = sealFrame(keys, keyAt, bytes, start, at + payload.length);
  return bytes.slice(start, start + length);
}

test("sealFrame() agrees with node:crypto's aes-128-ccm on any header, payload and key", () => {
  fc.assert(
    fc.property(anyKey, anyFrame, (raw, frame) => {
      const bytes = sealed(expandKey(raw), 0, frame);
      const clear = clearBytes(bytes, 0);
      const nonce = Buffer.concat([bytes.subarray(2, 13), Buffer.alloc(2)]);
      const cipher = createCipheriv("aes-128-ccm", raw, nonce, { authTagLength: 8 });
      const text = frame.payload.subarray(clear - SEALED.headerBytes);
      cipher.setAAD(bytes.subarray(0, clear), { plaintextLength: text.length });
      const expected = [cipher.update(text), cipher.final(), cipher.getAuthTag()];
      assert.deepEqual(Buffer.from(bytes.subarray(clear)), Buffer.concat(expected));
    }),
  );
});

test("openFrame() gives back header and payload, wherever frame, key and room lie", () => {
  const place = fc.nat(5);
  fc.assert(
    fc.property(anyKey, anyFrame, place, place, place, (raw, frame, keyNo, at, outAt) => {
      const keys = new Int32Array(6 * ROUND_KEY_WORDS);
      const keyAt = keyNo * ROUND_KEY_WORDS;
      expandKey(raw, 0, keys, keyAt);
      const bytes = sealed(keys, keyAt, frame, at);
      const received = new Uint8Array(at + bytes.length + 3).fill(0xaa);
      received.set(bytes, at);
      assert.equal(checkSealed(received, at, at + bytes.length), undefined);
      const out = new Uint8Array(outAt + SEALED.bytesMax).fill(0xbb);
      const length = openFrame(keys, keyAt, received, at, at + bytes.length, out, outAt);
      assert.equal(length, SEALED.headerBytes + frame.payload.length);
      assert.deepEqual(out.slice(outAt + SEALED.headerBytes, outAt + length), frame.payload);
      assert.deepEqual(out.slice(outAt, outAt + 13), bytes.slice(0, 13));
      assert.ok(out.subarray(0, outAt).every((byte) => byte === 0xbb));
      assert.ok(out.subarray(outAt + length).every((byte) => byte === 0xbb));
      assert.equal(sealedCounter(out, outAt), frame.epoch * 65536 + frame.sequence);
    }),
  );
});

test("checkSealed() and openFrame() refuse a frame with any one bit flipped", () => {
  const frame = { type: SEALED_TYPES.REPORT, keyNo: 1, leafId: 2, epoch: 3, sequence: 4 };
  for (const payloadBytes of [0, 1, 15, 16, 17, 25, SEALED.payloadBytesMax]) {
    const payload = Uint8Array.from({ length: payloadBytes }, (_, n) => n);
    const bytes = sealed(key, 0, { ...frame, payload });
    const out = new Uint8Array(SEALED.bytesMax);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      if (checkSealed(damaged, 0, damaged.length) !== undefined) continue;
      out.fill(0xcc);
      assert.equal(openFrame(key, 0, damaged, 0, damaged.length, out, 0), 0, `bit ${bit}`);
      const text = out.subarray(clearBytes(damaged, 0), SEALED.headerBytes + payloadBytes);
      assert.ok(
        text.every((byte) => byte === 0),
        "nothing unproved is left behind",
      );
    }
  }
});

test("decodeSealed() answers any bytes with a fault or a frame, never an exception", () => {
  const likely = fc
    .tuple(fc.uint8Array({ minLength: 0, maxLength: 260, size: "max" }), fc.boolean())
    .map(([bytes, mend]) => {
      if (mend && bytes.length > 4) {
        bytes[0] = SEALED.magic;
        bytes[1] = SEALED.version;
        bytes[4] = bytes.length;
      }
      return bytes;
    });
  fc.assert(
    fc.property(likely, (bytes) => {
      const decoded = decodeSealed(key, bytes);
      assert.ok(!decoded.ok);
    }),
    { numRuns: 2_000 },
  );
});

test("decodeOpened() answers any payload that was sealed with a fault or a frame", () => {
  const types = [...Object.values(SEALED_TYPES), 0x41, 0x47, 0x10, 0x90];
  const anyBytes = fc.uint8Array({ maxLength: SEALED.payloadBytesMax, size: "max" });
  // Sound payloads with one byte changed reach further into the checks than random ones.
  const almostSound = fc
    .tuple(fc.constantFrom(...soundPayloads()), fc.nat(300), fc.nat(0xff))
    .map(([payload, at, byte]) => payload.map((old, n) => (n === at ? byte : old)));
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.oneof(anyBytes, almostSound), (type, payload) => {
      const opened = new Uint8Array(SEALED.headerBytes + payload.length);
      writeHeader(opened, 0, type, 0, 0, 0, 0);
      opened.set(payload, SEALED.headerBytes);
      const decoded = decodeOpened(opened);
      assert.equal(decoded.ok, checkOpened(opened, 0, opened.length) === undefined);
    }),
    { numRuns: 5_000 },
  );
});

function soundPayloads(): Uint8Array[] {
  return sealedVectors.flatMap(({ key: keyHex, hex, frame }) => {
    if (frame === undefined) return [];
    const bytes = Buffer.from(hex, "hex");
    const opened = new Uint8Array(bytes.length);
    const under = expandKey(Buffer.from(keyHex, "hex"));
    const length = openFrame(under, 0, bytes, 0, bytes.length, opened, 0);
    return [opened.slice(SEALED.headerBytes, length)];
  });
}

test("sealFrame() throws on a payload above 229 bytes, a bug of its caller's", () => {
  assert.throws(() => sealFrame(key, 0, new Uint8Array(300), 0, 13 + 230), RangeError);
});

test("fleetInstallCode() and pairingKey() give the example of WIRE.md", () => {
  const secret = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
  const code = fleetInstallCode(secret, Buffer.from("00124b00deadbeef", "hex"));
  assert.equal(Buffer.from(code).toString("hex"), "8ceebd9ed4cd5ddc77bc69dce0919002");
  assert.equal(Buffer.from(pairingKey(code)).toString("hex"), "2e6ce663a9b60d8962d6104256f67059");
});

test("pairingKey() is the label under the install code, fleetInstallCode() the EUI under the secret", () => {
  const ecb = (under: Uint8Array, block: Buffer) =>
    createCipheriv("aes-128-ecb", under, null).setAutoPadding(false).update(block);
  assert.deepEqual(
    Buffer.from(pairingKey(rawKey)),
    ecb(rawKey, Buffer.from("mycel pairing 2\0", "latin1")),
  );
  const eui = Buffer.from("00124b0001020304", "hex");
  assert.deepEqual(
    Buffer.from(fleetInstallCode(rawKey, eui)),
    ecb(rawKey, Buffer.concat([eui, Buffer.alloc(8)])),
  );
});
