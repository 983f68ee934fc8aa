/**
 * A `NodeView` of an office that was never built, for the page's tests and for working on the page:
 * hundreds of leaves that report in turn, people who come and go, and a few things that are wrong.
 *
 *   office-model (seed, time) ──beat──▶ leaves, zones, events ──▶ the real HTTP server and live feed
 */

import { commandOf } from "../../actors/dashboard/board.ts";
import type { CommandRecord } from "../../actors/hub/outbox/messages.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { encodeFrame } from "../../transports/frame/encode.ts";
import { frameFields } from "../../transports/frame/frame-fields.ts";
import { toHex } from "../../transports/frame/hex.ts";
import type {
  Actor,
  Event,
  HistoryAnswer,
  HistoryQuery,
  Hub,
  Kernel,
  Leaf,
  LeafAct,
  NodeInfo,
  Percentiles,
  SeenFrame,
  Zone,
} from "../../transports/http/contract.ts";
import type { NodeView } from "../../transports/http/node-view.ts";
import { leafBoard } from "./leaf-board.ts";
import { chance, OFFICE_ZONES, type OfficeZone, peopleAt, valueAt } from "./office-model.ts";
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
}

const HOUR_MS = 3_600_000;
const LEAVES_PER_HUB_MAX = 250;
const EVENTS_MAX = 400;

