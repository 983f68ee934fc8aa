import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isSecret, readHash, readKey, readSecret } from "../../config/secrets.ts";
import { tempDir } from "../support/store-dirs.ts";

const HEX = "00112233445566778899aabbccddeeFF";

test("readSecret() finds 32 hex digits where the setting says: there, in a file, in the environment", (t) => {
  const file = join(tempDir(t), "secret");
  writeFileSync(file, `${HEX}\n`);
  assert.equal(readSecret(HEX, "x"), HEX.toLowerCase());
  assert.equal(readSecret(`file:${file}`, "x"), HEX.toLowerCase());
  assert.equal(readSecret("env:SECRET", "x", { SECRET: HEX }), HEX.toLowerCase());
});

test("readSecret() refuses anything else without telling it", (t) => {
  const file = join(tempDir(t), "secret");
  writeFileSync(file, HEX.slice(1));
  for (const text of [`file:${file}`, `file:${file}.none`, "env:NONE", "env:SHORT"]) {
    assert.throws(
      () => readSecret(text, "hubs[0].fleetSecret", { SHORT: HEX.slice(1) }),
      (fault: Error & { code?: string }) =>
        fault.code === "E_CONFIG_INVALID" &&
        fault.message.startsWith("hubs[0].fleetSecret: ") &&
        !fault.message.includes(HEX.slice(1)),
    );
  }
});

test("isSecret() takes what readSecret() can look for", () => {
  for (const text of [HEX, "file:/x", "env:X"]) assert.equal(isSecret(text), true);
  for (const text of ["", "file:", "env:", HEX.slice(1), `${HEX}0`, "http://x"]) {
    assert.equal(isSecret(text), false, text);
  }
});

test("readKey() takes a key of one printable line, and finds none where there is another thing", (t) => {
  const file = join(tempDir(t), "key");
  writeFileSync(file, "sk-1:2\n");
  assert.equal(readKey(`file:${file}`, "x"), "sk-1:2");
  const environment = { KEY: " sk-3 ", EMPTY: " ", TWO: "a\nb", WIDE: "schl\u00fcssel" };
  assert.equal(readKey("env:KEY", "x", environment), "sk-3");
  for (const name of ["NONE", "EMPTY", "TWO", "WIDE"]) {
    assert.equal(readKey(`env:${name}`, "x", environment), undefined, name);
  }
  assert.throws(() => readKey(`file:${file}.none`, "models[0].key"), {
    code: "E_CONFIG_INVALID",
    message: `models[0].key: cannot read ${file}.none.`,
  });
});

test("readHash() takes what scrypt made, wherever it is, and tells nothing of anything else", () => {
  const hash = `scrypt$16384$8$1$${"A".repeat(22)}$${"b".repeat(43)}`;
  assert.equal(readHash(hash, "x"), hash);
  assert.equal(readHash("env:HASH", "x", { HASH: `${hash}\n` }), hash);
  for (const text of ["hunter2", hash.slice(0, -30), `${hash}$`]) {
    assert.throws(
      () => readHash("env:HASH", "mqtt.users[0]", { HASH: text }),
      (fault: Error & { code?: string }) =>
        fault.code === "E_CONFIG_INVALID" &&
        fault.message.startsWith("mqtt.users[0]: ") &&
        !fault.message.includes(text),
    );
  }
});
