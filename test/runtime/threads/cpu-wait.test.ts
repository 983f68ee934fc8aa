import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { cpuWaitMs, ownTask } from "../../../runtime/threads/cpu-wait.ts";

/** Works on the one core that a thread beside it never leaves, and says how long it was kept waiting. */
const PROGRAM = `
  import { once } from "node:events";
  import { Worker } from "node:worker_threads";
  import { cpuWaitMs, ownTask } from ${JSON.stringify(import.meta.resolve("../../../runtime/threads/cpu-wait.ts"))};
  const spins = 'import { parentPort } from "node:worker_threads"; parentPort.postMessage("spins"); for (;;);';
  await once(new Worker(spins, { eval: true }), "message");
  const before = cpuWaitMs(ownTask());
  while (process.threadCpuUsage().user < 200_000);
  console.log(cpuWaitMs(ownTask()) - before);
  process.exit();
`;

test("cpuWaitMs() counts what a thread waits for a core that another has", {
  skip: whyNot(),
}, () => {
  const allowed = /Cpus_allowed_list:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"));
  const core = allowed?.[1] ?? "0";
  const { stdout, stderr } = spawnSync(
    "taskset",
    ["-c", core, process.execPath, "--input-type=module", "-e", PROGRAM],
    { encoding: "utf8" },
  );
  // About as much as it worked, and it worked for some 100 ms.
  assert.ok(Number(stdout) > 10, `${stdout} ${stderr}`);
});

test("cpuWaitMs() is 0 where the system tells nothing", () => {
  assert.equal(cpuWaitMs("0/task/0"), 0);
  assert.equal(cpuWaitMs(undefined), 0);
});

function whyNot(): string | false {
  const task = ownTask();
  if (task === undefined || !existsSync(`/proc/${task}/schedstat`)) return "no /proc/…/schedstat";
  return spawnSync("taskset", ["--version"]).status === 0 ? false : "taskset is not here";
}