/** Channels of a leaf by what it is for; the mix of an ordinary office. */
const KINDS: readonly (readonly [name: string, hardware: string, channels: readonly string[]])[] = [
  ["air", "esp32", ["temperature", "humidity", "co2", "illuminance"]],
  ["climate", "pico", ["temperature", "humidity", "pressure"]],
  ["presence", "nrf54", ["motion", "illuminance", "battery_mv"]],
  ["air", "esp32", ["temperature", "humidity", "co2", "illuminance"]],
  ["door", "attiny", ["door", "battery_mv"]],
  ["sound", "esp32", ["sound_level", "temperature"]],
  ["plant", "attiny", ["soil_moisture", "temperature", "battery_mv"]],
  ["climate", "pico", ["temperature", "humidity", "motion"]],
];

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
  const commands = new Map<string, CommandRecord>();
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

  /** Leaves that sleep leave theirs in the queue. */
  function workOff(record: CommandRecord): void {
    if (record.state === "queued" && record.delivery === "now") endCommand(record, "acknowledged");
  }

  function endCommand(
    record: CommandRecord,
    state: CommandRecord["state"],
    reason?: CommandRecord["reason"],
  ): CommandRecord {
    const sentAtMs = state === "acknowledged" ? nowMs() : undefined;
    const ended: CommandRecord = { ...record, state, reason, sentAtMs, endedAtMs: nowMs() };
    commands.set(record.id, ended);
    board.setCommand(ended);
    return ended;
  }

  function beat(): void {
    beats += 1;
    const atMs = nowMs();
    if (!held) [...commands.values()].forEach(workOff);
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
    const refusal = change(leaf, act);
    if (refusal !== undefined) return err(refusal);
    tell(leaf);
    return ok({ ...leaf });
  }

  function change(leaf: Leaf, act: LeafAct): string | undefined {
    switch (act.act) {
      case "rename":
        if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(act.name)) return "badName";
        if (leaves.some((one) => one !== leaf && one.hub === leaf.hub && one.name === act.name)) {
          return "nameTaken";
        }
        leaf.name = act.name;
        return undefined;
      case "move":
        if (!zones.has(act.zone)) return "badName";
        leaf.zone = act.zone;
        return undefined;
      case "adopt":
        leaf.standing = "adopted";
        return undefined;
      case "agreeHardware":
        if (leaf.standing !== "disputed") return "notDisputed";
        leaf.standing = "adopted";
        leaf.hardware = leaf.claimedHardware;
        leaf.claimedHardware = null;
        return undefined;
      case "keepHardware":
        if (leaf.standing !== "disputed") return "notDisputed";
        leaf.standing = "adopted";
        leaf.claimedHardware = null;
        return undefined;
      case "limit":
      case "sleep":
      case "configure":
        return undefined;
    }
  }

  async function history(
    query: HistoryQuery,
  ): Promise<Result<HistoryAnswer, "leafUnknown" | "channelUnknown">> {
    const leaf = leaves.find(
      (one) =>
        one.hub === query.hub && (one.name === query.leaf || String(one.leafId) === query.leaf),
    );
    if (leaf === undefined) return err("leafUnknown");
    if (!leaf.capabilities.includes(query.channel)) return err("channelUnknown");
    const toMs = query.toMs ?? nowMs();
    const fromMs = query.fromMs ?? toMs - HOUR_MS;
    const stepMs = query.stepMs ?? 1_000;
    const zone = zoneNamed(leaf.zone);
    const rows: HistoryAnswer["rows"] = [];
    for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs < toMs; atMs += stepMs) {
      if (rows.length >= query.limit) break;
      const at = (share: number) =>
        valueAt(zone, leaf.name, query.channel, seed, modelMs(atMs + share * stepMs)) ?? 0;
      if (query.stepMs === undefined) {
        rows.push({ atMs, value: at(0) });
        continue;
      }
      const samples = [0.1, 0.3, 0.5, 0.7, 0.9].map(at);
      rows.push({
        atMs,
        value: samples.reduce((sum, value) => sum + value, 0) / samples.length,
        min: Math.min(...samples),
        max: Math.max(...samples),
        count: Math.round(stepMs / 1_000),
      });
    }
    return ok({
      hub: leaf.hub,
      leafId: leaf.leafId,
      channel: query.channel,
      rows,
      more: rows.length >= query.limit,
    });
  }

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
    history,
    health: () => ({
      ok: true,
      checks: {
        store: { ok: true, code: "writing", values: {}, detail: "ok" },
        broker: { ok: true, code: "connected", values: {}, detail: node.broker.url },
        links: { ok: true, code: "open", values: { count: hubs.length }, detail: "all open" },
        office: { ok: true, code: "started", values: {}, detail: "started" },
      },
    }),
    metrics: async () => "",
    actOnLeaf,
    addLeaf: async () => err("hubFull"),
    openPairing: async () => err("noFleetSecret"),
    changeKey: async () => err("notPaired"),
    command: async (hub, leaf, request) => {
      const leafId = Number(leaf);
      if (!leaves.some((one) => one.hub === hub && one.leafId === leafId))
        return err("leafUnknown");
      const { expiresInMs, argsHex, mergeKey, ...order } = request;
      const atMs = nowMs();
      const record: CommandRecord = {
        ...{
          ...order,
          argsHex,
          mergeKey,
          hub,
          leafId,
          commandId: commands.size + 1,
          createdAtMs: atMs,
        },
        ...{ expiresAtMs: atMs + expiresInMs, sentAtMs: undefined, state: "queued" },
        ...{ reason: undefined, endedAtMs: undefined },
      };
      commands.set(record.id, record);
      return ok(commandOf(record));
    },
    commands: (hub, leaf) =>
      ok(
        [...commands.values()]
          .filter((one) => one.hub === hub && String(one.leafId) === leaf)
          .map(commandOf),
      ),
    commandOf: (_hub, _leaf, id) => {
      const record = commands.get(id);
      return record === undefined ? err("commandUnknown") : ok(commandOf(record));
    },
    cancelCommand: async (_hub, _leaf, id) => {
      const record = commands.get(id);
      if (record === undefined) return err("commandUnknown");
      return ok(commandOf(endCommand(record, "refused", "cancelled")));
    },
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

