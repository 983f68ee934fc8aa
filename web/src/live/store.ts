/**
 * What the node last said, kept for the page: a feed message goes in, and only those who look at
 * what it changed are woken. Nothing here outlives a reload; the next snapshot brings it all back.
 *
 *   feed ──FeedMessage──▶ store ──topic──▶ one cell, one tile, one row
 */
import type {
  Actor,
  Event,
  FeedMessage,
  Hub,
  Kernel,
  Leaf,
  NodeInfo,
  Zone,
} from "../../../transports/http/contract.ts";
import { nowMs } from "../clock.ts";
import { createRates } from "./rates.ts";
import { createTopics } from "./topics.ts";
import { extendTrail, prependTrail, type Trail } from "./trails.ts";

/** Events kept for the log: some hours of an ordinary office; older ones are asked of the API. */
const EVENTS_MAX = 1_000;

interface Counts {
  readonly leaves: number;
  readonly online: number;
  readonly people: number;
  /** Leaves that wait for an operator: strangers and disputed ones. */
  readonly waiting: number;
}

export interface ZoneLeaves {
  readonly leaves: number;
  readonly online: number;
}
const NO_LEAVES: ZoneLeaves = { leaves: 0, online: 0 };

export const leafKey = (hub: string, leafId: number): string => `${hub}/${leafId}`;

