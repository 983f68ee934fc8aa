import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event, Leaf, Snapshot, Zone } from "../../../transports/http/contract.ts";
import { createLiveStore } from "../../../web/src/live/store.ts";

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

const snapshotOf = (leaves: Leaf[], zones: Zone[] = [], events: Event[] = []): Snapshot => ({
  type: "Snapshot",
  cursor: 1,
  node: {
    node: "n",
    version: "0",
    startedAtMs: 1,
    threads: 1,
    storeDir: "",
    storeHealth: "ok",
    broker: { url: "", connected: true },
  },
  hubs: [],
  leaves,
  zones,
  events,
  tree: [],
  kernel: { threads: [], deadLetters: { byReason: {}, last: [] } },
});

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

test("createLiveStore() wakes only the leaf that changed, and no filter for a mere reading", () => {
  const store = createLiveStore();
  store.apply(snapshotOf([leafOf(1), leafOf(2)]));
  const wakes = wakesOf(store, "leaf:h/1", "leaf:h/2", "index", "counts", "events");
  store.apply({ type: "Changes", cursor: 2, leaves: [leafOf(1, { frames: 2 })] });
  assert.deepEqual(wakes, { "leaf:h/1": 1, "leaf:h/2": 0, index: 0, counts: 0, events: 0 });
  assert.equal(store.leaf("h/1")?.frames, 2);
});

test("createLiveStore() wakes filters and counts when a leaf goes offline", () => {
  const store = createLiveStore();
  store.apply(snapshotOf([leafOf(1), leafOf(2)]));
  const wakes = wakesOf(store, "index", "counts", "zoneLeaves:lab");
  store.apply({ type: "Changes", cursor: 2, leaves: [leafOf(1, { online: false })] });
  assert.deepEqual(wakes, { index: 1, counts: 1, "zoneLeaves:lab": 1 });
  assert.deepEqual(store.counts(), { leaves: 2, online: 1, people: 0, waiting: 0 });
  assert.deepEqual(store.zoneLeaves("lab"), { leaves: 2, online: 1 });
});

test("createLiveStore() forgets what a new snapshot no longer has", () => {
  const store = createLiveStore();
  store.apply(snapshotOf([leafOf(1), leafOf(2)], [zoneOf("lab", 20, 1), zoneOf("attic", 9, 1)]));
  store.apply(snapshotOf([leafOf(2, { zone: "attic" })], [zoneOf("attic", 9, 1)]));
  assert.deepEqual([...store.leaves().keys()], ["h/2"]);
  assert.deepEqual(store.zoneNames(), ["attic"]);
  assert.deepEqual(store.zoneLeaves("lab"), { leaves: 0, online: 0 });
  assert.equal(store.counts().people, 2);
});

test("createLiveStore() keeps events newest first, each once, and bounded", () => {
  const store = createLiveStore();
  store.apply(snapshotOf([], [], [eventOf("a", 1), eventOf("c", 3)]));
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
  const store = createLiveStore();
  store.apply(snapshotOf([], [zoneOf("lab", 20, 10_000)]));
  store.apply({ type: "Changes", cursor: 2, zones: [zoneOf("lab", 21, 20_000)] });
  assert.deepEqual(store.trail("lab", "temperature"), [
    { atMs: 10_000, value: 20 },
    { atMs: 20_000, value: 21 },
  ]);
});
