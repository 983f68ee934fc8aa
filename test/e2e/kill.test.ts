/**
 * `kill -9` at random moments while leaves report: what is found afterwards is a prefix of what was
 * sent, short of no more than the promised window. `SEED=n` runs a failure again.
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../runtime/random.ts";
import type { HistoryAnswer } from "../../transports/http/contract.ts";
import {
  historyOf,
  type NodeProcess,
  removeDir,
  startNodeProcess,
  temporaryDir,
  untilAdopted,
} from "../support/node-process.ts";
import { openRadio } from "../support/radio.ts";
import { until } from "../support/until.ts";

const seed = Number(process.env["SEED"] ?? randomInt(1_000_000));
const HUBS = ["swarm_hub_01", "swarm_hub_02"];
const LEAVES = [1, 2];
const KILLS = 4;
const SETTINGS = {
  threads: 2,
  zones: [{ id: "main" }],
  hubs: HUBS.map((id) => ({
    id,
    zone: "main",
    leaves: LEAVES.map((leaf) => ({ id: leaf, framesPerSecondMax: null })),
  })),
};
const EVERY_MS = 10;
/**
 * The promise is 100 ms from the hub on. What a sender sees of it also has the way there in it: socket
 * buffer, link, hub and a commit, on a machine where other tests run.
 */
const AT_RISK_MS_MAX = 100 + 900;

interface Series {
  readonly hub: string;
  readonly leafId: number;
  /** The values are 1, 2, 3 …; index: value − 1. */
  readonly sentAtMs: number[];
}

test(`a node killed ${KILLS} times has a gapless, ordered history but for the last instant (SEED=${seed})`, {
  timeout: 120_000,
}, async (t) => {
  const random = seededRandom(seed);
  const dir = temporaryDir();
  const all: Series[] = HUBS.flatMap((hub) =>
    LEAVES.map((leafId) => ({ hub, leafId, sentAtMs: [] })),
  );
  let node: NodeProcess | undefined;
  t.after(async () => {
    await node?.end("SIGKILL");
    removeDir(dir);
  });

  for (let kill = 0; kill <= KILLS; kill++) {
    node = await startNodeProcess(dir, SETTINGS);
    assert.doesNotMatch(node.output(), /damaged|E_STORE/);
    await untilAdopted(node, all.length);
    for (const series of all) await assertSound(node, series);
    if (kill === KILLS) break;
    await reportUntilKilled(node, all, 200 + random.next() * 1_500);
    node = undefined;
  }
  assert.ok(all.every(({ sentAtMs }) => sentAtMs.length > 20 * KILLS));
});

/** Reports of all leaves, each 10 ms, until the node is killed in the middle of one. */
async function reportUntilKilled(node: NodeProcess, all: Series[], afterMs: number): Promise<void> {
  const radios = new Map(
    await Promise.all(
      HUBS.map(async (hub) => [hub, await openRadio(node.file.hubs[hub] ?? "")] as const),
    ),
  );
  let isAlive = true;
  const killed = sleep(afterMs).then(() => {
    const end = node.end("SIGKILL");
    isAlive = false;
    return end;
  });
  while (isAlive) {
    for (const { hub, leafId, sentAtMs } of all) {
      if (!isAlive) break;
      sentAtMs.push(Date.now());
      await radios.get(hub)?.report(leafId, { co2: sentAtMs.length, temperature: 20 });
    }
    await sleep(EVERY_MS);
  }
  const killedAtMs = Date.now();
  await killed;
  for (const radio of radios.values()) radio.close();
  for (const series of all) risks.set(series, killedAtMs);
}

/** When the node that a series was last sent to was killed. */
const risks = new Map<Series, number>();

async function assertSound(node: NodeProcess, series: Series): Promise<void> {
  const { hub, leafId, sentAtMs } = series;
  if (sentAtMs.length === 0) return;
  const query = { hub, leaf: `${leafId}`, channel: "co2" };
  const rows = await historyOf(node, query);
  const values = rows.map((row) => row.value);
  const where = `${hub}/${leafId} (SEED=${seed})`;

  // Of one run the values are a prefix of what was sent; so nothing twice, nothing out of order.
  assert.ok(values.length > 0, `${where} has a history`);
  for (const [at, value] of values.entries())
    assert.ok(
      at === 0 ? value === 1 : value > (values[at - 1] ?? 0),
      `${where}: ${value} at ${at}`,
    );
  assert.ok(
    rows.every((row, at) => row.atMs >= (rows[at - 1]?.atMs ?? 0)),
    `${where}: times`,
  );

  // What is missing was sent just before one of the kills.
  const killedAtMs = risks.get(series) ?? 0;
  const last = values.at(-1) ?? 0;
  for (let value = last + 1; value <= sentAtMs.length; value++) {
    const riskMs = killedAtMs - (sentAtMs[value - 1] ?? 0);
    assert.ok(riskMs <= AT_RISK_MS_MAX, `${where}: ${value} was ${riskMs} ms old and is lost`);
  }
  // The counting goes on from what is there, so that each run's gap is looked at once.
  sentAtMs.length = last;

  // Means of minutes come from rollups where they are sealed, and say the same as the samples.
  const stepped = await until(async () => {
    const asked = new URLSearchParams({ ...query, stepMs: "60000" });
    const answer = await node.json<HistoryAnswer>(`/api/history?${asked}`);
    return answer.rows;
  });
  const counted = stepped.reduce((sum, row) => sum + (row.count ?? 0), 0);
  assert.equal(counted, rows.length, `${where}: rollups count what is stored`);
  for (const { atMs, min, max, value, count } of stepped) {
    const samples = rows.filter((row) => row.atMs >= atMs && row.atMs < atMs + 60_000);
    const of = samples.map((row) => row.value);
    assert.equal(count, of.length);
    assert.equal(min, Math.min(...of));
    assert.equal(max, Math.max(...of));
    const mean = of.reduce((sum, one) => sum + one, 0) / of.length;
    assert.ok(
      Math.abs(value - mean) <= 1e-6 * Math.abs(mean),
      `${where}: mean ${value} of ${mean}`,
    );
  }
}
