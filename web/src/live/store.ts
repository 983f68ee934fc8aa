/**
 * What the node last said, kept for the page: a feed message goes in, and only those who look at
 * what it changed are woken. Nothing here outlives a reload; the next snapshot brings it all back.
 *
 *   feed ──FeedMessage, rows──▶ store ──topic──▶ one cell, one tile, one map
 *        ◀──position, watch────
 */
import type {
  Actor,
  Changes,
  Command,
  Event,
  FeedMessage,
  Hub,
  Kernel,
  Leaf,
  LeafInfo,
  NodeInfo,
  Snapshot,
  Watch,
  Zone,
} from "../../../transports/http/contract.ts";
import type { OfficeChange } from "../../../transports/http/office/feed-contract.ts";
import { ROW_FLAG, WATCH_FOCUS_MAX } from "../../../transports/live/rows.ts";
import { nowMs } from "../clock.ts";
import { emptyLeafRows, type LeafRows, leafKey, type RowsApplied } from "./leaf-rows.ts";
import { createOfficeItems } from "./office-items.ts";
import type { FeedPosition } from "./position.ts";
import { createRates } from "./rates.ts";
import { createTopics } from "./topics.ts";
import { extendTrail, prependTrail, type Trail } from "./trails.ts";

/** Events kept for the log: some hours of an ordinary office; older ones are asked of the API. */
const EVENTS_MAX = 1_000;
/** Of one leaf. */
const COMMANDS_MAX = 32;
const NO_COMMANDS: readonly Command[] = [];

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

/** What a view wants of the rows. */
export type RowsWanted = Pick<Watch, "channel" | "rows">;
const NOTHING_WANTED: RowsWanted = { channel: null, rows: "none" };

export { leafKey };

