import assert from "node:assert/strict";
import { test } from "node:test";
import { openTables } from "../../actors/historian/tables.ts";
import { HubRows } from "../../actors/hub/hub-rows.ts";
import { stranger } from "../../actors/hub/registration.ts";
import { createLeafTable, emptyLeafRow, openLeafTable } from "../../actors/leaf/leaf-table.ts";
import { recallRows, recallZoneEvents } from "../../actors/recall.ts";
import type { EventKind, OfficeEvent } from "../../actors/zone/messages.ts";
import { MemoryStore } from "../../runtime/state/memory-store.ts";

const NOW_MS = 1_000_000;
const record = (leafId: number) => ({
  ...stranger("hub", leafId, "main"),
  standing: "adopted" as const,
});
const reading = (leafId: number, channel: number, value: number, atMs: number) => ({
  ...{ hubNo: 1, leafId, channel, value, atMs },
});

test("recallRows() puts a leaf's newest values into its row, and has it online if it was heard lately", () => {
  const rows = new HubRows([
    { hubNo: 3, leavesMax: 1_000 },
    { hubNo: 1, leavesMax: 9 },
  ]);
  const table = openLeafTable(createLeafTable(rows));
  const memory = {
    hubNos: new Map([["hub", 1]]),
    // One that registered while its hub took more leaves.
    records: [record(1), record(2), record(3), record(12)],
    latest: [
      reading(1, 1, 21, NOW_MS - 1_000),
      reading(1, 2, 40, NOW_MS - 200_000),
      reading(2, 1, 22, NOW_MS - 120_000),
      reading(8, 1, 23, NOW_MS),
      reading(12, 1, 24, NOW_MS),
    ],
  };
  recallRows(table, rows, memory, [{ id: "hub", offlineAfterMs: 120_000 }], NOW_MS);
  const row = (leafId: number) => {
    const into = emptyLeafRow();
    assert.ok(table.readRow(rows.rowOf(1, leafId) as number, into));
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
  assert.equal(row(8).present, false);
});

test("recallZoneEvents() reads back what zones raised within the cooldown of its kind, oldest first", async () => {
  const store = new MemoryStore();
  const now = 100_000_000;
  const event = (kind: EventKind, minutesAgo: number): OfficeEvent => ({
    ...{ id: `${kind} ${minutesAgo}`, atMs: now - minutesAgo * 60_000, kind, zone: "main" },
    ...{ severity: "info", hub: undefined, leafId: undefined, message: "", data: {} },
  });
  const events = [
    ...[event("sedentary_alert", 61), event("sedentary_alert", 59), event("high_temperature", 31)],
    ...[event("high_temperature", 29), event("co2_threshold_exceeded", 15)],
    ...[event("person_entered", 1), event("leaf_online", 1), event("sensor_tamper", 1)],
  ];
  await store.write(() => {
    for (const [no, one] of events.entries()) openTables(store).event.put(no, one);
  });
  const recalled = (zones: Parameters<typeof recallZoneEvents>[1]) =>
    recallZoneEvents(store, zones, now).map(({ id }) => id);
  const usual = ["sedentary_alert 59", "high_temperature 29", "sensor_tamper 1"];
  assert.deepEqual(recalled([]), usual);
  const patient = { id: "main", co2CooldownMs: 1_000_000 } as never;
  assert.deepEqual(recalled([patient]), usual.toSpliced(2, 0, "co2_threshold_exceeded 15"));
});
