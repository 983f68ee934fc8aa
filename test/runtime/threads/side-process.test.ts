import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { startSideProcess } from "../../../runtime/threads/side-process.ts";
import { until } from "../../support/until.ts";

const PORT = new URL("../../../runtime/threads/side-process-port.ts", import.meta.url).href;
const dir = mkdtempSync(join(tmpdir(), "mycel-side-"));
const entry = join(dir, "entry.mjs");
writeFileSync(
  entry,
  `import { listenAside, sideData } from ${JSON.stringify(PORT)};
   const { word } = sideData();
   const say = listenAside((message) => {
     if (message === "abort") { process.stderr.write("assert failed\\n"); process.abort(); }
     if (message === "exit") process.exit(3);
     say({ word, message, pid: process.pid });
   });`,
);

function start() {
  const heard: { word: string; message: unknown; pid: number }[] = [];
  const ends: string[] = [];
  const side = startSideProcess<unknown, (typeof heard)[number]>(
    pathToFileURL(entry),
    { word: "hello" },
    { onMessage: (message) => heard.push(message), onEnd: (reason) => ends.push(reason) },
  );
  return { side, heard, ends };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("startSideProcess() hears and answers, and ends without a word when told to", async () => {
  const { side, heard, ends } = start();
  side.post({ bytes: Uint8Array.of(1, 2), none: undefined });
  await until(() => heard.length === 1);
  assert.equal(heard[0]?.word, "hello");
  assert.deepEqual(heard[0]?.message, { bytes: Uint8Array.of(1, 2), none: undefined });
  const { pid = 0 } = heard[0] ?? {};
  assert.notEqual(pid, process.pid);
  assert.ok(isAlive(pid));
  await side.terminate();
  await side.terminate();
  assert.ok(!isAlive(pid));
  assert.deepEqual(ends, []);
  side.post("to nobody");
});

for (const [message, reason] of [
  ["abort", /^SIGABRT, .*assert failed/],
  ["exit", /^status 3$/],
] as const) {
  test(`startSideProcess() tells once why it ended: ${message}`, async () => {
    const { side, ends } = start();
    side.post(message);
    await until(() => ends.length > 0);
    assert.match(ends[0] ?? "", reason);
    side.post("to nobody");
    await side.terminate();
    assert.equal(ends.length, 1);
  });
}
