/** What `mycel` says to whoever has mistyped, and where it cannot write. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runMycel } from "../../support/node-process.ts";

const MAIN = fileURLToPath(new URL("../../../actors/main.ts", import.meta.url));

test("mycel lists its commands by what they are for, each within a line of 80", async () => {
  const { status, stdout } = await runMycel(["help"]);
  assert.equal(status, 0);
  const groups = stdout.split("\n").filter((line) => /^[A-Z].*:$/.test(line));
  assert.deepEqual(groups, [
    "Options:",
    "Run a node:",
    "Look into it:",
    "Leaves and devices:",
    "People and models:",
    "Measure:",
  ]);
  const entries = stdout.split("\n").filter((line) => line.startsWith(" "));
  assert.ok(entries.length > 20);
  for (const line of entries)
    assert.match(line, /^ {2}\S.{0,76}\S$/, "no entry needs a second line");
});

const MISTAKES: readonly (readonly [args: readonly string[], said: RegExp, help: string])[] = [
  [["stat"], /^mycel: unknown command 'stat'\n\(Did you mean one of start, state\?\)/, "mycel"],
  [["help", "laef"], /^mycel: unknown command 'laef'\n\(Did you mean leaf\?\)/, "mycel"],
  [["laef", "--help"], /^mycel: unknown command 'laef'/, "mycel"],
  [["ledger", "verify", "--hea"], /^mycel: unknown option '--hea'/, "mycel ledger verify"],
  [["history", "x"], /^mycel: 'x' is invalid for argument 'series'. Write hub/, "mycel history"],
  [["state", "--url", "localhost:8420"], /Write http:\/\/HOST:PORT/, "mycel state"],
];

for (const [args, said, help] of MISTAKES) {
  test(`mycel ${args.join(" ")}: says what is wrong and which help has it right, status 2`, async () => {
    const { status, stdout, stderr } = await runMycel(args);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, said);
    assert.ok(stderr.endsWith(`(${help} --help shows how)\n`), stderr);
  });
}

test("mycel says in one sentence that its output goes onto a full disk, status 1", () => {
  const full = openSync("/dev/full", "w");
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "--help"], {
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
  });
  closeSync(full);
  assert.deepEqual(
    [status, stderr],
    [1, "mycel: Cannot write what was asked for: no space left on device.\n"],
  );
});
