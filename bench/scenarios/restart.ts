/**
 * How long a node takes from its start to the first answer that has a leaf's last values, with 25,000
 * leaves and 10 GB of history: after an end in order and after a `kill -9`. The store is filled in a
 * folder below `TMPDIR`, 11 GB for the while.
 *
 *   spawn ──▶ store checked ──▶ rows recalled ──▶ HTTP 200 of /api/leaves, with the values written last
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { removeDir, temporaryDir } from "../../test/support/node-process.ts";
import { takenTcpPort } from "../../test/support/ports.ts";
import type { Leaf } from "../../transports/http/contract.ts";
import type { Bench } from "../harness.ts";
import { fillStore } from "../history/fill-store.ts";
import { CHANNELS } from "../history/office-frames.ts";

const MAIN = fileURLToPath(new URL("../../actors/main.ts", import.meta.url));
const FULL = { hubs: 98, leavesPerHub: 256, framesPerLeaf: 1_024, bytesMin: 10e9, rounds: 5 };
const SMOKE = { hubs: 2, leavesPerHub: 16, framesPerLeaf: 64, bytesMin: 1e6, rounds: 1 };
const ANSWER_MS_MAX = 60_000;
const LOOK_EVERY_MS = 5;

export const restart: Bench = {
  name: "restart",
  question: "How soon does a node serve again with 25,000 leaves and 10 GB of history?",
  run: async (harness) => {
    const { hubs, leavesPerHub, framesPerLeaf, bytesMin, rounds } = harness.smoke ? SMOKE : FULL;
    const dir = temporaryDir();
    try {
      const ids = Array.from({ length: hubs }, (_, i) => `hub_${String(i + 1).padStart(3, "0")}`);
      const fill = { dir: join(dir, "data", "store"), hubs: ids, leavesPerHub, framesPerLeaf };
      const bytes = await fillStore({ ...fill, bytesMin, nowMs: Date.now() }, harness.say);
      harness.report("history on disk", "GB", bytes / 1e9);
      const times: Record<"SIGTERM" | "SIGKILL", number[]> = { SIGTERM: [], SIGKILL: [] };
      // The first start has no run before it: it is there to be ended.
      let last: "SIGTERM" | "SIGKILL" | undefined;
      for (const next of ["SIGKILL", "SIGTERM"] as const) {
        for (let round = 0; round < rounds; round++) {
          const ms = await startAndEnd(dir, ids, leavesPerHub, next);
          if (last !== undefined) times[last].push(ms);
          last = next;
        }
      }
      times.SIGTERM.push(await startAndEnd(dir, ids, leavesPerHub, "SIGTERM"));
      for (const [signal, what] of [
        ["SIGKILL", "serving after kill -9"],
        ["SIGTERM", "serving after an end in order"],
      ] as const) {
        const sorted = times[signal].sort((a, b) => a - b).map((ms) => ms / 1_000);
        const value = sorted[sorted.length >> 1] as number;
        const spread = { min: sorted[0] as number, max: sorted.at(-1) as number };
        harness.report(what, "s", value, { ...spread, aims: [{ atMost: 3 }] });
      }
    } finally {
      removeDir(dir);
    }
  },
};

/** ms from the start of the process to a whole answer. */
async function startAndEnd(
  dir: string,
  hubs: readonly string[],
  leavesPerHub: number,
  signal: NodeJS.Signals,
): Promise<number> {
  const config = join(dir, "mycel.yaml");
  const { port, server } = await takenTcpPort();
  server.close();
  const settings = {
    zones: [{ id: "main" }],
    hubs: hubs.map((id) => ({ id, zone: "main" })),
    http: { port },
    storage: { historyMaxGb: 100, historyDays: 36_500 },
  };
  writeFileSync(config, stringify(settings));
  rmSync(join(dir, "data", "node.json"), { force: true });
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [MAIN, "up", "--config", config, "--data", join(dir, "data")],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  const exit = once(child, "exit");
  try {
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the node ended with ${child.exitCode}`);
      if (performance.now() - startedAt > ANSWER_MS_MAX)
        throw new Error("the node does not answer");
      if (await answersWith(port, hubs.at(-1) as string, leavesPerHub)) break;
      await sleep(LOOK_EVERY_MS);
    }
    return performance.now() - startedAt;
  } finally {
    child.kill(signal);
    await exit;
  }
}

/** Whether the last leaf of the last hub is there with a value of each channel. */
async function answersWith(port: number, hub: string, leavesPerHub: number): Promise<boolean> {
  let leaves: Leaf[];
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/leaves?hub=${hub}`);
    if (!response.ok) return false;
    leaves = (await response.json()) as Leaf[];
  } catch {
    return false;
  }
  const leaf = leaves.find(({ leafId }) => leafId === leavesPerHub - 1);
  return leaf !== undefined && Object.keys(leaf.readings).length === CHANNELS.length;
}
