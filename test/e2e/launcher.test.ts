/** `npm start` and Ctrl-C, through the launcher: nothing is left behind, however the node ends. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { NodeFile } from "../../actors/node-file.ts";
import type { Leaf } from "../../transports/http/contract.ts";
import { removeDir, temporaryDir } from "../support/node-process.ts";
import { until } from "../support/until.ts";

const LAUNCHER = fileURLToPath(new URL("../../mycel.mjs", import.meta.url));

interface Office {
  readonly data: string;
  readonly launcher: ChildProcess;
  readonly file: NodeFile;
  /** Of the emulated leaves that the node forked. */
  readonly leafPids: readonly number[];
  readonly output: () => string;
}

/** The office of `npm start`, in a process group of its own as a terminal would have it. */
async function startOffice(t: TestContext): Promise<Office> {
  const dir = temporaryDir();
  const data = join(dir, "data");
  const launcher = spawn(process.execPath, [LAUNCHER, "start", "--data", data], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [launcher.stdout, launcher.stderr])
    stream?.on("data", (chunk) => (output += chunk));
  t.after(async () => {
    try {
      process.kill(-(launcher.pid ?? 0), "SIGKILL");
    } catch {
      // All of the group has ended.
    }
    removeDir(dir);
  });
  const file = await until(
    () => {
      if (launcher.exitCode !== null) throw new Error(`it ended:\n${output}`);
      const path = join(data, "node.json");
      return existsSync(path) && (JSON.parse(readFileSync(path, "utf8")) as NodeFile);
    },
    { what: () => `the office is up; it said:\n${output}` },
  );
  const leafPids = await until(async () => {
    const leaves = (await (await fetch(`${file.url}/api/leaves`)).json()) as Leaf[];
    return leaves.length > 0 && childrenOf(file.pid);
  });
  assert.ok(leafPids.length > 0);
  return { data, launcher, file, leafPids, output: () => output };
}

const statOf = (pid: string): { state: string; parent: number } | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", parent = "0"] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
};

const childrenOf = (pid: number): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && statOf(name)?.parent === pid)
    .map(Number);

/** A zombie that nobody reaps has ended, too. */
const isGone = (pid: number): boolean => [undefined, "Z"].includes(statOf(`${pid}`)?.state);

test("npm start: SIGINT to the group ends launcher, node and leaves with status 0", async (t) => {
  const { data, launcher, file, leafPids, output } = await startOffice(t);
  const ended = once(launcher, "exit");
  process.kill(-(launcher.pid ?? 0), "SIGINT");
  assert.deepEqual(await ended, [0, null], output());
  assert.ok(isGone(file.pid));
  await until(() => leafPids.every(isGone), { what: () => "the leaf processes end" });
  assert.equal(existsSync(join(data, "node.json")), false);
  assert.match(output(), /dashboard on http:\/\/127\.0\.0\.1:\d+/);
  // What ends because it was told to is no fault.
  assert.doesNotMatch(output(), /"level":50|Error|at file:/);
});

test("npm start: its leaf processes end with a node that was killed", async (t) => {
  const { launcher, file, leafPids } = await startOffice(t);
  const ended = once(launcher, "exit");
  process.kill(file.pid, "SIGKILL");
  const [status] = await ended;
  assert.notEqual(status, 0);
  await until(() => leafPids.every(isGone), { what: () => "the leaf processes end" });
});

test("mycel.mjs runs from any folder, and passes on the status of what it ran", async () => {
  const dir = temporaryDir();
  const run = async (hex: string): Promise<{ status: number; stdout: string }> => {
    const child = spawn(process.execPath, [LAUNCHER, "frame", "decode", hex], {
      cwd: dir,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let stdout = "";
    child.stdout.on("data", (chunk) => (stdout += chunk));
    const [status] = await once(child, "close");
    return { status, stdout };
  };
  const sound = await run("5301fe0ca0");
  assert.deepEqual(JSON.parse(sound.stdout), { ok: true, version: 1, type: "ACK", leafId: 12 });
  assert.equal(sound.status, 0);
  const damaged = await run("5301fe0ca1");
  assert.deepEqual(JSON.parse(damaged.stdout), { ok: false, fault: "badChecksum" });
  assert.equal(damaged.status, 1);
  removeDir(dir);
});