/** As its hub would have seen the leaf's last words: what it says now, in the wire's bytes. */
function framesOf(leaf: Leaf, after: number): SeenFrame[] {
  const readings = Object.entries(leaf.readings).map(([channel, { value }]) => ({
    channel,
    value,
  }));
  const no = Math.floor(leaf.lastSeenMs / 1_000) % 1_000_000;
  const encoded = encodeFrame({ version: 1, type: "SENSOR_REPORT", leafId: leaf.leafId, readings });
  if (!encoded.ok || no <= after) return [];
  const [bytes, damaged] = [encoded.value, encoded.value.slice()];
  damaged[7] = (damaged[7] as number) ^ 0x40;
  const seen = (frame: Uint8Array, at: number, refusal: string | null): SeenFrame => ({
    ...{ no: no + at, atMs: leaf.lastSeenMs - 900 * (1 - at), hex: toHex(frame), refusal },
    ...{ openedHex: null, fields: frameFields(frame), openedFields: [] },
  });
  return no % 5 === 0 ? [seen(damaged, 0, "badChecksum")] : [seen(bytes, 0, null)];
}

function zoneNamed(name: string): OfficeZone {
  const zone = OFFICE_ZONES.find((one) => one.zone === name);
  if (zone === undefined) throw new Error(`no zone ${name} in this office`);
  return zone;
}

function makeHubs(leafCount: number, startedAtMs: number): Hub[] {
  const count = Math.max(2, Math.ceil(leafCount / LEAVES_PER_HUB_MAX));
  return Array.from({ length: count }, (_, index) => ({
    hub: `swarm_hub_${String(index + 1).padStart(2, "0")}`,
    zone: OFFICE_ZONES[index % OFFICE_ZONES.length]?.zone ?? "lab",
    address: `udp://127.0.0.1:${5_701 + index}`,
    startedAtMs,
    leafCount: 0,
    onlineCount: 0,
    framesReceived: 1_184_213 + index * 31_007,
    framesApplied: 1_184_102 + index * 30_988,
    refused:
      index === 0 ? { badChecksum: 84, rateLimited: 22, notRegistered: 5 } : { tooShort: 19 },
    lostByKernel: 0,
  }));
}

function makeLeaves(count: number, hubs: readonly Hub[], seed: number): Leaf[] {
  return Array.from({ length: count }, (_, index) => {
    const hubNo = Math.floor((index * hubs.length) / count);
    const hub = hubs[hubNo]?.hub ?? "";
    const leafId = index - Math.ceil((hubNo * count) / hubs.length);
    // Zones take turns, and each goes through the kinds at its own pace.
    const place = Math.floor(index / OFFICE_ZONES.length) + (index % OFFICE_ZONES.length) * 5;
    const [kind, hardware, capabilities] = KINDS[place % KINDS.length] ?? KINDS[0] ?? [];
    const zone = OFFICE_ZONES[index % OFFICE_ZONES.length];
    const trouble = troubleOf(index);
    return {
      hub,
      leafId,
      name:
        trouble.standing === "stranger"
          ? `leaf_${leafId}`
          : `${kind}_${String(leafId).padStart(2, "0")}`,
      zone: zone?.zone ?? "lab",
      online: trouble.online ?? true,
      lastSeenMs: 0,
      batteryMv:
        trouble.lowBattery === true
          ? 2_310
          : capabilities?.includes("battery_mv")
            ? 2_700 + Math.round(300 * chance(seed, hub, leafId))
            : null,
      readings: {},
      hardware: trouble.standing === "stranger" ? null : (hardware ?? null),
      capabilities: [...(capabilities ?? [])],
      standing: trouble.standing ?? "adopted",
      claimedHardware: trouble.standing === "disputed" ? "esp32" : null,
      lowBattery: trouble.lowBattery ?? false,
      quarantined: trouble.quarantined ?? false,
      frames: 18_000 + Math.floor(900 * chance(seed, "frames", index)),
      refused: trouble.quarantined === true ? 412 : 0,
    };
  });
}

/** A few of sixty are wrong, each in a way of its own. */
function troubleOf(index: number): Partial<Leaf> {
  const troubles: Readonly<Record<number, Partial<Leaf>>> = {
    9: { online: false },
    17: { lowBattery: true },
    23: { standing: "stranger" },
    30: { quarantined: true },
    36: { standing: "disputed" },
    44: { online: false },
    51: { standing: "stranger" },
  };
  return troubles[index] ?? {};
}

