import assert from "node:assert/strict";
import { test } from "node:test";
import { queryHistory } from "../../../actors/historian/history-query.ts";
import { latestRows } from "../../../actors/historian/latest-rows.ts";
import { LogWriter } from "../../../actors/historian/log-writer.ts";
import { HOUR_MS, openTables } from "../../../actors/historian/tables.ts";
import { dropVersion1, openVersion1, version1Log } from "../../../actors/historian/version-1.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";

const SERIES = { hubNo: 3, leafId: 7, channel: 1 };
const KEY = [3, 7, 1] as const;
const ALL = { ...SERIES, fromMs: 0, toMs: 1e15, limit: 1e6 };
const T0 = Date.UTC(2026, 0, 1);

const bytesOf = (bytes: number, write: (view: DataView) => void): Uint8Array => {
  const view = new DataView(new ArrayBuffer(bytes));
  write(view);
  return new Uint8Array(view.buffer);
};

/** One hour's block of two samples, its rollup, a reading in the log and the newest value. */
async function version1Store(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const tables = openVersion1(store);
  openTables(store);
  await store.write(() => {
    // Zigzag varints: 5 ms after the hour's start, and 64 ms before that.
    const block = bytesOf(5 + 8 + 3, (view) => {
      view.setUint32(1, 2, true);
      view.setFloat32(5, 21.5, true);
      view.setFloat32(9, 22.5, true);
      view.setUint8(13, 2 * 300 - 0x200 + 0x80);
      view.setUint8(14, (2 * 300) >> 7);
      view.setUint8(15, 2 * 64 - 1);
    });
    tables.history.put([...KEY, T0, 0], block);
    tables.rollup.put(
      [...KEY, HOUR_MS, T0],
      bytesOf(20, (view) => {
        view.setFloat64(0, 44, true);
        view.setUint32(8, 2, true);
        view.setFloat32(12, 21.5, true);
        view.setFloat32(16, 22.5, true);
      }),
    );
    const log = bytesOf(32, (view) => {
      for (const [at, channel, value] of [
        [0, 1, 23.5],
        [16, 2, 40],
      ] as const) {
        view.setUint16(at, 7, true);
        view.setUint8(at + 2, channel);
        view.setFloat32(at + 4, value, true);
        view.setFloat64(at + 8, T0 + HOUR_MS, true);
      }
    });
    tables.log.put([3, 0], log);
    const latest = bytesOf(12, (view) => {
      view.setFloat64(0, T0 + HOUR_MS, true);
      view.setFloat32(8, 23.5, true);
    });
    tables.latest.put(KEY, latest);
  });
  return store;
}

const EXPECTED = [
  { atMs: T0 + 300 - 64, value: 22.5 },
  { atMs: T0 + 300, value: 21.5 },
];

test("history of version 1 is read where it lies: samples, whole hours and last values", async () => {
  const store = await version1Store();
  assert.deepEqual(queryHistory(store, ALL), EXPECTED);
  assert.deepEqual(queryHistory(store, { ...ALL, fromMs: T0 + 300 }), EXPECTED.slice(1));
  const hour = { atMs: T0, value: 22, min: 21.5, max: 22.5, count: 2 };
  assert.deepEqual(queryHistory(store, { ...ALL, stepMs: HOUR_MS }), [hour]);
  assert.deepEqual(queryHistory(store, { ...ALL, stepMs: 60_000 }), [hour]);
  assert.deepEqual([...latestRows(store)], [{ ...SERIES, value: 23.5, atMs: T0 + HOUR_MS }]);
});

test("version1Log() moves the log's readings on, once, frames put together", async () => {
  const store = await version1Store();
  const log = new LogWriter(openTables(store), T0);
  const old = version1Log(store);
  assert.deepEqual(
    old.batches.map(({ readings }) => readings),
    [2],
  );
  let confirm = (): void => {};
  await store.write(() => {
    confirm = log.write(old.batches, T0);
    old.remove();
  });
  confirm();
  const moved = { atMs: T0 + HOUR_MS, value: 23.5 };
  assert.deepEqual(queryHistory(store, ALL), [...EXPECTED, moved]);
  assert.deepEqual(queryHistory(store, { ...ALL, channel: 2 }), [{ ...moved, value: 40 }]);
  assert.deepEqual(version1Log(store).batches, []);
});

test("dropVersion1() drops what is older than it is to be kept", async () => {
  const store = await version1Store();
  const day = T0 / 86_400_000;
  const drop = (blocksFromDay: number, hoursFromDay: number): Promise<void> =>
    store.write(() => {
      dropVersion1(openVersion1(store), { blocksFromDay, hoursFromDay }, undefined);
    });
  const rows = () =>
    [ALL, { ...ALL, stepMs: HOUR_MS }].map((one) => queryHistory(store, one).length);
  openVersion1(store);
  await drop(day, day);
  assert.deepEqual(rows(), [2, 1]);
  await drop(day + 1, day);
  assert.deepEqual(rows(), [0, 1]);
  await drop(day + 1, day + 1);
  assert.deepEqual(rows(), [0, 0]);
});
