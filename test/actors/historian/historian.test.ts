import assert from "node:assert/strict";
import { test } from "node:test";
import { queryEvents } from "../../../actors/historian/event-query.ts";
import { historian } from "../../../actors/historian/historian.ts";
import { queryHistory } from "../../../actors/historian/history-query.ts";
import { loadLeafRecords } from "../../../actors/historian/leaf-records.ts";
import type { Pace } from "../../../actors/historian/log-writer.ts";
import {
  BATCH,
  type HistorianCommand,
  type HistorianStatus,
  type LeafRecords,
  RECORD,
  type RoomLoaded,
  type SaveAnswer,
} from "../../../actors/historian/messages.ts";
import { historyBytes } from "../../../actors/historian/retention.ts";
import { DAY_MS, HOUR_MS, openTables } from "../../../actors/historian/tables.ts";
import type { LeafRecord } from "../../../actors/leaf/messages.ts";
import type { OfficeEvent, RoomMemory } from "../../../actors/zone/messages.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { type Simulation, simulate } from "../../../runtime/testing/simulation.ts";
import { batchOf } from "../../support/store-readings.ts";

/** Readings become blocks as soon as they are on disk. */
const AT_ONCE: Pace = { spreadBytes: 1, spreadMs: 1, sealBytes: 1, sealMs: 1 };
const SERIES = { hubNo: 3, leafId: 7, channel: 1 };
const RANGE = { ...SERIES, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 1_000_000 };

interface Setting {
  readonly eventsMax?: number;
  readonly historyDays?: number;
  readonly historyMaxGb?: number;
  readonly pace?: Pace;
  readonly store?: MemoryStore;
}