function personEvent(
  zone: string,
  entered: boolean,
  count: number,
  atMs: number,
): Omit<Event, "id"> {
  return {
    atMs,
    kind: entered ? "person_entered" : "person_exited",
    severity: "info",
    zone,
    hub: null,
    leafId: null,
    message: `Someone ${entered ? "came in" : "left"}: ${count} ${count === 1 ? "person" : "people"} in ${zone.replaceAll("_", " ")} now.`,
    data: { count },
  };
}

/** What would have been noticed in the five hours before, a look a minute. */
function pastEvents(
  leaves: readonly Leaf[],
  seed: number,
  startedAtMs: number,
  modelMs: (atMs: number) => number,
): Omit<Event, "id">[] {
  const past: Omit<Event, "id">[] = [];
  const about = { hub: null, leafId: null };
  for (const zone of OFFICE_ZONES) {
    let people = peopleAt(zone, seed, modelMs(startedAtMs - 5 * HOUR_MS));
    let stuffy = false;
    for (let atMs = startedAtMs - 5 * HOUR_MS; atMs < startedAtMs - 20_000; atMs += 60_000) {
      const now = peopleAt(zone, seed, modelMs(atMs));
      if (now !== people) past.push(personEvent(zone.zone, now > people, now, atMs));
      people = now;
      const co2 = valueAt(zone, zone.zone, "co2", seed, modelMs(atMs)) ?? 0;
      if (co2 > 1_000 && !stuffy) {
        past.push({
          ...about,
          atMs,
          kind: "co2_threshold_exceeded",
          severity: "warning",
          zone: zone.zone,
          message: `CO₂ is at ${Math.round(co2)} ppm; the threshold is 1,000.`,
          data: { value: Math.round(co2) },
        });
      }
      stuffy = co2 > (stuffy ? 950 : 1_000);
    }
  }
  for (const leaf of leaves) past.push(...leafEvents(leaf, startedAtMs));
  return past.sort((a, b) => a.atMs - b.atMs);
}

/** What hubs said when a leaf got into the trouble it is in. */
function leafEvents(leaf: Leaf, startedAtMs: number): Omit<Event, "id">[] {
  const { hub, leafId, zone, name } = leaf;
  const said = (minutesAgo: number, kind: string, message: string): Omit<Event, "id"> => ({
    atMs: startedAtMs - minutesAgo * 60_000,
    kind,
    severity: "warning",
    zone,
    hub,
    leafId,
    message,
    data: {},
  });
  if (!leaf.online) return [said(47, "leaf_offline", `${name} has not been heard for 120 s.`)];
  if (leaf.lowBattery) return [said(7, "low_battery", `${name} is at 2,310 mV.`)];
  if (leaf.quarantined) {
    return [said(31, "leaf_quarantined", `${name} sends more than its limit and is set aside.`)];
  }
  if (leaf.standing === "disputed") {
    return [said(94, "leaf_disputed", `Other hardware (esp32) asks for the id of ${name}.`)];
  }
  return [];
}

const timesOf = (key: string, messages: number): NonNullable<Actor["times"]> => {
  const samples = Math.ceil(messages / 128);
  const around = (kind: string, ms: number): Percentiles => {
    const p50Ms = Number((ms * (0.6 + chance(key, kind))).toPrecision(4));
    const times = (by: number): number => Number((p50Ms * by).toPrecision(4));
    return { samples, p50Ms, p99Ms: times(6), p999Ms: times(14), maxMs: times(21) };
  };
  return { wait: around("wait", 0.03), handler: around("handler", 0.008) };
};

/** What each kind of actor hears, for the times of message types. */
const typesHeard = (path: string): readonly string[] => {
  if (/\/leaf_\d+$/.test(path)) return ["Bytes", "Heartbeat"];
  if (path.includes("/hubs/")) return ["Bytes", "Flush", "LeafChanged"];
  if (path.includes("/zones/")) return ["AcceptReadings", "Tell"];
  return ["PublishReadings", "Refresh"];
};

