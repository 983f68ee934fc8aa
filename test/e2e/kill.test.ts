/**
 * `kill -9` at random moments while leaves report: what is found afterwards is a prefix of what was
 * sent, and at least what the history has shown. How long it may take until it is there is shown in virtual
 * time (test/actors/historian/historian.test.ts). `SEED=n` runs a failure again.
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

interface Series {
  readonly hub: string;
  readonly leafId: number;
  /** The values are 1, 2, 3 …: this is the last. */
  sent: number;
  /** How many of them the node's history has shown. */
  shown: number;
}

test(`a node killed ${KILLS} times has a gapless, ordered history but for the last instant (SEED=${seed})`, async (t) => {
  const random = seededRandom(seed);
  const dir = temporaryDir();
  const all: Series[] = HUBS.flatMap((hub) =>
    LEAVES.map((leafId) => ({ hub, leafId, sent: 0, shown: 0 })),
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
    await reportUntilKilled(node, all, 20 + random.below(150));
    node = undefined;
  }
});

/** Reports of all leaves, each 10 ms, until so many more of each are stored; the node is killed in the middle of one. */
async function reportUntilKilled(node: NodeProcess, all: Series[], more: number): Promise<void> {
  const radios = new Map(
    await Promise.all(
      HUBS.map(async (hub) => [hub, await openRadio(node.file.hubs[hub] ?? "")] as const),
    ),
  );
  let isAlive = true;
  const reporting = (async () => {
    while (isAlive) {
      for (const series of all) {
        if (!isAlive) break;
        series.sent += 1;
        const readings = { co2: series.sent, temperature: 20 };
        await radios.get(series.hub)?.report(series.leafId, readings);
      }
      await sleep(EVERY_MS);
    }
  })();
  try {
    for (const series of all) {
      const enough = series.shown + more;
      await until(async () => {
        series.shown = (await historyOf(node, queryOf(series))).length;
        return series.shown >= enough;
      });
    }
    await node.end("SIGKILL");
  } finally {
    isAlive = false;
    await reporting;
    for (const radio of radios.values()) radio.close();
  }
}

const queryOf = ({ hub, leafId }: Series) => ({ hub, leaf: `${leafId}`, channel: "co2" });

async function assertSound(node: NodeProcess, series: Series): Promise<void> {
  const { hub, leafId, sent, shown } = series;
  if (sent === 0) return;
  const query = queryOf(series);
  const rows = await historyOf(node, query);
  const values = rows.map((row) => row.value);
  const where = `${hub}/${leafId} (SEED=${seed})`;

  // Of one run the values are a prefix of what was sent; so nothing twice, nothing out of order.
  assert.ok(values.length >= shown, `${where}: ${values.length} of ${shown} that were shown`);
  for (const [at, value] of values.entries())
    assert.ok(
      at === 0 ? value === 1 : value > (values[at - 1] ?? 0),
      `${where}: ${value} at ${at}`,
    );
  assert.ok(
    rows.every((row, at) => row.atMs >= (rows[at - 1]?.atMs ?? 0)),
    `${where}: times`,
  );

  // The counting goes on from what is there, so that each run is looked at for itself.
  const last = values.at(-1) ?? 0;
  assert.ok(last <= sent, `${where}: ${last} was never sent`);
  series.sent = last;
  series.shown = values.length;

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
