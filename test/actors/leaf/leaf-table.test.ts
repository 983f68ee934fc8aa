import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { FLAG, ROW, SLOTS_MAX, TABLE } from "../../../actors/leaf/leaf-row.ts";
import {
  createLeafTable,
  emptyLeafRow,
  type LeafTable,
  openLeafTable,
} from "../../../actors/leaf/leaf-table.ts";

const read = (table: LeafTable, row: number) => {
  const into = emptyLeafRow();
  assert.ok(table.readRow(row, into));
  return into;
};

test("LeafTable gives back what was written into a row", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 4 }));
  table.claim(2, 513, 200, "adopted");
  table.begin(2);
  table.setSeen(2, 1_700_000_000_123.5);
  table.setFlags(2, FLAG.online | FLAG.lowBattery, 0);
  table.setHealth(2, 2_399, 4_000_000_000);
  table.countApplied(2);
  table.countApplied(2);
  table.countRefused(2);
  table.setReading(2, 1, 22.5, 10);
  table.setReading(2, 0x3f, -0.1, 20);
  table.setReading(2, 1, 23.5, 30);
  table.end(2);

  const row = read(table, 2);
  assert.deepEqual(
    {
      ...row,
      channels: [...row.channels.subarray(0, row.slotsUsed)],
      values: [...row.values.subarray(0, row.slotsUsed)],
      atMs: [...row.atMs.subarray(0, row.slotsUsed)],
    },
    {
      row: 2,
      hubNo: 513,
      leafId: 200,
      present: true,
      online: true,
      lowBattery: true,
      quarantined: false,
      standing: "adopted",
      lastSeenMs: 1_700_000_000_123.5,
      batteryMv: 2_399,
      uptimeS: 4_000_000_000,
      frames: 2,
      refused: 1,
      quarantinedUntilMs: 0,
      unslotted: 0,
      slotsUsed: 2,
      channels: [1, 0x3f],
      values: [23.5, Math.fround(-0.1)],
      atMs: [30, 20],
    },
  );
  assert.equal(read(table, 1).present, false);
});

test("LeafTable keeps a row's content when a new actor claims it", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 1 }));
  table.claim(0, 1, 7, "stranger");
  table.begin(0);
  table.setReading(0, 4, 800, 5);
  table.setFlags(0, FLAG.online, 0);
  table.end(0);
  table.claim(0, 1, 7, "disputed");
  const row = read(table, 0);
  assert.equal(row.standing, "disputed");
  assert.equal(row.online, true);
  assert.equal(row.values[0], 800);
});

test("LeafTable counts readings of channels beyond the sixteen slots and keeps the first", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 1 }));
  table.begin(0);
  for (let channel = 0; channel < SLOTS_MAX + 3; channel++)
    table.setReading(0, channel, channel, 1);
  table.setReading(0, 0, 99, 2);
  table.end(0);
  const row = read(table, 0);
  assert.equal(row.slotsUsed, SLOTS_MAX);
  assert.equal(row.unslotted, 3);
  assert.equal(row.values[0], 99);
});

test("readRow() refuses a row whose writer is inside, and a new writer heals it", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 1 }));
  table.begin(0);
  assert.equal(table.readRow(0, emptyLeafRow()), false);
  table.claim(0, 1, 1, "adopted");
  assert.equal(read(table, 0).leafId, 1);
});

test("LeafTable refuses a row outside the table, as a bug", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 1 }));
  assert.throws(() => table.begin(1), /lies in the table/);
  assert.throws(() => openLeafTable(new SharedArrayBuffer(64)), /holds a leaf table/);
});

test("changedSince() names exactly the rows written since the cursor", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(7), { maxLength: 12 }), { maxLength: 8 }), (rounds) => {
      const table = openLeafTable(createLeafTable({ rowsMax: 8 }));
      const rows: number[] = [];
      let cursor = 0;
      for (const round of rounds) {
        for (const row of round) {
          table.begin(row);
          table.countApplied(row);
          table.end(row);
        }
        cursor = table.changedSince(cursor, rows);
        assert.deepEqual(
          rows,
          [...new Set(round)].sort((a, b) => a - b),
        );
      }
      assert.equal(table.changedSince(cursor, rows), cursor);
      assert.deepEqual(rows, []);
    }),
  );
});

test("changedSince() keeps its promise when the count of changes wraps", () => {
  const buffer = createLeafTable({ rowsMax: 2 });
  new Int32Array(buffer)[TABLE.changes] = 0x7fff_ffff;
  const table = openLeafTable(buffer);
  const rows: number[] = [];
  const cursor = table.changedSince(0, rows);
  table.claim(1, 1, 1, "adopted");
  const next = table.changedSince(cursor, rows);
  assert.deepEqual(rows, [1]);
  table.changedSince(next, rows);
  assert.deepEqual(rows, []);
});

test("changedSince() names a row that is being written, so that no change slips through", () => {
  const buffer = createLeafTable({ rowsMax: 1 });
  const table = openLeafTable(buffer);
  table.claim(0, 1, 1, "adopted");
  const rows: number[] = [];
  const cursor = table.changedSince(0, rows);
  table.begin(0);
  // The writer has counted its change and not yet marked its row.
  Atomics.add(new Int32Array(buffer), TABLE.changes, 1);
  table.changedSince(cursor, rows);
  assert.deepEqual(rows, [0]);
});

test("readRow() never sees half a change that a second thread writes", async (t) => {
  const rowsMax = 2;
  const buffer = createLeafTable({ rowsMax });
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("./leaf-table-writer.ts", import.meta.url), {
    workerData: { buffer, stop },
  });
  // A writer left behind by a failed assertion would keep the process for ever.
  t.after(() => worker.terminate());
  const exited = once(worker, "exit");
  await once(worker, "message");

  const table = openLeafTable(buffer);
  const into = emptyLeafRow();
  const rows: number[] = [];
  let cursor = 0;
  let reads = 0;
  let last = 0;
  // Until the writer has been seen to move often, which takes milliseconds; bounded for a slow machine.
  const deadline = performance.now() + 20_000;
  for (let moves = 0; moves < 2_000 && performance.now() < deadline; ) {
    cursor = table.changedSince(cursor, rows);
    for (const row of rows) {
      if (!table.readRow(row, into)) continue;
      reads += 1;
      const n = into.frames;
      if (row === 0 && n > last) {
        last = n;
        moves += 1;
      }
      assert.equal(into.lastSeenMs, n * 1e6 + 0.25, "all fields are of one change");
      assert.equal(into.uptimeS, n % 2 ** 32);
      for (let i = 0; i < into.slotsUsed; i++) {
        assert.equal(into.values[i], Math.fround(n));
        assert.equal(into.atMs[i], n * 1e6 + 0.25);
      }
    }
  }
  Atomics.store(stop, 0, 1);
  await exited;
  assert.ok(reads > 0 && last > 0, `read ${reads} rows, the last of change ${last}`);

  // The last change of each row is found after the writer's end.
  table.changedSince(cursor, rows);
  assert.ok(table.readRow(0, into));
  assert.equal(into.lastSeenMs, into.frames * 1e6 + 0.25);
});

test("a row is a whole number of cache lines", () => {
  assert.equal((ROW.words * 4) % 64, 0);
  assert.equal((TABLE.words * 4) % 64, 0);
});
