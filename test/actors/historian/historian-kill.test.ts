import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { queryHistory } from "../../../actors/historian/history-query.ts";
import { latestRows } from "../../../actors/historian/latest-rows.ts";
import { loadLeafRecords } from "../../../actors/historian/leaf-records.ts";
import { HOUR_MS } from "../../../actors/historian/tables.ts";
import { openLmdbStore } from "../../../runtime/state/lmdb-store.ts";
import { tempDir } from "../../support/store-dirs.ts";

const ROUNDS = 10;

test("historian() killed with -9 at any moment loses at most its window, and counts nothing twice", async (t) => {
  const dir = tempDir(t);
  let stored = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { promised, savedLeaf } = await runAndKill(t, dir, stored, 20 + ((round * 37) % 130));
    const store = openLmdbStore({ dir });
    const samples = queryHistory(store, { ...SERIES, fromMs: 0, toMs: 1e15, limit: 1e9 });
    const values = samples.map(({ value }) => value);
    // Values are 0, 1, 2, …: none missing between, none twice, in order.
    assert.deepEqual(values, [...values.keys()], `round ${round}`);
    assert.ok(values.length >= promised, `round ${round}: ${values.length} of ${promised}`);

    for (const stepMs of [60_000, HOUR_MS, 7_000]) {
      const steps = queryHistory(store, { ...SERIES, fromMs: 0, toMs: 1e15, stepMs, limit: 1e9 });
      const counts = Map.groupBy(samples, ({ atMs }) => Math.floor(atMs / stepMs) * stepMs);
      assert.deepEqual(
        steps.map(({ atMs, count, min, max }) => [atMs, count, min, max]),
        [...counts].map(([atMs, group]) => [
          atMs,
          group.length,
          group[0]?.value,
          group.at(-1)?.value,
        ]),
      );
    }
    if (values.length > 0) assert.equal([...latestRows(store)].at(-1)?.value, values.length - 1);
    assert.equal(loadLeafRecords(store, "swarm_hub_01").length >= savedLeaf, true);
    await store.close();
    stored = values.length;
  }
  assert.ok(stored > ROUNDS, `${stored} readings survived`);
});

const SERIES = { hubNo: 1, leafId: 2, channel: 3 };

/**
 * A historian in a process of its own takes readings `first`, `first` + 1, …, each ms some, and seals
 * often. Returns what it had said to be stored when it was killed, some lines after it had said so first.
 */
async function runAndKill(t: TestContext, dir: string, first: number, afterLines: number) {
  const path = (file: string): string => JSON.stringify(import.meta.resolve(`../../../${file}`));
  const program = `
    import { createActorSystem } from ${path("runtime/actor-system.ts")};
    import { historian } from ${path("actors/historian/historian.ts")};
    import { batchOf } from ${path("test/support/store-readings.ts")};
    import { receive, same } from ${path("runtime/behavior.ts")};
    const system = createActorSystem({ node: "n" });
    const nobody = system.spawn({ id: "o", start: () => receive(() => same), restart: "permanent", shutdownMs: 10 });
    const saves = system.spawn({ id: "s", start: () => receive((m) => {
      if (m.type === "LeafRecordSaved") process.stdout.write("saved " + (m.leafId + 1) + "\\n");
      if (m.type === "HistorianStatus") process.stdout.write("stored " + m.readingsStored + "\\n");
      return same;
    }), restart: "permanent", shutdownMs: 10 });
    const ref = system.spawn({ id: "h", restart: "permanent", shutdownMs: 1000, start: () => historian(
      { dir: ${JSON.stringify(dir)}, historyDays: 1e4, rollupDays: 1e4, historyMaxGb: 1, eventsMax: 10, reserveMb: 1, observer: nobody },
      undefined, { spreadBytes: 4_000, spreadMs: 100, sealBytes: 10_000, sealMs: 200 }) });
    let next = ${first};
    let leafId = 0;
    setInterval(() => {
      const now = Date.now();
      const readings = [];
      for (let i = 0; i < 25; i++) readings.push({ ...${JSON.stringify(SERIES)}, value: next++, atMs: ${Date.UTC(2026, 0, 1)} + next * 900 });
      const bytes = batchOf(readings);
      ref.tellBytes(bytes, 0, bytes.length, 25, now);
      if (leafId < 200) ref.tell({ type: "SaveLeafRecord", replyTo: saves, record: { hub: "swarm_hub_01", leafId: leafId++ } });
      ref.tell({ type: "GetHistorian", replyTo: saves });
    }, 1);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  let savedLeaf = 0;
  let stored = 0;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, number] = line.split(" ");
    if (what === "saved") savedLeaf = Number(number);
    else stored = Number(number);
    if (stored > 0) lines += 1;
    if (lines === afterLines) child.kill("SIGKILL");
  }
  return { promised: first + stored, savedLeaf };
}
