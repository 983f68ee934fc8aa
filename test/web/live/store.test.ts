import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event, Leaf, NodeInfo, Zone } from "../../../transports/http/contract.ts";
import { createLiveStore } from "../../../web/src/live/store.ts";
import { leafBoard } from "../../support/leaf-board.ts";

const leafOf = (leafId: number, more: Partial<Leaf> = {}): Leaf => ({
  hub: "h",
  leafId,
  name: `leaf_${leafId}`,
  zone: "lab",
  online: true,
  lastSeenMs: 1,
  batteryMv: null,
  readings: { temperature: { value: 20, atMs: 1 } },
  hardware: "pico",
  capabilities: [],
  standing: "adopted",
  claimedHardware: null,
  lowBattery: false,
  quarantined: false,
  frames: 1,
  refused: 0,
  ...more,
});

/** A node whose leaves have their ids as rows, and a page's store that hears of it. */
function storeOf(leaves: readonly Leaf[], zones: readonly Zone[] = [], run = "1") {
  const node = leafBoard({ rowsMax: 8, run, nowMs: () => 1_000 });
  const store = createLiveStore();
  const { board, putLeaf } = node;
  board.setNode(NODE);
  const put = (leaf: Leaf) => putLeaf(leaf.leafId, leaf);
  /** Everything since the page's position, as the feed would tell it. */
  const tell = () => {
    board.look();
    const watch = store.watch();
    const { cursor, records, rows } = store.position();
    const page = board.recordsSince(records);
    if (page !== undefined) store.apply(page);
    const changes = board.changesSince(cursor);
    if (changes !== undefined) store.apply(changes);
    const batch = board.rowsSince(rows, watch);
    if (batch !== undefined) store.applyRows(Uint8Array.from(batch.bytes).buffer);
    const whole = board.leavesSince(0, watch.focus);
    if (whole !== undefined) store.apply({ type: "Leaves", leaves: whole.leaves });
  };
  leaves.forEach(put);
  zones.forEach(node.putZone);
  store.apply(board.snapshot());
  tell();
  return { ...node, store, put, tell };
}

const zoneOf = (zone: string, value: number, atMs: number): Zone => ({
  zone,
  occupancy: 2,
  witness: "camera",
  air: null,
  atMs,
  readings: { temperature: { value, atMs, sources: 1 } },
  events: [],
});

const eventOf = (id: string, atMs: number): Event => ({
  id,
  atMs,
  kind: "door_opened",
  severity: "info",
  zone: null,
  hub: null,
  leafId: null,
  message: id,
  data: {},
});

const NODE: NodeInfo = {
  node: "n",
  version: "0",
  startedAtMs: 1,
  threads: 1,
  storeDir: "",
  storeHealth: "ok",
  broker: { url: "", connected: true },
};

/** Counts how often each topic wakes its listener. */
function wakesOf(store: ReturnType<typeof createLiveStore>, ...topics: string[]) {
  const wakes: Record<string, number> = {};
  for (const topic of topics) {
    wakes[topic] = 0;
    store.subscribe(topic, () => {
      wakes[topic] = (wakes[topic] ?? 0) + 1;
    });
  }
  return wakes;
}

test("createLiveStore() wakes only the leaf that is looked at, and no filter for a mere reading", () => {
  const { store, putReadings, tell } = storeOf([leafOf(1), leafOf(2)]);
  let looks = 0;
  store.subscribeLeaf("h/1", () => {
    looks += 1;
  });
  tell();
  assert.equal(store.leaf("h/1")?.frames, 1, "it came whole");
  assert.equal(store.leaf("h/2")?.frames, 0, "this one did not");
  const wakes = wakesOf(store, "leaf:h/2", "index", "counts", "events");
  looks = 0;
  putReadings(1, leafOf(1, { readings: { temperature: { value: 21, atMs: 2 } } }));
  tell();
  assert.ok(looks > 0);
  assert.deepEqual(wakes, { "leaf:h/2": 0, index: 0, counts: 0, events: 0 });
  assert.equal(store.leaf("h/1")?.readings["temperature"]?.value, 21);
});

test("createLiveStore() shows who a leaf is before it has come whole, and forgets the rest when nobody looks", () => {
  const { store, tell } = storeOf([leafOf(1, { online: false, lowBattery: true })]);
  const { name, online, lowBattery, readings } = store.leaf("h/1") as Leaf;
  assert.deepEqual([name, online, lowBattery, readings], ["leaf_1", false, true, {}]);
  const stop = store.subscribeLeaf("h/1", () => {});
  assert.deepEqual(store.watch().focus, [1]);
  tell();
  assert.equal(store.leaf("h/1")?.readings["temperature"]?.value, 20);
  stop();
  assert.deepEqual(store.watch().focus, []);
  assert.deepEqual(store.leaf("h/1")?.readings, {});
});