export function createLiveStore() {
  const topics = createTopics();
  const zones = new Map<string, Zone>();
  const trails = new Map<string, Trail>();
  const rates = createRates();
  const office = createOfficeItems();
  let node: NodeInfo | undefined;
  let hubs: readonly Hub[] = [];
  let events: readonly Event[] = [];
  const commands = new Map<string, readonly Command[]>();
  let tree: readonly Actor[] = [];
  let kernel: Kernel = { threads: [], deadLetters: { byReason: {}, last: [] } };
  let zoneNames: readonly string[] = [];

  let leaves = emptyLeafRows(0);
  const rowByKey = new Map<string, number>();
  const rowsByZone = new Map<string, Set<number>>();
  /** Leaves that came whole, and those made up for who looks before they do; by row. */
  const whole = new Map<number, Leaf>();
  const made = new Map<number, Leaf>();
  /** How many look at a leaf, by its key. */
  const lookers = new Map<string, number>();
  let lastRows: RowsApplied | undefined;
  let rowsVersion = 0;
  /** Grows when a filter over all leaves may give another answer; not with mere readings. */
  let indexVersion = 0;
  /** Leaves of each zone, all and online; the same object until a number changes. */
  const zoneLeaves = new Map<string, ZoneLeaves>();
  let counts: Counts = { leaves: 0, online: 0, people: 0, waiting: 0 };

  /** What the view wants, and what the node has been told of that: values are of the latter. */
  let wanted = NOTHING_WANTED;
  let told = NOTHING_WANTED;
  let position: FeedPosition = { run: "", cursor: 0, records: 0, rows: 0 };
  /** Until a whole batch of what is wanted now has come, a break costs another. */
  let hasWhole = false;

  function apply(message: FeedMessage): void {
    const touched = new Set<string>(["message"]);
    switch (message.type) {
      case "Snapshot":
        startAnew(message, touched);
        applyChanges(message, true, touched);
        break;
      case "Changes":
        position = { ...position, cursor: message.cursor };
        applyChanges(message, false, touched);
        break;
      case "Records":
        position = { ...position, records: message.cursor };
        for (const info of message.records) applyInfo(info, touched);
        break;
      case "Leaves":
        for (const leaf of message.leaves) applyLeaf(leaf, touched);
        break;
    }
    recount(touched);
    topics.publish(touched);
  }

  /** False where the bytes are no batch of rows. */
  function applyRows(bytes: ArrayBuffer): boolean {
    const applied = leaves.apply(bytes, numberOf(told));
    if (applied === undefined) return false;
    if (applied.watchNo === numberOf(told)) {
      hasWhole ||= applied.isWhole;
      if (hasWhole) position = { ...position, rows: applied.cursor };
    }
    lastRows = applied;
    rowsVersion += 1;
    const touched = new Set<string>(["message", "rows"]);
    for (const row of applied.flagged) touchRow(row, touched);
    if (applied.flagged.length > 0) touched.add("index");
    recount(touched);
    topics.publish(touched);
    return true;
  }

  function startAnew(snapshot: Snapshot, touched: Set<string>) {
    if (node !== undefined && node.startedAtMs !== snapshot.node.startedAtMs) rates.clear();
    position = { run: snapshot.run, cursor: snapshot.cursor, records: 0, rows: 0 };
    hasWhole = false;
    for (const key of rowByKey.keys()) touched.add(`leaf:${key}`);
    for (const zone of rowsByZone.keys()) touched.add(`zoneLeaves:${zone}`);
    leaves = emptyLeafRows(snapshot.rowsMax);
    for (const map of [rowByKey, rowsByZone, whole, made]) map.clear();
    touched.add("records").add("index").add("watch");
    const names = new Set(snapshot.zones.map((zone) => zone.zone));
    for (const name of zones.keys()) {
      if (names.has(name)) continue;
      zones.delete(name);
      touched.add(`zone:${name}`).add("zones");
    }
  }

  function applyChanges(message: Snapshot | Changes, isAll: boolean, touched: Set<string>) {
    if (message.node) {
      node = message.node;
      touched.add("node");
    }
    if (message.hubs) applyHubs(message.hubs, isAll, touched);
    for (const zone of message.zones ?? []) applyZone(zone, touched);
    if (message.tree) {
      tree = message.tree;
      touched.add("tree");
    }
    if (message.kernel) {
      kernel = message.kernel;
      touched.add("kernel");
    }
    if (message.events) addEvents(message.events, isAll, touched);
    if (message.office) office.apply(message.office, isAll, touched);
    if (isAll) commands.clear();
    for (const command of message.commands ?? []) applyCommand(command, touched);
  }

  /** Newest first, of each leaf the last ones. */
  function applyCommand(command: Command, touched: Set<string>) {
    const key = leafKey(command.hub, command.leafId);
    const others = (commands.get(key) ?? []).filter(({ id }) => id !== command.id);
    commands.set(
      key,
      [command, ...others].sort((a, b) => b.createdAtMs - a.createdAtMs).slice(0, COMMANDS_MAX),
    );
    touched.add(`commands:${key}`);
  }

  /** A snapshot's counters were read at some moment before it came, so no rate starts from them. */
  function applyHubs(changed: readonly Hub[], isAll: boolean, touched: Set<string>) {
    const byName = new Map((isAll ? [] : hubs).map((hub) => [hub.hub, hub]));
    for (const hub of changed) {
      byName.set(hub.hub, hub);
      if (!isAll) rates.update(`hub:${hub.hub}`, hub.framesApplied, nowMs());
    }
    hubs = [...byName.values()].sort((a, b) => a.hub.localeCompare(b.hub));
    touched.add("hubs");
  }

  function applyInfo(info: LeafInfo, touched: Set<string>) {
    const { row } = info;
    const before = leaves.infos[row];
    leaves.infos[row] = info;
    rowByKey.set(leafKey(info.hub, info.leafId), row);
    if (before !== undefined && before.zone !== info.zone) {
      rowsByZone.get(before.zone)?.delete(row);
      touched.add(`zoneLeaves:${before.zone}`);
    }
    const rows = rowsByZone.get(info.zone) ?? new Set();
    rowsByZone.set(info.zone, rows.add(row));
    if (before === undefined) touched.add("watch"); // its row can be asked for now
    touched.add("records").add("index");
    touchRow(row, touched);
  }

  function applyLeaf(leaf: Leaf, touched: Set<string>) {
    const row = rowByKey.get(leafKey(leaf.hub, leaf.leafId));
    if (row === undefined) return;
    whole.set(row, leaf);
    touchRow(row, touched);
  }

  /** Those who look at this leaf, or at the zone it is in, are woken. */
  function touchRow(row: number, touched: Set<string>) {
    const info = leaves.infos[row];
    made.delete(row);
    if (info === undefined) return;
    touched.add(`leaf:${leafKey(info.hub, info.leafId)}`).add(`zoneLeaves:${info.zone}`);
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

  function addEvents(added: readonly Event[], isAll: boolean, touched: Set<string>) {
    const byId = new Map((isAll ? [] : events).map((event) => [event.id, event]));
    for (const event of added) byId.set(event.id, event);
    events = [...byId.values()]
      .sort((a, b) => b.atMs - a.atMs || (a.id < b.id ? 1 : -1))
      .slice(0, EVENTS_MAX);
    touched.add("events");
  }

  function recount(touched: Set<string>) {
    if (touched.has("index")) indexVersion += 1;
    if (touched.has("zones")) zoneNames = [...zones.keys()].sort((a, b) => a.localeCompare(b));
    let { leaves: all, online, waiting } = counts;
    if (touched.has("index")) {
      all = 0;
      online = 0;
      waiting = 0;
      for (const { row } of known()) {
        const flags = leaves.flags[row] as number;
        all += 1;
        if ((flags & ROW_FLAG.online) !== 0) online += 1;
        const standing = flags & ROW_FLAG.standing;
        if (standing === ROW_FLAG.stranger || standing === ROW_FLAG.disputed) waiting += 1;
      }
      recountZones(touched);
    }
    let people = 0;
    for (const zone of zones.values()) people += zone.occupancy;
    const next: Counts = { leaves: all, online, people, waiting };
    const changed = (Object.keys(next) as (keyof Counts)[]).some((k) => next[k] !== counts[k]);
    if (!changed) return;
    counts = next;
    touched.add("counts");
  }

  /** Only of the zones in which something changed. */
  function recountZones(touched: Set<string>) {
    for (const topic of touched) {
      if (!topic.startsWith("zoneLeaves:")) continue;
      const zone = topic.slice("zoneLeaves:".length);
      let online = 0;
      const rows = rowsByZone.get(zone);
      for (const row of rows ?? []) {
        if (((leaves.flags[row] as number) & ROW_FLAG.online) !== 0) online += 1;
      }
      const before = zoneLeaves.get(zone) ?? NO_LEAVES;
      const now = { leaves: rows?.size ?? 0, online };
      if (before.leaves !== now.leaves || before.online !== now.online) zoneLeaves.set(zone, now);
    }
  }

  function* known(): Generator<LeafInfo> {
    for (const info of leaves.infos) if (info !== undefined) yield info;
  }

  /** What is known of a leaf that has not come whole (yet): the same object until that changes. */
  function madeUp(row: number): Leaf | undefined {
    const info = leaves.infos[row];
    if (info === undefined) return undefined;
    const known = made.get(row);
    if (known !== undefined) return known;
    const { row: _row, ...identity } = info;
    const came = whole.get(row);
    const flags = leaves.flags[row] as number;
    const leaf: Leaf = {
      readings: {},
      capabilities: [],
      frames: 0,
      refused: 0,
      lastSeenMs: leaves.seenMs[row] as number,
      batteryMv: leaves.battery[row] || null,
      online: (flags & ROW_FLAG.online) !== 0,
      lowBattery: (flags & ROW_FLAG.lowBattery) !== 0,
      quarantined: (flags & ROW_FLAG.quarantined) !== 0,
      ...came,
      ...identity,
    };
    made.set(row, leaf);
    return leaf;
  }

  /** For the node. From here on values are of what is wanted now. */
  function watch(): Watch {
    if (told.channel !== wanted.channel) leaves.values.fill(Number.NaN);
    if (told.channel !== wanted.channel || told.rows !== wanted.rows) {
      hasWhole = false;
      position = { ...position, rows: 0 };
    }
    told = wanted;
    const focus: number[] = [];
    for (const key of lookers.keys()) {
      const row = rowByKey.get(key);
      if (row !== undefined && focus.length < WATCH_FOCUS_MAX) focus.push(row);
    }
    // A cell that moves on the page is looked at again before the node is told: only then are others let go.
    const isLookedAt = new Set(focus);
    for (const row of whole.keys()) {
      if (isLookedAt.has(row)) continue;
      whole.delete(row);
      made.delete(row);
    }
    return { type: "Watch", no: numberOf(told), ...told, focus };
  }

  return {
    subscribe: topics.subscribe,
    apply,
    applyRows,
    /** As `subscribe`; while somebody does, the leaf comes whole. */
    subscribeLeaf(key: string, listener: () => void): () => void {
      const unsubscribe = topics.subscribe(`leaf:${key}`, listener);
      const before = lookers.get(key) ?? 0;
      lookers.set(key, before + 1);
      if (before === 0) topics.publish(new Set(["watch"]));
      return () => {
        unsubscribe();
        const left = (lookers.get(key) ?? 1) - 1;
        if (left > 0) {
          lookers.set(key, left);
          return;
        }
        lookers.delete(key);
        topics.publish(new Set(["watch"]));
      };
    },
    /** What a view wants of the rows, until the next says so. */
    want(next: RowsWanted): void {
      wanted = next;
      topics.publish(new Set(["watch"]));
    },
    watch,
    position: () => position,
    /** An answer of the API to an operator's act, shown before the feed brings it. */
    putLeaf(leaf: Leaf): void {
      const touched = new Set<string>();
      const row = rowByKey.get(leafKey(leaf.hub, leaf.leafId));
      if (row === undefined) return;
      const { hub, leafId, name, zone, hardware, standing, claimedHardware } = leaf;
      applyInfo({ row, hub, leafId, name, zone, hardware, standing, claimedHardware }, touched);
      leaves.flags[row] =
        ((leaves.flags[row] as number) & ~ROW_FLAG.standing) | ROW_FLAG[leaf.standing];
      applyLeaf(leaf, touched);
      recount(touched);
      topics.publish(touched);
    },
    /** An answer of the API to somebody's act, shown before the feed brings it. */
    putOffice(change: OfficeChange): void {
      const touched = new Set<string>();
      office.apply([change], false, touched);
      topics.publish(touched);
    },
    office,
    /** Older events that were asked of the API. */
    putEvents(older: readonly Event[]): void {
      const touched = new Set<string>();
      addEvents(older, false, touched);
      topics.publish(touched);
    },
    /** What the API says of commands, before the feed does or beyond what it tells. */
    putCommands(told: readonly Command[]): void {
      const touched = new Set<string>();
      for (const command of told) {
        const known = commands.get(leafKey(command.hub, command.leafId)) ?? NO_COMMANDS;
        const isEnded = known.some(({ id, endedAtMs }) => id === command.id && endedAtMs !== null);
        if (!isEnded) applyCommand(command, touched);
      }
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
    commandsOf: (key: string) => commands.get(key) ?? NO_COMMANDS,
    tree: () => tree,
    kernel: () => kernel,
    counts: () => counts,
    zoneNames: () => zoneNames,
    indexVersion: () => indexVersion,
    zoneLeaves: (zone: string) => zoneLeaves.get(zone) ?? NO_LEAVES,
    /** Columns by row; replaced by a snapshot. */
    rows: (): LeafRows => leaves,
    /** The batch that has just woken `rows`. */
    lastRows: () => lastRows,
    rowsVersion: () => rowsVersion,
    /** Of which leaves readings come, and of which channel the values are. */
    told: () => told,
    infos: known,
    rowsOfZone: (zone: string): Iterable<number> => rowsByZone.get(zone) ?? [],
    rowOf: (key: string) => rowByKey.get(key),
    nameOf: (key: string) => leaves.infos[rowByKey.get(key) ?? -1]?.name,
    leaf: (key: string): Leaf | undefined => {
      const row = rowByKey.get(key);
      return row === undefined ? undefined : madeUp(row);
    },
    zone: (name: string) => zones.get(name),
    trail: (zone: string, channel: string) => trails.get(`${zone}/${channel}`),
    rate: (key: string) => rates.of(key),
  };
}

/** FNV-1a: pages that want the same have the same number, and share a batch. */
function numberOf({ channel, rows }: RowsWanted): number {
  let hash = 0x811c9dc5;
  for (const char of `${channel} ${rows}`) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash >>> 0;
}
