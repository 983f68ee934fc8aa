/**
 * A `NodeView` of an office that was never built, for the page's tests and for working on the page:
 * hundreds of leaves that report in turn, people who come and go, and a few things that are wrong.
 *
 *   office-model (seed, time) ──beat──▶ leaves, zones, events ──▶ the real HTTP server and live feed
 */

import { err, ok, type Result } from "../../runtime/result.ts";
import type {
  Actor,
  Event,
  HealthCheck,
  Hub,
  Kernel,
  Leaf,
  LeafAct,
  NodeInfo,
  Zone,
} from "../../transports/http/contract.ts";
import type { NodeView } from "../../transports/http/node-view.ts";
import { leafBoard } from "./leaf-board.ts";
import { chance, OFFICE_ZONES, type OfficeZone, peopleAt, valueAt } from "./office-model.ts";
import { createCommandDesk } from "./stub-commands.ts";
import { pastEvents, personEvent } from "./stub-events.ts";
import { historyOf } from "./stub-history.ts";
import { makeKernel, makeTree, timesOf, typesHeard } from "./stub-kernel.ts";
import { changeLeaf, framesOf, makeHubs, makeLeaves } from "./stub-leaves.ts";
import { createStubOffice, type StubOffice } from "./stub-office.ts";

export interface OfficeOptions {
  readonly leaves: number;
  readonly seed: number;
  readonly nowMs: () => number;
  /** What the office's clock shows when it opens, as an hour of the day. */
  readonly hour: number;
  readonly version: string;
  /** Nothing has happened in it: no tasks, one operator. */
  readonly isFresh?: boolean;
}

export interface Office {
  readonly view: NodeView;
  /** Its tasks, people, cycles, words and points. */
  readonly mind: StubOffice;
  /** One round: a quarter of the leaves report, zones and counters follow. */
  beat(): void;
  /** For tests: sets what a leaf last reported, until it reports again. */
  report(hub: string, leafId: number, channel: string, value: number): void;
  /** Stops the leaves from reporting by themselves, so that a test's value stays. */
  hold(): void;
  raise(event: Partial<Event> & Pick<Event, "kind" | "message">): void;
  /** What `/healthz` says of a part from now on. */
  ail(part: string, check: HealthCheck): void;
}

const HOUR_MS = 3_600_000;
const EVENTS_MAX = 400;

