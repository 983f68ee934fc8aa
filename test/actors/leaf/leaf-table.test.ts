import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { FLAG, ROW, rowsAt, SLOTS_MAX, TABLE } from "../../../actors/leaf/leaf-row.ts";
import {
  createLeafTable,
  emptyLeafRow,
  type LeafTable,
  openLeafTable,
} from "../../../actors/leaf/leaf-table.ts";
import { CHANNELS } from "../../../firmware/wire/frame-types.ts";
import fc from "../../support/fc.ts";

const read = (table: LeafTable, row: number) => {
  const into = emptyLeafRow();
  assert.ok(table.readRow(row, into));
  return into;
};

test("LeafTable gives back what was written into a row", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 4 }));
  table.writer(2).claim(513, 200, "adopted");
  table.writer(2).begin();
  table.writer(2).setSeen(1_700_000_000_123.5);
  table.writer(2).setFlags(FLAG.online | FLAG.lowBattery, 0);
  table.writer(2).setHealth(2_399, 4_000_000_000);
  table.writer(2).countApplied();
  table.writer(2).countApplied();
  table.writer(2).countRefused();
  table.writer(2).setReading(1, 22.5, 10);
  table.writer(2).setReading(0x3f, -0.1, 20);
  table.writer(2).setReading(1, 23.5, 30);
  table.writer(2).end();

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
  table.writer(0).claim(1, 7, "stranger");
  table.writer(0).begin();
  table.writer(0).setReading(4, 800, 5);
  table.writer(0).setFlags(FLAG.online, 0);
  table.writer(0).end();
  table.writer(0).claim(1, 7, "disputed");
  const row = read(table, 0);
  assert.equal(row.standing, "disputed");
  assert.equal(row.online, true);
  assert.equal(row.values[0], 800);
});

test("LeafTable counts readings of channels beyond the sixteen slots and keeps the first", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 1 }));
  table.writer(0).begin();
  for (let channel = 0; channel < SLOTS_MAX + 3; channel++)
    table.writer(0).setReading(channel, channel, 1);
  table.writer(0).setReading(0, 99, 2);
  table.writer(0).end();
  const row = read(table, 0);
  assert.equal(row.slotsUsed, SLOTS_MAX);
  assert.equal(row.unslotted, 3);
  assert.equal(row.values[0], 99);
});

test("readRow() refuses a row whose writer is inside, and a new writer heals it", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 1 }));
  table.writer(0).begin();
  assert.equal(table.readRow(0, emptyLeafRow()), false);
  table.writer(0).claim(1, 1, "adopted");
  assert.equal(read(table, 0).leafId, 1);
});

test("LeafTable refuses a row outside the table, as a bug", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 1 }));
  assert.throws(() => table.writer(1).begin(), /lies in the table/);
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
          table.writer(row).begin();
          table.writer(row).countApplied();
          table.writer(row).end();
        }
        cursor = table.changedSince(cursor, rows);
        assert.deepEqual(
          rows,
          [...new Set(round)].sort((a, b) => a - b),
        );
      }
      table.changedSince(cursor, rows);
      assert.deepEqual(rows, []);
    }),
  );
});

test("changedSince() keeps its promise when the count of looks wraps", () => {
  const buffer = createLeafTable({ rowsMax: 2 });
  new Int32Array(buffer)[TABLE.epoch] = 0x7fff_ffff;
  const table = openLeafTable(buffer);
  const rows: number[] = [];
  const cursor = table.changedSince(0x7fff_ffff, rows);
  table.writer(1).claim(1, 1, "adopted");
  const next = table.changedSince(cursor, rows);
  assert.deepEqual(rows, [1]);
  table.changedSince(next, rows);
  assert.deepEqual(rows, []);
});

test("changedSince() names a row until a look has met it done, so that no change slips through", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 1 }));
  const writer = table.writer(0);
  writer.claim(1, 1, "adopted");
  const rows: number[] = [];
  const look = (cursor: number): number => table.changedSince(cursor, rows);
  let cursor = look(0);
  writer.begin();
  cursor = look(cursor);
  assert.deepEqual(rows, [0], "half done");
  cursor = look(cursor);
  assert.deepEqual(rows, [0], "still half done");
  writer.end();
  cursor = look(cursor);
  assert.deepEqual(rows, [0], "done since");
  look(cursor);
  assert.deepEqual(rows, []);
});

test("setReadings() finds each channel's slot again, in whatever order a leaf names them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.tuple(fc.nat(20), fc.float({ noNaN: true })), { maxLength: 20 }), {
        maxLength: 6,
      }),
      (reports) => {
        const table = openLeafTable(createLeafTable({ rowsMax: 1 }));
        const writer = table.writer(0);
        const newest = new Map<number, number>();
        let unslotted = 0;
        for (const report of reports) {
          // One byte in, so that values lie across every alignment.
          const bytes = new Uint8Array(1 + report.length * 5);
          const view = new DataView(bytes.buffer);
          for (const [i, [channel, value]] of report.entries()) {
            bytes[1 + i * 5] = channel;
            view.setFloat32(2 + i * 5, value, true);
            if (newest.has(channel) || newest.size < SLOTS_MAX) newest.set(channel, value);
            else unslotted += 1;
          }
          writer.begin();
          writer.setReadings(bytes, 1, report.length, 7);
          writer.end();
        }
        const row = read(table, 0);
        const slots = Array.from({ length: row.slotsUsed }, (_, i) => [
          row.channels[i],
          row.values[i],
        ]);
        assert.deepEqual(slots, [...newest]);
        assert.equal(row.unslotted, unslotted);
      },
    ),
  );
});

test("setReadings() says what the battery has, rounded and within 16 bits", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 1 }));
  const said = (channel: number, value: number): number => {
    const bytes = new Uint8Array(5);
    bytes[0] = channel;
    new DataView(bytes.buffer).setFloat32(1, value, true);
    return table.writer(0).setReadings(bytes, 0, 1, 1);
  };
  const { code } = CHANNELS.battery_mv;
  const cases = [2_399.6, -5, 1e9].map((value) => said(code, value));
  assert.deepEqual(cases, [2_400, 0, 0xffff]);
  assert.equal(said(CHANNELS.temperature.code, 3_000), 0);
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
  for (const rowsMax of [1, 256, 25_000]) assert.equal((rowsAt(rowsMax) * 4) % 64, 0);
});
