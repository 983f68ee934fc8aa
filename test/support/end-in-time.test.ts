import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const PRELOAD = fileURLToPath(new URL("./end-in-time.mjs", import.meta.url));

test("a test file that leaves something open ends as failed, with its name, and others are left alone", () => {
  const run = (program: string, env: Readonly<Record<string, string>>) =>
    spawnSync(process.execPath, ["--import", PRELOAD, "--eval", program, "a-name"], {
      env: { ...process.env, MYCEL_TEST_FILE_MS: "300", NODE_TEST_CONTEXT: undefined, ...env },
      encoding: "utf8",
    });
  const inFile = { NODE_TEST_CONTEXT: "child-v8" };
  const hanging = run("setInterval(() => {}, 1_000)", inFile);
  assert.deepEqual([hanging.status, hanging.stderr], [1, "a-name did not end within 0.3 s.\n"]);
  assert.equal(run("", inFile).status, 0);
  assert.equal(run("setTimeout(() => process.exit(7), 600)", {}).status, 7);
});
