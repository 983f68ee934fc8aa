import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";
import { expandKey } from "../../../../transports/frame/sealed/aes.ts";
import { ccmOpen, ccmSeal } from "../../../../transports/frame/sealed/ccm.ts";
import { ccmVectors } from "./sealed-vectors.ts";

for (const { name, key, nonce, clear, text, sealed } of ccmVectors) {
  const tagBytes = sealed.length - text.length;
  const keys = expandKey(key);
  const textTo = clear.length + text.length;

  test(`ccmSeal() and ccmOpen() give ${name}, as node:crypto does`, () => {
    const bytes = Buffer.concat([clear, text, Buffer.alloc(tagBytes)]);
    ccmSeal(keys, 0, nonce, bytes, 0, clear.length, textTo, tagBytes);
    assert.deepEqual(bytes.subarray(clear.length), sealed);

    const out = new Uint8Array(text.length);
    assert.ok(ccmOpen(keys, 0, nonce, bytes, 0, clear.length, textTo, tagBytes, out, 0));
    assert.deepEqual(Buffer.from(out), text);

    const cipher = createCipheriv("aes-128-ccm", key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(clear, { plaintextLength: text.length });
    const node = [cipher.update(text), cipher.final(), cipher.getAuthTag()];
    assert.deepEqual(Buffer.concat(node), sealed);
  });
}