export function createLiveStore() {
  const topics = createTopics();
  const leaves = new Map<string, Leaf>();
  const zones = new Map<string, Zone>();
  const trails = new Map<string, Trail>();
  const rates = createRates();
  let node: NodeInfo | undefined;
  let hubs: readonly Hub[] = [];
  let events: readonly Event[] = [];
  let tree: readonly Actor[] = [];
  let kernel: Kernel = { threads: [], deadLetters: { byReason: {}, last: [] } };
  let zoneNames: readonly string[] = [];
  /** Grows when a filter over all leaves may give another answer; not with mere readings. */
  let indexVersion = 0;
  /** Leaves of each zone, all and online; the same object until a number changes. */
  const zoneLeaves = new Map<string, ZoneLeaves>();
  let counts: Counts = { leaves: 0, online: 0, people: 0, waiting: 0 };

  function apply(message: FeedMessage): void {
    const touched = new Set<string>(["message"]);
    if (message.type === "Snapshot") {
      forgetMissing(message, touched);
    }
    if (message.node) {
      node = message.node;
      touched.add("node");
    }
    if (message.hubs) applyHubs(message.hubs, message.type === "Snapshot", touched);
    for (const leaf of message.leaves ?? []) applyLeaf(leaf, touched);
    for (const zone of message.zones ?? []) applyZone(zone, touched);
    if (message.tree) {
      tree = message.tree;
      touched.add("tree");
    }
    if (message.kernel) {
      kernel = message.kernel;
      touched.add("kernel");
    }
    if (message.events) {
      addEvents(message.events, message.type === "Snapshot", touched);
    }
    recount(touched);
    topics.publish(touched);
  }

  function forgetMissing(
    snapshot: Extract<FeedMessage, { type: "Snapshot" }>,
    touched: Set<string>,
  ) {
    const leafKeys = new Set(snapshot.leaves.map((leaf) => leafKey(leaf.hub, leaf.leafId)));
    for (const key of leaves.keys()) {
      if (!leafKeys.has(key)) {
        leaves.delete(key);
        touched.add(`leaf:${key}`).add("index");
      }
    }
    const names = new Set(snapshot.zones.map((zone) => zone.zone));
    for (const name of zones.keys()) {
      if (!names.has(name)) {
        zones.delete(name);
        touched.add(`zone:${name}`).add("zones");
      }
    }
    if (node !== undefined && node.startedAtMs !== snapshot.node.startedAtMs) rates.clear();
  }

  /** A snapshot's counters were read at some moment before it came, so no rate starts from them. */
  function applyHubs(changed: readonly Hub[], whole: boolean, touched: Set<string>) {
    const byName = new Map((whole ? [] : hubs).map((hub) => [hub.hub, hub]));
    for (const hub of changed) {
      byName.set(hub.hub, hub);
      if (!whole) rates.update(`hub:${hub.hub}`, hub.framesApplied, nowMs());
    }
    hubs = [...byName.values()].sort((a, b) => a.hub.localeCompare(b.hub));
    touched.add("hubs");
  }

  function applyLeaf(leaf: Leaf, touched: Set<string>) {
    const key = leafKey(leaf.hub, leaf.leafId);
    const before = leaves.get(key);
    leaves.set(key, leaf);
    touched.add(`leaf:${key}`).add(`zoneLeaves:${leaf.zone}`);
    if (before !== undefined && before.zone !== leaf.zone) touched.add(`zoneLeaves:${before.zone}`);
    if (before === undefined || filterMaySee(before, leaf)) touched.add("index");
  }

  function applyZone(zone: Zone, touched: Set<string>) {
    if (!zones.has(zone.zone)) touched.add("zones");
    zones.set(zone.zone, zone);
    touched.add(`zone:${zone.zone}`);
    for (const [channel, { value, atMs }] of Object.entries(zone.readings)) {
      setTrail(zone.zone, channel, (trail) => extendTrail(trail, { atMs, value }), touched);
    }
  }

  function setTrail(
    zone: string,
    channel: string,
    change: (trail: Trail) => Trail,
    touched: Set<string>,
  ) {
    const key = `${zone}/${channel}`;
    const before = trails.get(key) ?? [];
    const trail = change(before);
    if (trail === before) return;
    trails.set(key, trail);
    touched.add(`trail:${key}`);
  }

  function addEvents(added: readonly Event[], whole: boolean, touched: Set<string>) {
    const byId = new Map((whole ? [] : events).map((event) => [event.id, event]));
    for (const event of added) byId.set(event.id, event);
    events = [...byId.values()]
      .sort((a, b) => b.atMs - a.atMs || (a.id < b.id ? 1 : -1))
      .slice(0, EVENTS_MAX);
    touched.add("events");
  }

  function recount(touched: Set<string>) {
    if (touched.has("index")) indexVersion += 1;
    if (touched.has("zones")) zoneNames = [...zones.keys()].sort((a, b) => a.localeCompare(b));
    let online = 0;
    let waiting = 0;
    let people = 0;
    if (touched.has("index")) recountZones(touched);
    for (const leaf of leaves.values()) {
      if (leaf.online) online += 1;
      if (leaf.standing !== "adopted") waiting += 1;
    }
    for (const zone of zones.values()) people += zone.occupancy;
    const next: Counts = { leaves: leaves.size, online, people, waiting };
    const changed = (Object.keys(next) as (keyof Counts)[]).some((k) => next[k] !== counts[k]);
    if (!changed) return;
    counts = next;
    touched.add("counts");
  }

  function recountZones(touched: Set<string>) {
    const fresh = new Map<string, { leaves: number; online: number }>();
    for (const { zone, online } of leaves.values()) {
      const count = fresh.get(zone) ?? { ...NO_LEAVES };
      count.leaves += 1;
      if (online) count.online += 1;
      fresh.set(zone, count);
    }
    for (const zone of new Set([...fresh.keys(), ...zoneLeaves.keys()])) {
      const before = zoneLeaves.get(zone) ?? NO_LEAVES;
      const now = fresh.get(zone) ?? NO_LEAVES;
      if (before.leaves === now.leaves && before.online === now.online) continue;
      zoneLeaves.set(zone, now);
      touched.add(`zoneLeaves:${zone}`);
    }
  }

  return {
    subscribe: topics.subscribe,
    apply,
    /** An answer of the API to an operator's act, shown before the feed brings it. */
    putLeaf(leaf: Leaf): void {
      const touched = new Set<string>();
      applyLeaf(leaf, touched);
      recount(touched);
      topics.publish(touched);
    },
    /** Older events that were asked of the API. */
    putEvents(older: readonly Event[]): void {
      const touched = new Set<string>();
      addEvents(older, false, touched);
      topics.publish(touched);
    },
    putPast(zone: string, channel: string, past: Trail): void {
      const touched = new Set<string>();
      setTrail(zone, channel, (trail) => prependTrail(past, trail), touched);
      topics.publish(touched);
    },
    node: () => node,
    hubs: () => hubs,
    events: () => events,
    tree: () => tree,
    kernel: () => kernel,
    counts: () => counts,
    zoneNames: () => zoneNames,
    indexVersion: () => indexVersion,
    zoneLeaves: (zone: string) => zoneLeaves.get(zone) ?? NO_LEAVES,
    leaf: (key: string) => leaves.get(key),
    leaves: () => leaves as ReadonlyMap<string, Leaf>,
    zone: (name: string) => zones.get(name),
    trail: (zone: string, channel: string) => trails.get(`${zone}/${channel}`),
    rate: (key: string) => rates.of(key),
  };
}

function filterMaySee(before: Leaf, leaf: Leaf): boolean {
  return (
    before.name !== leaf.name ||
    before.zone !== leaf.zone ||
    before.online !== leaf.online ||
    before.standing !== leaf.standing ||
    before.lowBattery !== leaf.lowBattery ||
    before.quarantined !== leaf.quarantined ||
    before.hardware !== leaf.hardware
  );
}
