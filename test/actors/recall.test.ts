import assert from "node:assert/strict";
import { test } from "node:test";
import { stranger } from "../../actors/hub/registration.ts";
import { createLeafTable, emptyLeafRow, openLeafTable } from "../../actors/leaf/leaf-table.ts";
import { recallRows, rowOf } from "../../actors/recall.ts";

const NOW_MS = 1_000_000;
const record = (leafId: number) => ({
  ...stranger("hub", leafId, "main"),
  standing: "adopted" as const,
});
const reading = (leafId: number, channel: number, value: number, atMs: number) => ({
  ...{ hubNo: 1, leafId, channel, value, atMs },
});

test("recallRows() puts a leaf's newest values into its row, and has it online if it was heard lately", () => {
  const table = openLeafTable(createLeafTable({ rowsMax: 512 }));
  const memory = {
    hubNos: new Map([["hub", 1]]),
    records: [record(1), record(2), record(3)],
    latest: [
      reading(1, 1, 21, NOW_MS - 1_000),
      reading(1, 2, 40, NOW_MS - 200_000),
      reading(2, 1, 22, NOW_MS - 120_000),
      reading(9, 1, 23, NOW_MS),
    ],
  };
  recallRows(table, memory, [{ id: "hub", offlineAfterMs: 120_000 }], NOW_MS);
  const row = (leafId: number) => {
    const into = emptyLeafRow();
    assert.ok(table.readRow(rowOf(1, leafId), into));
    const { present, online, lastSeenMs, slotsUsed } = into;
    return { present, online, lastSeenMs, values: [...into.values.subarray(0, slotsUsed)] };
  };
  assert.deepEqual(row(1), {
    present: true,
    online: true,
    lastSeenMs: NOW_MS - 1_000,
    values: [21, 40],
  });
  assert.deepEqual(row(2), {
    present: true,
    online: false,
    lastSeenMs: NOW_MS - 120_000,
    values: [22],
  });
  assert.deepEqual(row(3), { present: true, online: false, lastSeenMs: 0, values: [] });
  assert.equal(row(9).present, false);
});
