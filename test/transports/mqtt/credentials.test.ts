import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { loadOrCreateCredentials } from "../../../transports/mqtt/credentials.ts";

function folder(t: TestContext): { dir: string; path: string } {
  const dir = mkdtempSync(join(tmpdir(), "mycel-credentials-"));
  t.after(() => rmSync(dir, { recursive: true }));
  return { dir, path: join(dir, "mqtt-credentials.json") };
}

test("loadOrCreateCredentials() makes a password once, readable by its owner alone", (t) => {
  const { dir, path } = folder(t);
  const made = loadOrCreateCredentials(dir);
  assert.ok(made.password.length >= 24);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(loadOrCreateCredentials(dir), made);
  assert.deepEqual(readdirSync(dir), ["mqtt-credentials.json"]);
  assert.notEqual(loadOrCreateCredentials(folder(t).dir).password, made.password);
});

test("loadOrCreateCredentials() refuses a file that others can read, and says what to do", (t) => {
  const { dir, path } = folder(t);
  loadOrCreateCredentials(dir);
  for (const mode of [0o640, 0o604, 0o660, 0o620]) {
    chmodSync(path, mode);
    assert.throws(() => loadOrCreateCredentials(dir), {
      code: "E_CONFIG_INVALID",
      message: /chmod 600/,
    });
  }
});

test("loadOrCreateCredentials() refuses a damaged file and leaves it as it is", (t) => {
  const { dir, path } = folder(t);
  for (const text of ["", "{", "[]", '{"user":"x"}', '{"user":"","password":"y"}']) {
    writeFileSync(path, text, { mode: 0o600 });
    assert.throws(() => loadOrCreateCredentials(dir), { code: "E_CONFIG_INVALID" }, text);
    assert.equal(statSync(path).size, text.length);
  }
});

test("loadOrCreateCredentials() is not held up by half a file of an earlier crash", (t) => {
  const { dir, path } = folder(t);
  writeFileSync(`${path}.new`, "{");
  assert.equal(loadOrCreateCredentials(dir).user, "mycel");
});
