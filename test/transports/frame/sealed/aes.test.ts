import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";
import {
  encryptBlock,
  expandKey,
  ROUND_KEY_WORDS,
} from "../../../../transports/frame/sealed/aes.ts";
import fc from "../../../support/fc.ts";

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });

function encrypted(key: Uint8Array, block: Uint8Array): string {
  const words = new Int32Array(Uint8Array.from(block).buffer);
  encryptBlock(expandKey(key), 0, words, words);
  return Buffer.from(words.buffer).toString("hex");
}

test("encryptBlock() gives the example of FIPS 197, appendix C.1", () => {
  const key = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
  const block = Buffer.from("00112233445566778899aabbccddeeff", "hex");
  assert.equal(encrypted(key, block), "69c4e0d86a7b0430d8cdb78070b4c55a");
});

test("expandKey() gives the last round key of FIPS 197, appendix A.1", () => {
  const words = expandKey(Buffer.from("2b7e151628aed2a6abf7158809cf4f3c", "hex"));
  assert.equal(
    Buffer.from(words.buffer).subarray(160).toString("hex"),
    "d014f9a8c9ee2589e13f0cc8b6630ca6",
  );
});

test("encryptBlock() agrees with node:crypto on any key and block", () => {
  fc.assert(
    fc.property(bytes16, bytes16, (key, block) => {
      const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
      assert.equal(encrypted(key, block), cipher.update(block).toString("hex"));
    }),
    { numRuns: 2_000 },
  );
});

test("expandKey() fills its place in a table of keys and no other", () => {
  const key = Uint8Array.from({ length: 18 }, (_, n) => n);
  const table = new Int32Array(3 * ROUND_KEY_WORDS).fill(7);
  expandKey(key, 2, table, ROUND_KEY_WORDS);
  const alone = expandKey(key.subarray(2));
  assert.deepEqual(table.subarray(ROUND_KEY_WORDS, 2 * ROUND_KEY_WORDS), alone);
  assert.ok(table.subarray(0, ROUND_KEY_WORDS).every((word) => word === 7));
  assert.ok(table.subarray(2 * ROUND_KEY_WORDS).every((word) => word === 7));
});
