import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { parquetReadObjects } from "hyparquet";
import { csvOf } from "../../../../actors/historian/export/csv.ts";
import { pagesOf } from "../../../../actors/historian/export/pages.ts";
import { parquetOf } from "../../../../actors/historian/export/parquet.ts";
import { listSeries } from "../../../../actors/historian/export/series-list.ts";
import { LogWriter } from "../../../../actors/historian/log-writer.ts";
import { openTables } from "../../../../actors/historian/tables.ts";
import { openLmdbStore } from "../../../../runtime/state/lmdb-store.ts";
import { MemoryStore } from "../../../../runtime/state/memory-store.ts";
import type { StateStore } from "../../../../runtime/state/state-store.ts";
import fc from "../../../support/fc.ts";
import { tempDir } from "../../../support/store-dirs.ts";
import { batchesOf, type Reading } from "../../../support/store-readings.ts";

const T0 = Date.UTC(2026, 0, 1, 23, 59);
const ALL = { hub: "*", leaf: "*", channel: "*" };
const HUBS = ["attic", "cellar"];
const CHANNELS: Readonly<Record<number, string>> = { 1: "temperature", 2: "humidity" };

async function fill(store: StateStore, readings: readonly Reading[]): Promise<void> {
  const tables = openTables(store);
  const log = new LogWriter(tables, T0, {
    spreadBytes: 1,
    spreadMs: 1,
    sealBytes: 400,
    sealMs: 1e9,
  });
  const inOne = async (change: () => () => void): Promise<void> => {
    let confirm = (): void => {};
    await store.write(() => {
      confirm = change();
    });
    confirm();
  };
  await store.write(() => {
    for (const [hubNo, hub] of HUBS.entries()) tables.hub.put(hub, hubNo);
    const record = { hub: "attic", leafId: 2, name: "window", zone: "main" };
    const rest = { hardware: undefined, capabilities: [], claimedHardware: undefined };
    tables.leaf.put(["attic", 2], { ...record, ...rest, standing: "adopted" });
  });
  for (let from = 0; from < readings.length; from += 7) {
    await inOne(() => log.write(batchesOf(readings.slice(from, from + 7)), T0));
    for (let due = log.due(T0); due !== undefined; due = log.due(T0)) await inOne(due);
  }
}

interface Row {
  readonly time: Date;
  readonly hub: string;
  readonly leaf: string;
  readonly channel: string;
  readonly value: number;
}

const rowOf = ({ hubNo, leafId, channel, value, atMs }: Reading): Row => ({
  time: new Date(atMs),
  hub: HUBS[hubNo] as string,
  leaf: hubNo === 0 && leafId === 2 ? "window" : `leaf_${leafId}`,
  channel: CHANNELS[channel] as string,
  value,
});

/** Series by series as they are listed, each by time, of one time as they came. */
function expected(readings: readonly Reading[]): Row[] {
  const series = ({ hubNo, leafId, channel }: Reading): number =>
    hubNo * 1e6 + leafId * 1e3 + channel;
  return [...readings].sort((a, b) => series(a) - series(b) || a.atMs - b.atMs).map(rowOf);
}

function joined(chunks: Iterable<Uint8Array>): ArrayBuffer {
  const bytes = Buffer.concat([...chunks]);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

const readings: fc.Arbitrary<Reading[]> = fc.array(
  fc.record(
    {
      hubNo: fc.nat(1),
      leafId: fc.integer({ min: 1, max: 3 }),
      channel: fc.constantFrom(1, 2),
      value: fc.float({ noNaN: true, noDefaultInfinity: true }),
      atMs: fc.oneof(fc.nat(120_000), fc.nat(3)).map((ms) => T0 + ms),
    },
    { noNullPrototype: true },
  ),
  { minLength: 1, maxLength: 60 },
);

test("exported Parquet and CSV have every sample, as other programs read them, whatever the page", async () => {
  await fc.assert(
    fc.asyncProperty(readings, fc.integer({ min: 1, max: 20 }), async (readings, pageRows) => {
      const store = new MemoryStore();
      await fill(store, readings);
      const pages = () =>
        pagesOf(store, listSeries(store, ALL), { fromMs: 0, toMs: 1e15 }, pageRows);
      const rows = expected(readings);
      assert.deepEqual(await parquetReadObjects({ file: joined(parquetOf(pages())) }), rows);

      const text = [...csvOf(pages())].join("");
      const parsed: Record<string, string>[] = parse(text, {
        columns: true,
        record_delimiter: "\r\n",
      });
      const values = parsed.map((row) => ({
        time: new Date(row["time"] as string),
        hub: row["hub"],
        leaf: row["leaf"],
        channel: row["channel"],
        // Text has no sign of zero.
        value: Math.fround(Number(row["value"])) + 0,
      }));
      assert.deepEqual(
        values,
        rows.map((row) => ({ ...row, value: row.value + 0 })),
      );
      assert.deepEqual(
        parsed.map((row) => Number(row["atMs"])),
        rows.map(({ time }) => time.getTime()),
      );
    }),
    { numRuns: 100 },
  );
});

const one = (hubNo: number, leafId: number, channel: number): Reading => ({
  hubNo,
  leafId,
  channel,
  value: 1,
  atMs: T0,
});

test("listSeries() finds leaves by name and id, and all by *", async () => {
  const store = new MemoryStore();
  await fill(store, [one(0, 2, 1), one(0, 3, 2), one(1, 2, 1)]);
  const found = (pattern: Partial<typeof ALL>): string[] =>
    listSeries(store, { ...ALL, ...pattern }).map(
      ({ hub, leaf, name }) => `${hub}/${leaf}/${name}`,
    );
  assert.deepEqual(found({ hub: "attic" }), ["attic/window/temperature", "attic/leaf_3/humidity"]);
  assert.deepEqual(found({ leaf: "window" }), ["attic/window/temperature"]);
  assert.deepEqual(found({ leaf: "2", channel: "temperature" }), [
    "attic/window/temperature",
    "cellar/leaf_2/temperature",
  ]);
  assert.deepEqual(found({ hub: "roof" }), []);
});

test("mycel history export writes a file from a data folder, and says so when there is nothing", async (t) => {
  const dir = tempDir(t);
  const store = openLmdbStore({ dir: join(dir, "store") });
  await fill(store, [one(0, 2, 1), one(1, 1, 2)]);
  await store.close();
  const main = fileURLToPath(new URL("../../../../actors/main.ts", import.meta.url));
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [main, "history", "export", ...args, "--data", dir], {
      encoding: "utf8",
    });
  const csv = run("*/*/*");
  assert.equal(csv.status, 0, csv.stderr);
  assert.equal(csv.stdout.split("\r\n").length, 1 + 2 + 1);
  const output = join(dir, "out.parquet");
  const parquet = run("attic/window/*", "--format", "parquet", "--output", output, "--from", "1");
  assert.equal(parquet.status, 0, parquet.stderr);
  const bytes = readFileSync(output);
  const rows = await parquetReadObjects({ file: joined([bytes]) });
  assert.deepEqual(rows, [rowOf(one(0, 2, 1))]);
  const none = run("roof/*/*");
  assert.equal(none.status, 1);
  assert.match(none.stderr, /No readings of roof\/\*\/\* are stored/);
});