function start(options: Setting = {}) {
  const sim = simulate();
  const place = { store: options.store ?? new MemoryStore(), opened: 0 };
  const observer = createProbe<{ type: "EventRaised"; event: OfficeEvent }>(sim.system);
  const ref = sim.system.spawn<HistorianCommand>({
    id: "historian",
    start: () =>
      historian(
        {
          dir: "unused",
          historyDays: options.historyDays ?? 90,
          rollupDays: 3650,
          historyMaxGb: options.historyMaxGb ?? 1,
          eventsMax: options.eventsMax ?? 100,
          reserveMb: 64,
          observer: observer.ref,
        },
        () => {
          if (place.opened++ > 0) place.store = place.store.reopened();
          return place.store;
        },
        options.pace,
      ),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  const send = (values: readonly number[], atMs = sim.clock.nowMs()) => {
    const bytes = batchOf(values.map((value) => ({ ...SERIES, value, atMs })));
    assert.ok(ref.tellBytes(bytes, 0, bytes.length, values.length, atMs));
  };
  const values = () => queryHistory(place.store, RANGE).map(({ value }) => value);
  return { sim, ref, observer, place, send, values };
}

async function pass(sim: Simulation, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    sim.advance(Math.min(50, ms - passed));
    await sim.settle();
  }
}

/** Without a turn in between. */
async function skip(sim: Simulation, ms: number): Promise<void> {
  sim.advance(ms);
  await pass(sim, 200);
}

async function statusOf(
  sim: Simulation,
  ref: ActorRef<HistorianCommand>,
): Promise<HistorianStatus> {
  const probe = createProbe<HistorianStatus>(sim.system);
  ref.tell({ type: "GetHistorian", replyTo: probe.ref });
  await sim.settle();
  return probe.messages[0] as HistorianStatus;
}

const event = (id: number, more: Partial<OfficeEvent> = {}): OfficeEvent => ({
  id: String(id),
  atMs: 1_000 + id,
  kind: "door_opened",
  severity: "info",
  zone: "lobby",
  hub: undefined,
  leafId: undefined,
  message: `event ${id}`,
  data: {},
  ...more,
});

const record = (leafId: number): LeafRecord => ({
  hub: "swarm_hub_03",
  leafId,
  name: `leaf_${leafId}`,
  zone: "lobby",
  hardware: undefined,
  capabilities: ["temperature"],
  standing: "adopted",
  claimedHardware: undefined,
});

test("historian() has readings in the store 50 ms after they came, each of them, in order", async () => {
  const { sim, send, values } = start();
  await sim.settle();
  send([1, 2, 2, 3]);
  send([1.5]);
  assert.deepEqual(values(), []);
  await pass(sim, 50);
  assert.deepEqual(values(), [1, 2, 2, 3, 1.5]);
});

test("historian() seals old logs, and what it answers stays the same", async () => {
  const { sim, send, values, place } = start();
  await sim.settle();
  for (let i = 0; i < 40; i++) {
    send([i, -i]);
    await pass(sim, 10_000);
    if (i === 20) await skip(sim, HOUR_MS);
  }
  const tables = openTables(place.store);
  assert.ok([...tables.block.range({})].length > 0, "blocks");
  assert.ok([...tables.intake.range({})].length < 2, "nearly all is spread");
  assert.ok([...tables.sheaf.range({})].length < 40, "some is sealed");
  assert.deepEqual(values(), Array.from({ length: 40 }, (_, i) => [i, -i]).flat());
  const hours = queryHistory(place.store, { ...RANGE, stepMs: HOUR_MS });
  assert.equal(
    hours.reduce((sum, { count = 0 }) => sum + count, 0),
    80,
  );
});

test("historian() answers SaveLeafRecord when a restart would find the record", async () => {
  const { sim, ref, place } = start();
  const answers = createProbe<SaveAnswer | LeafRecords>(sim.system);
  ref.tell({ type: "SaveLeafRecord", record: record(12), replyTo: answers.ref });
  ref.tell({ type: "SaveLeafRecord", record: record(3), replyTo: answers.ref });
  await sim.settle();
  assert.deepEqual(answers.take(), [
    { type: "LeafRecordSaved", hub: "swarm_hub_03", leafId: 12 },
    { type: "LeafRecordSaved", hub: "swarm_hub_03", leafId: 3 },
  ]);
  const found = [record(3), record(12)];
  assert.deepEqual(loadLeafRecords(place.store.reopened(), "swarm_hub_03"), found);
  ref.tell({ type: "LoadLeafRecords", hub: "swarm_hub_03", replyTo: answers.ref });
  ref.tell({ type: "LoadLeafRecords", hub: "swarm_hub_04", replyTo: answers.ref });
  await sim.settle();
  assert.deepEqual(answers.take(), [
    { type: "LeafRecords", records: found },
    { type: "LeafRecords", records: [] },
  ]);
});

test("historian() keeps what a room has learned over a restart", async () => {
  const { sim, ref } = start();
  const memory: RoomMemory = {
    channels: "co2",
    weights: [1, -2],
    minutesIn: 3,
    minutesOut: 4,
    agreement: { trained: 0.5, room: 1 },
  };
  const answers = createProbe<RoomLoaded>(sim.system);
  ref.tell({ type: "SaveRoom", zone: "lab", memory });
  await sim.settle();
  ref.tell({ type: "LoadRoom", zone: "lab", replyTo: answers.ref });
  ref.tell({ type: "LoadRoom", zone: "attic", replyTo: answers.ref });
  await sim.settle();
  assert.deepEqual(answers.take(), [
    { type: "RoomLoaded", memory },
    { type: "RoomLoaded", memory: undefined },
  ]);
});

test("historian() keeps the newest events and finds them by zone, kind and time", async () => {
  const { sim, ref, place } = start({ eventsMax: 10 });
  for (let i = 0; i < 25; i++) {
    ref.tell({
      type: "RecordEvent",
      event: event(i, i % 2 === 0 ? { zone: "attic", kind: "door_closed" } : {}),
    });
    if (i % 4 === 0) await pass(sim, 100);
  }
  await pass(sim, 100);
  const ids = (filter: Parameters<typeof queryEvents>[1]) =>
    queryEvents(place.store, filter).map(({ id }) => Number(id));
  assert.deepEqual(ids({ limit: 100 }), [15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
  assert.deepEqual(ids({ limit: 3 }), [22, 23, 24]);
  assert.deepEqual(ids({ zone: "attic", limit: 2 }), [22, 24]);
  assert.deepEqual(ids({ kind: "door_opened", sinceMs: 1_019, limit: 9 }), [19, 21, 23]);
  assert.deepEqual(
    queryEvents(place.store, { limit: 1 })[0],
    event(24, { zone: "attic", kind: "door_closed" }),
  );
});

test("historian() on a full disk keeps the newest readings, says so once, and goes on by itself", async () => {
  const { sim, ref, send, values, place, observer } = start();
  const answers = createProbe<SaveAnswer>(sim.system);
  await sim.settle();
  send([1]);
  await pass(sim, 100);
  place.store.setFull(true);
  send([2, 3]);
  ref.tell({ type: "SaveLeafRecord", record: record(1), replyTo: answers.ref });
  await pass(sim, 5_000);
  send([4]);
  await pass(sim, 5_000);
  assert.deepEqual(answers.take(), [{ type: "SaveRefused", reason: "storeFull" }]);
  assert.deepEqual(values(), [1], "reads are served");
  assert.deepEqual(
    observer.messages.map(({ event }) => event.kind),
    ["store_full"],
  );
  const during = await statusOf(sim, ref);
  assert.equal(during.storeHealth, "full");
  assert.equal(during.readingsWaiting, 3);

  place.store.setFull(false);
  await pass(sim, 2_000);
  assert.deepEqual(values(), [1, 2, 3, 4]);
  assert.deepEqual(
    observer.messages.map(({ event }) => event.kind),
    ["store_full", "store_recovered"],
  );
  assert.deepEqual(
    queryEvents(place.store, { limit: 10 }).map(({ kind }) => kind),
    ["store_full", "store_recovered"],
  );
});

test("historian() accounts for every reading: stored, waiting, or dropped by reason", async () => {
  const { sim, ref, send, values, place } = start();
  await sim.settle();
  place.store.setFull(true);
  const many = Array.from({ length: 50_000 }, (_, i) => i);
  for (let i = 0; i < 26; i++) {
    send(many.map((value) => value + i * 50_000));
    await pass(sim, 100);
  }
  const full = await statusOf(sim, ref);
  assert.equal(full.readingsReceived, 1_300_000);
  assert.equal(full.dropped["storeFull"], 300_000);
  assert.equal(full.readingsWaiting, 1_000_000);
  place.store.setFull(false);
  await pass(sim, 2_000);
  const after = await statusOf(sim, ref);
  assert.equal(after.readingsStored, 1_000_000);
  assert.equal(after.readingsWaiting, 0);
  const kept = values();
  assert.equal(kept.length, 1_000_000);
  assert.equal(kept[0], 300_000, "the oldest were dropped");
});

test("historian() refuses bytes that are no readings, counts them and loses nothing before", async () => {
  const { sim, ref, send, values } = start();
  await sim.settle();
  send([1]);
  const good = batchOf([{ ...SERIES, value: 2, atMs: 5 }]);
  const noReading = good.slice(0, -5);
  noReading[BATCH.headerBytes + RECORD.count] = 0;
  const bad = [
    ...Array.from(good.keys(), (length) => good.subarray(0, length)),
    new Uint8Array([...good, 0]),
    noReading,
    batchOf([{ ...SERIES, value: Number.NaN, atMs: 5 }]),
    batchOf([{ ...SERIES, value: Number.NEGATIVE_INFINITY, atMs: 5 }]),
    ...[Number.NaN, -1, 1e300, 5.5].map((atMs) => batchOf([{ ...SERIES, value: 1, atMs }])),
  ];
  for (const bytes of bad) ref.tellBytes(bytes, 0, bytes.length, 1, 0);
  await pass(sim, 100);
  const status = await statusOf(sim, ref);
  assert.equal(status.dropped["malformed"], bad.length);
  assert.deepEqual(values(), [1]);
});

test("historian() stopped in order has everything on disk", async () => {
  const { sim, ref, send, place } = start();
  await sim.settle();
  send([1, 2]);
  ref.tell({ type: "RecordEvent", event: event(1) });
  sim.run();
  const stopped = sim.system.shutdown();
  await sim.settle();
  sim.advance(2_000);
  await sim.settle();
  await stopped;
  const left = place.store.reopened();
  assert.equal(queryHistory(left, RANGE).length, 2);
  assert.equal(queryEvents(left, { limit: 5 }).length, 1);
});

test("historian() started again goes on with numbers that were never used", async () => {
  const { sim, send, values, place } = start();
  await sim.settle();
  send([1]);
  await pass(sim, 10_100);
  send([2]);
  await skip(sim, HOUR_MS);
  const again = start({ store: place.store.reopened() });
  await again.sim.settle();
  again.sim.advance(HOUR_MS);
  again.send([3]);
  await pass(again.sim, 10_100);
  again.send([4]);
  await skip(again.sim, HOUR_MS);
  assert.deepEqual(values(), [1, 2]);
  assert.deepEqual(again.values(), [1, 2, 3, 4], "a row must not take the place of an earlier one");
});

test("historian() drops samples after historyDays and keeps their rollups", async () => {
  const { sim, send, place } = start({ historyDays: 2, pace: AT_ONCE });
  await sim.settle();
  const nowMs = sim.clock.nowMs();
  const firstMs = nowMs - 3 * DAY_MS;
  send([10, 20], firstMs);
  send([30], nowMs);
  await pass(sim, 3_000);
  assert.deepEqual(
    queryHistory(place.store, RANGE).map(({ value }) => value),
    [30],
  );
  const hours = queryHistory(place.store, { ...RANGE, stepMs: HOUR_MS });
  assert.deepEqual(hours[0], {
    atMs: Math.floor(firstMs / HOUR_MS) * HOUR_MS,
    value: 15,
    min: 10,
    max: 20,
    count: 2,
  });
});

test("historian() drops the oldest samples when history takes more than historyMaxGb, then rollups", async () => {
  const { sim, send, place, values } = start({ historyMaxGb: 1_000 / 1e9, pace: AT_ONCE });
  await sim.settle();
  const noise = (i: number): number => Math.fround(Math.sin(i));
  for (let day = 0; day < 80; day++) {
    const atMs = sim.clock.nowMs() - (80 - day) * DAY_MS;
    send(
      Array.from({ length: 20 }, (_, i) => noise(day * 20 + i)),
      atMs,
    );
    await pass(sim, 3_000);
    assert.ok(historyBytes(openTables(place.store)) <= 1_000, `day ${day}`);
  }
  const left = values();
  assert.ok(left.length > 0 && left.length < 80 * 20, `${left.length} samples left`);
  assert.equal(left.at(-1), noise(80 * 20 - 1), "the newest stay");
  const hours = [...openTables(place.store).hours.range({})].length;
  assert.ok(hours > left.length / 20 && hours < 80, `${hours} days of rollups`);
});