test("createLiveStore() wakes filters and counts when a leaf goes offline", () => {
  const { store, put, tell } = storeOf([leafOf(1), leafOf(2)]);
  assert.deepEqual(store.counts(), { leaves: 2, online: 2, people: 0, waiting: 0 });
  const wakes = wakesOf(store, "counts", "zoneLeaves:lab");
  put(leafOf(2, { online: false }));
  tell();
  assert.ok((wakes["counts"] ?? 0) > 0 && (wakes["zoneLeaves:lab"] ?? 0) > 0);
  assert.deepEqual(store.counts(), { leaves: 2, online: 1, people: 0, waiting: 0 });
  assert.deepEqual(store.zoneLeaves("lab"), { leaves: 2, online: 1 });
  put(leafOf(2, { online: false, zone: "attic" }));
  tell();
  assert.deepEqual([store.zoneLeaves("lab").leaves, store.zoneLeaves("attic").leaves], [1, 1]);
});

test("createLiveStore() holds the value of the channel that is wanted, and of none while that changes", () => {
  const readings = { temperature: { value: 20, atMs: 1 }, co2: { value: 700, atMs: 1 } };
  const { store, tell } = storeOf([leafOf(1, { readings })]);
  assert.ok(Number.isNaN(store.rows().values[1]));
  store.want({ channel: "temperature", rows: "all" });
  tell();
  assert.equal(store.rows().values[1], 20);
  const late = store.position();
  store.want({ channel: "co2", rows: "all" });
  store.want({ channel: "temperature", rows: "all" });
  store.watch();
  assert.deepEqual(
    [store.rows().values[1], store.position()],
    [20, late],
    "as if nothing had been",
  );
  store.want({ channel: "co2", rows: "all" });
  store.watch();
  assert.ok(Number.isNaN(store.rows().values[1]));
  assert.deepEqual([late.rows > 0, store.position().rows], [true, 0], "a break now costs all rows");
  tell();
  assert.equal(store.rows().values[1], 700);
  assert.equal(store.position().rows, late.rows);
});

test("createLiveStore() takes no values of a channel it no longer wants", () => {
  const { store, board, tell } = storeOf([leafOf(1)]);
  store.want({ channel: "temperature", rows: "all" });
  const late = board.rowsSince(0, store.watch());
  store.want({ channel: "co2", rows: "all" });
  store.watch();
  assert.ok(late !== undefined);
  store.applyRows(Uint8Array.from(late.bytes).buffer);
  assert.ok(Number.isNaN(store.rows().values[1]));
  assert.equal(store.position().rows, 0);
  tell();
  assert.ok(Number.isNaN(store.rows().values[1]), "the leaf has no CO2");
});

test("createLiveStore() forgets what another run no longer has", () => {
  const { store } = storeOf([leafOf(1), leafOf(2)], [zoneOf("lab", 20, 1), zoneOf("attic", 9, 1)]);
  const next = storeOf([leafOf(2, { zone: "attic" })], [zoneOf("attic", 9, 1)], "2");
  store.apply(next.board.snapshot());
  const page = next.board.recordsSince(0);
  assert.ok(page !== undefined);
  store.apply(page);
  assert.equal(store.leaf("h/1"), undefined);
  assert.equal(store.leaf("h/2")?.zone, "attic");
  assert.deepEqual(store.zoneNames(), ["attic"]);
  assert.deepEqual(store.zoneLeaves("lab"), { leaves: 0, online: 0 });
  assert.deepEqual([store.counts().people, store.position().run], [2, "2"]);
});

test("createLiveStore() keeps events newest first, each once, and bounded", () => {
  const { store, addEvent, tell } = storeOf([]);
  for (const event of [eventOf("a", 1), eventOf("c", 3)]) addEvent(event);
  tell();
  store.putEvents([eventOf("b", 2), eventOf("a", 1)]);
  assert.deepEqual(
    store.events().map(({ id }) => id),
    ["c", "b", "a"],
  );
  store.putEvents(Array.from({ length: 3_000 }, (_, index) => eventOf(`x${index}`, index)));
  assert.equal(store.events().length, 1_000);
  assert.equal(store.events()[0]?.atMs, 2_999);
});

test("createLiveStore() keeps a trail of each zone's channels", () => {
  const { store, putZone, tell } = storeOf([], [zoneOf("lab", 20, 10_000)]);
  putZone(zoneOf("lab", 21, 20_000));
  tell();
  assert.deepEqual(store.trail("lab", "temperature"), [
    { atMs: 10_000, value: 20 },
    { atMs: 20_000, value: 21 },
  ]);
});