function makeKernel(tree: readonly Actor[], beats: number, nowMs: number): Kernel {
  const threads = [0, 1, 2].map((thread) => {
    const own = tree.filter((actor) => actor.thread === thread);
    const rate = Math.round(own.reduce((sum, actor) => sum + (actor.rate ?? 0), 0));
    return {
      thread,
      actors: own.length,
      rate,
      busyShare: Math.min(1, 0.02 + rate / 9_000 + 0.02 * chance(thread, beats)),
      heapBytes: Math.round(21e6 + 6e6 * chance(thread, beats >> 3)),
      sent: beats * 410 + thread,
      received: beats * 404 + thread,
      full: 0,
    };
  });
  const hub = tree.find(({ path }) => path.includes("/hubs/swarm"))?.path ?? "/user";
  const letter = { path: `${hub}/leaf_12`, type: "Bytes", reason: "stopped", thread: 1 };
  const last = [
    { ...letter, atMs: nowMs - 3_700_000 },
    {
      ...letter,
      path: "/user/bus",
      type: "PublishReadings",
      reason: "droppedOldest",
      atMs: nowMs - 41_000,
    },
  ];
  return { threads, deadLetters: { byReason: { stopped: 3, droppedOldest: 17 }, last } };
}

function makeTree(
  hubs: readonly Hub[],
  leaves: readonly Leaf[],
  beats: number,
  sinceMs: number,
  nowMs: number,
): Actor[] {
  const seconds = (nowMs - sinceMs) / 1_000;
  const actor = (
    path: string,
    thread: number,
    perSecond: number,
    more: Partial<Actor> = {},
  ): Actor => ({
    path,
    parent: path === "/user" ? null : path.slice(0, path.lastIndexOf("/")),
    thread,
    mailboxDepth: chance(path, beats) < 0.15 ? Math.floor(chance(path, beats, "d") * perSecond) : 0,
    mailboxCapacity: 1_024,
    processed: Math.floor(seconds * perSecond),
    failures: 0,
    restarts: 0,
    rate: Number((perSecond * (0.9 + 0.2 * chance(path, beats, "r"))).toPrecision(3)),
    times: perSecond < 0.5 ? null : timesOf(path, seconds * perSecond),
    ...more,
  });
  const perHub = leaves.length / hubs.length;
  return [
    actor("/user", 0, 0.1, { mailboxDepth: 0 }),
    actor("/user/bus", 0, leaves.length * 2.6, {
      mailboxCapacity: 8_192,
      failures: 1,
      restarts: 1,
    }),
    actor("/user/dashboard", 0, leaves.length * 0.4, { mailboxCapacity: 4_096 }),
    actor("/user/historian", 1, leaves.length * 3.1, { mailboxCapacity: 16_384 }),
    actor("/user/hubs", 0, 0.2),
    actor("/user/zones", 0, 0.2),
    ...OFFICE_ZONES.map(({ zone }, index) =>
      actor(`/user/zones/${zone}`, 1 + (index % 2), leaves.length / 4, { mailboxCapacity: 2_048 }),
    ),
    ...hubs.map(({ hub }, index) =>
      actor(`/user/hubs/${hub}`, 1 + (index % 2), perHub * 1.02, {
        mailboxCapacity: 4_096,
        mailboxDepth: Math.floor(perHub * chance(hub, beats)),
      }),
    ),
    ...leaves.map((leaf, index) =>
      actor(
        `/user/hubs/${leaf.hub}/leaf_${leaf.leafId}`,
        1 + (hubs.findIndex((hub) => hub.hub === leaf.hub) % 2),
        1,
        {
          mailboxCapacity: 64,
          restarts: index === 12 ? 1 : 0,
          failures: index === 12 ? 1 : 0,
        },
      ),
    ),
  ];
}
