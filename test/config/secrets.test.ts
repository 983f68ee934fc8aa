import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isSecret, readSecret } from "../../config/secrets.ts";
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