export function createOffice(options: OfficeOptions): Office {
  const { seed, nowMs } = options;
  const startedAtMs = nowMs();
  /** Added to now, so that the office is at work whenever someone looks. */
  const shiftMs = options.hour * HOUR_MS - (startedAtMs % (24 * HOUR_MS));
  const modelMs = (atMs: number) => atMs + shiftMs;

  let beats = 0;
  let held = false;
  let eventCount = 0;

  const hubs = makeHubs(options.leaves, startedAtMs);
  const leaves = makeLeaves(options.leaves, hubs, seed);
  const zones = new Map<string, Zone>();
  const events: Event[] = [];
  let tree: Actor[] = [];
  let kernel: Kernel = { threads: [], deadLetters: { byReason: {}, last: [] } };
  const node: NodeInfo = {
    node: "willow",
    version: options.version,
    startedAtMs: startedAtMs - 5.2 * HOUR_MS,
    threads: 2,
    storeDir: ".mycel/store",
    storeHealth: "ok",
    broker: { url: "mqtt://127.0.0.1:1883", connected: true },
  };

  const { board, putLeaf, putReadings, putZone, putKernel, ...shown } = leafBoard({
    rowsMax: leaves.length,
    run: String(startedAtMs),
    nowMs,
  });
  const rowOf = new Map(leaves.map((leaf, row) => [leaf, row]));
  const tell = (leaf: Leaf) => putLeaf(rowOf.get(leaf) as number, leaf);
  board.setNode(node);
  const people = createStubOffice({
    nowMs,
    tell: (changes) => board.setOffice(changes),
    isEmpty: options.isFresh ?? false,
  });
  leaves.forEach(tell);

  for (const leaf of leaves) update(leaf, startedAtMs - Math.floor(chance(seed, leaf.name) * 900));
  pastEvents(leaves, seed, startedAtMs, modelMs).forEach(addEvent);
  for (const zone of OFFICE_ZONES) fuse(zone);
  growTree();
  board.setHubs(hubs);
  const desk = createCommandDesk({ leaves, nowMs, tell: (record) => board.setCommand(record) });

  function beat(): void {
    beats += 1;
    const atMs = nowMs();
    if (!held) desk.workOff();
    if (!held) {
      for (const [index, leaf] of leaves.entries()) {
        if (leaf.online && index % 4 === beats % 4) update(leaf, atMs);
      }
      for (const zone of OFFICE_ZONES) {
        notice(zone, atMs);
        fuse(zone);
      }
    }
    if (beats % 4 === 0) {
      growTree();
      for (const hub of hubs) countFrames(hub);
      board.setHubs(hubs);
    }
  }

  function update(leaf: Leaf, atMs: number): void {
    const zone = zoneNamed(leaf.zone);
    const wanted = leaf.capabilities;
    const readings: Leaf["readings"] = {};
    for (const channel of wanted) {
      const value = valueAt(zone, leaf.name, channel, seed, modelMs(atMs));
      if (value !== undefined) readings[channel] = { value: Math.fround(value), atMs };
    }
    leaf.readings = readings;
    leaf.lastSeenMs = leaf.online ? atMs : startedAtMs - 47 * 60_000;
    leaf.frames += 1;
    putReadings(rowOf.get(leaf) as number, leaf);
  }

  function fuse(zone: OfficeZone): void {
    const readings: Zone["readings"] = {};
    const sums = new Map<string, { sum: number; count: number; atMs: number }>();
    for (const leaf of leaves) {
      if (leaf.zone !== zone.zone || leaf.standing !== "adopted" || !leaf.online) continue;
      for (const [channel, { value, atMs }] of Object.entries(leaf.readings)) {
        const entry = sums.get(channel) ?? { sum: 0, count: 0, atMs: 0 };
        const either = channel === "motion" || channel === "door";
        entry.sum = either ? Math.max(entry.sum, value) : entry.sum + value;
        entry.count = either ? 1 : entry.count + 1;
        entry.atMs = Math.max(entry.atMs, atMs);
        sums.set(channel, entry);
      }
    }
    for (const [channel, { sum, count, atMs }] of sums) {
      if (channel !== "battery_mv")
        readings[channel] = { value: sum / count, atMs, sources: count };
    }
    const situation: Zone = {
      zone: zone.zone,
      witness: "camera",
      air: null,
      occupancy: held
        ? (zones.get(zone.zone)?.occupancy ?? 0)
        : peopleAt(zone, seed, modelMs(nowMs())),
      atMs: nowMs(),
      readings,
      events: events.filter((event) => event.zone === zone.zone).slice(-50),
    };
    zones.set(zone.zone, situation);
    putZone(situation);
  }

  /** What the zone would have to say about the change since the last beat. */
  function notice(zone: OfficeZone, atMs: number): void {
    const before = zones.get(zone.zone);
    const people = peopleAt(zone, seed, modelMs(atMs));
    if (before !== undefined && people !== before.occupancy) {
      addEvent(personEvent(zone.zone, people > before.occupancy, people, atMs));
    }
  }

  function addEvent(event: Omit<Event, "id">): void {
    eventCount += 1;
    const id = `${Math.floor(event.atMs).toString(36)}-${String(eventCount).padStart(6, "0")}`;
    events.push({ ...event, id });
    if (events.length > EVENTS_MAX) events.shift();
    shown.addEvent({ ...event, id });
  }

  function countFrames(hub: Hub): void {
    const mine = leaves.filter((leaf) => leaf.hub === hub.hub);
    hub.leafCount = mine.length;
    hub.onlineCount = mine.filter((leaf) => leaf.online).length;
    hub.framesApplied += hub.onlineCount;
    if (beats % 40 === 0) hub.refused["badChecksum"] = (hub.refused["badChecksum"] ?? 0) + 1;
    const refused = Object.values(hub.refused).reduce((sum, count) => sum + count, 0);
    hub.framesReceived = hub.framesApplied + refused;
  }

  function growTree(): void {
    tree = makeTree(hubs, leaves, beats, node.startedAtMs, nowMs());
    kernel = makeKernel(tree, beats, nowMs());
    putKernel({ actors: tree, kernel });
  }

  async function actOnLeaf(
    hub: string,
    leafId: number,
    act: LeafAct,
  ): Promise<Result<Leaf, string>> {
    const leaf = leaves.find((one) => one.hub === hub && one.leafId === leafId);
    if (leaf === undefined) return err("leafUnknown");
    const refusal = changeLeaf(leaf, act, leaves);
    if (refusal !== undefined) return err(refusal);
    tell(leaf);
    return ok({ ...leaf });
  }

  const well = (code: string, values: HealthCheck["values"] = {}): HealthCheck => ({
    ...{ ok: true, code, values, detail: code },
  });
  const checks: Record<string, HealthCheck> = {
    store: well("writing"),
    broker: well("connected", { url: node.broker.url }),
    links: well("open", { count: hubs.length }),
    office: well("started"),
  };

  const view: NodeView = {
    state: () => ({ nodes: [node], hubs, leaves, zones: [...zones.values()], tree, kernel }),
    leaves: () => leaves,
    zones: () => [...zones.values()],
    tree: ({ under } = {}) => ({
      actors:
        under === undefined
          ? [...board.tree]
          : tree.filter(({ path, parent }) => path === under || parent === under),
      ...kernel,
    }),
    findActor: (name) => {
      const actor = tree.find(({ path }) => path === name);
      if (actor === undefined) return err([]);
      const types = typesHeard(name).map((type) => ({ type, ...timesOf(name + type, 40_000) }));
      return ok({ ...actor, types });
    },
    trace: () => err("tracersFull"),
    events: ({ zone, kind, sinceMs = 0, limit }) =>
      events
        .filter((event) => event.atMs >= sinceMs)
        .filter((event) => zone === undefined || event.zone === zone)
        .filter((event) => kind === undefined || event.kind === kind)
        .slice(-limit),
    frames: async (hub, leafId, after) => {
      const leaf = leaves.find((one) => one.hub === hub && one.leafId === leafId);
      return leaf === undefined ? err("leafUnknown") : ok(framesOf(leaf, after));
    },
    history: (query) =>
      historyOf(query, {
        ...{ leaves, nowMs },
        sample: ({ zone, name }, channel, atMs) =>
          valueAt(zoneNamed(zone), name, channel, seed, modelMs(atMs)) ?? 0,
      }),
    health: () => ({ ok: Object.values(checks).every(({ ok }) => ok), checks: { ...checks } }),
    metrics: async () => "",
    actOnLeaf,
    addLeaf: async () => err("hubFull"),
    openPairing: async () => err("noFleetSecret"),
    changeKey: async () => err("notPaired"),
    ...desk.view,
    backup: async () => err("noStore"),
    restore: async () => err("noStore"),
    live: board,
    office: people.view,
  };

  return {
    view,
    mind: people,
    beat,
    report: (hub, leafId, channel, value) => {
      const leaf = leaves.find((one) => one.hub === hub && one.leafId === leafId);
      if (leaf === undefined) throw new Error(`no leaf ${hub}/${leafId} in this office`);
      const atMs = nowMs();
      leaf.readings = { ...leaf.readings, [channel]: { value, atMs } };
      leaf.lastSeenMs = atMs;
      tell(leaf);
      fuse(zoneNamed(leaf.zone));
    },
    ail: (part, check) => {
      checks[part] = check;
    },
    hold: () => {
      held = true;
    },
    raise: ({ kind, message, ...more }) =>
      addEvent({
        atMs: nowMs(),
        severity: "info",
        zone: null,
        hub: null,
        leafId: null,
        data: {},
        ...more,
        kind,
        message,
      }),
  };
}

function zoneNamed(name: string): OfficeZone {
  const zone = OFFICE_ZONES.find((one) => one.zone === name);
  if (zone === undefined) throw new Error(`no zone ${name} in this office`);
  return zone;
}
