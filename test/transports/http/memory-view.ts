/** A node held in memory: what the HTTP routes and the live feed see, changed by the test. */

import type { Board } from "../../../actors/dashboard/board.ts";
import { err, ok } from "../../../runtime/result.ts";
import { frameFields } from "../../../transports/frame/frame-fields.ts";
import { toHex } from "../../../transports/frame/hex.ts";
import type {
  ActorDetail,
  Command,
  Event,
  Health,
  Kernel,
  Leaf,
  NodeInfo,
  TraceEvent,
  Zone,
} from "../../../transports/http/contract.ts";
import type { NodeView } from "../../../transports/http/node-view.ts";
import { leafBoard } from "../../support/leaf-board.ts";
import { NO_OFFICE } from "../../support/no-office.ts";

export interface MemoryView extends NodeView {
  /** Makes the leaf report, as a frame would. */
  report(leafId: number, temperature: number): void;
  setOnline(leafId: number, online: boolean): void;
  raise(event: Event): void;
  setHealth(health: Health): void;
  readonly live: Board;
  /** Who follows an actor. */
  readonly tracers: ReadonlySet<(seen: Pick<TraceEvent, "hops" | "missed">) => void>;
}

const HUB = "swarm_hub_01";
/** Followers at once, of which the third is refused. */
const TRACERS = 2;
const TIMES = { samples: 3, p50Ms: 0.1, p99Ms: 0.2, p999Ms: 0.2, maxMs: 0.2 };
const ACTOR: ActorDetail = {
  path: "mycel://test/user/hubs/swarm_hub_01",
  parent: "mycel://test/user/hubs",
  ...{ thread: 1, mailboxDepth: 0, mailboxCapacity: 64, processed: 7, failures: 0, restarts: 0 },
  rate: 2.5,
  times: { wait: TIMES, handler: TIMES },
  types: [{ type: "Bytes", wait: TIMES, handler: TIMES }],
};
const KERNEL: Kernel = { threads: [], deadLetters: { byReason: { stopped: 1 }, last: [] } };

export function memoryView(leafCount = 3): MemoryView {
  let health: Health = {
    ok: true,
    checks: { store: { ok: true, code: "writing", values: {}, detail: "ok" } },
  };
  const leaves = new Map<number, Leaf>();
  const events: Event[] = [];
  const commands = new Map<string, Command>();
  let reports = 0;
  const { board, putLeaf, putReadings, addEvent, putZone, putKernel } = leafBoard({
    rowsMax: 1_024,
    run: "memory",
    nowMs: () => 0,
  });
  const backups = new Map<string, Leaf[]>();

  const put = (leaf: Leaf): Leaf => {
    leaves.set(leaf.leafId, leaf);
    putLeaf(leaf.leafId, leaf);
    return leaf;
  };
  for (let leafId = 1; leafId <= leafCount; leafId++) put(newLeaf(leafId));

  const node: NodeInfo = {
    node: "test",
    version: "0.0.0",
    startedAtMs: 0,
    threads: 1,
    storeDir: "memory",
    storeHealth: "ok",
    broker: { url: "mqtt://127.0.0.1:1883", connected: true },
  };
  board.setNode(node);
  putKernel({ actors: [], kernel: KERNEL });
  const zones = (): Zone[] => [
    { zone: "lab", occupancy: 0, witness: null, air: null, atMs: 0, readings: {}, events: [] },
  ];

  zones().forEach(putZone);

  const tracers = new Set<(seen: Pick<TraceEvent, "hops" | "missed">) => void>();
  const view: MemoryView = {
    live: board,
    office: NO_OFFICE,
    tracers,
    report: (leafId, temperature) => {
      const leaf = leaves.get(leafId) ?? newLeaf(leafId);
      reports += 1;
      const readings = { temperature: { value: temperature, atMs: reports } };
      if (!leaves.has(leafId)) put({ ...leaf, readings });
      leaves.set(leafId, { ...leaf, readings });
      putReadings(leafId, { ...leaf, readings });
    },
    setOnline: (leafId, online) => {
      const leaf = { ...(leaves.get(leafId) ?? newLeaf(leafId)), online };
      leaves.set(leafId, leaf);
      putReadings(leafId, leaf);
    },
    raise: (event) => {
      events.push(event);
      addEvent(event);
    },
    setHealth: (next) => {
      health = next;
    },
    state: () => ({
      nodes: [node],
      hubs: [],
      leaves: [...leaves.values()],
      zones: zones(),
      tree: [],
      kernel: KERNEL,
    }),
    leaves: ({ limit } = {}) => [...leaves.values()].slice(0, limit),
    zones,
    tree: () => ({ actors: [ACTOR], ...KERNEL }),
    findActor: (name) => (name === ACTOR.path ? ok(ACTOR) : err([ACTOR.path])),
    trace: (_path, onSeen) => {
      if (tracers.size === TRACERS) return err("tracersFull");
      tracers.add(onSeen);
      return ok(() => tracers.delete(onSeen));
    },
    events: ({ kind, zone, sinceMs = 0, limit }) =>
      events
        .filter((event) => kind === undefined || event.kind === kind)
        .filter((event) => zone === undefined || event.zone === zone)
        .filter((event) => event.atMs >= sinceMs)
        .slice(-limit),
    frames: async (hub, leafId, after) => {
      if (hub !== HUB || !leaves.has(leafId)) return err("leafUnknown");
      const bytes = Uint8Array.of(0x53, 1, 0xfe, leafId, 0x53 ^ 1 ^ 0xfe ^ leafId);
      const frame = { no: 1, atMs: 0, hex: toHex(bytes), openedHex: null, refusal: null };
      return ok(after > 0 ? [] : [{ ...frame, fields: frameFields(bytes), openedFields: [] }]);
    },
    history: async ({ hub, leaf, channel, limit }) => {
      const found = [...leaves.values()].find(
        (one) => one.hub === hub && (one.name === leaf || String(one.leafId) === leaf),
      );
      if (found === undefined) return { ok: false, error: "leafUnknown" };
      const reading = found.readings[channel];
      if (reading === undefined) return { ok: false, error: "channelUnknown" };
      const rows = [reading].slice(0, limit);
      return { ok: true, value: { hub, leafId: found.leafId, channel, rows, more: false } };
    },
    health: () => health,
    metrics: async () => "# HELP mycel_up 1\nmycel_up 1\n",
    actOnLeaf: async (hub, leafId, act) => {
      const leaf = leaves.get(leafId);
      if (hub !== HUB || leaf === undefined) return { ok: false, error: "leafUnknown" };
      switch (act.act) {
        case "rename":
          if ([...leaves.values()].some((one) => one !== leaf && one.name === act.name)) {
            return { ok: false, error: "nameTaken" };
          }
          return { ok: true, value: put({ ...leaf, name: act.name }) };
        case "move":
          return { ok: true, value: put({ ...leaf, zone: act.zone }) };
        case "adopt":
          return { ok: true, value: put({ ...leaf, standing: "adopted" }) };
        case "agreeHardware":
        case "keepHardware":
          return { ok: false, error: "notDisputed" };
        case "limit":
        case "sleep":
        case "configure":
          return { ok: true, value: leaf };
      }
    },
    addLeaf: async ({ hub, leafId, name }) => {
      if (hub !== HUB) return { ok: false, error: "hubUnknown" };
      if (leaves.has(leafId)) return { ok: false, error: "leafExists" };
      return { ok: true, value: put({ ...newLeaf(leafId), name: name ?? `leaf_${leafId}` }) };
    },
    openPairing: async (hub, { forS, installCode }) => {
      if (hub !== HUB) return { ok: false, error: "hubUnknown" };
      if (installCode === undefined) return { ok: false, error: "noFleetSecret" };
      return { ok: true, value: { untilMs: forS * 1_000 } };
    },
    changeKey: async (_hub, leafId) =>
      leaves.has(leafId) ? { ok: true, value: undefined } : { ok: false, error: "notPaired" },
    command: async (hub, leaf, { id, expiresInMs, argsHex = null, mergeKey = null, ...order }) => {
      if (hub !== HUB) return { ok: false, error: "hubUnknown" };
      if (order.command === "explode")
        return { ok: false, error: "badCommand", message: "command must be one that there is." };
      const command: Command = {
        ...{ ...order, hub, leafId: Number(leaf), id, commandId: commands.size + 1 },
        ...{ argsHex, mergeKey, createdAtMs: 0, expiresAtMs: expiresInMs, sentAtMs: null },
        ...{ state: "queued", reason: null, endedAtMs: null },
      };
      commands.set(id, commands.get(id) ?? command);
      return { ok: true, value: commands.get(id) ?? command };
    },
    commands: () => ({ ok: true, value: [...commands.values()] }),
    commandOf: (_hub, _leaf, id) => {
      const command = commands.get(id);
      return command === undefined
        ? { ok: false, error: "commandUnknown" }
        : { ok: true, value: command };
    },
    cancelCommand: async (_hub, _leaf, id) => {
      const command = commands.get(id);
      if (command === undefined) return { ok: false, error: "commandUnknown" };
      if (command.endedAtMs !== null) return { ok: false, error: "commandEnded" };
      commands.set(id, { ...command, state: "refused", reason: "cancelled", endedAtMs: 1 });
      return { ok: true, value: commands.get(id) ?? command };
    },
    backup: async (dir) => {
      backups.set(dir, [...leaves.values()]);
      return { ok: true, value: { bytes: leaves.size } };
    },
    restore: async (dir) => {
      const backup = backups.get(dir);
      if (backup === undefined) return { ok: false, error: "noBackup" };
      for (const leaf of backup) put(leaf);
      return { ok: true, value: { bytes: backup.length } };
    },
  };
  return view;
}

const newLeaf = (leafId: number): Leaf => ({
  hub: HUB,
  leafId,
  name: `leaf_${leafId}`,
  zone: "lab",
  online: true,
  lastSeenMs: 0,
  batteryMv: 3_300,
  readings: { temperature: { value: 20, atMs: 0 } },
  hardware: "esp32",
  capabilities: ["temperature"],
  standing: "adopted",
  claimedHardware: null,
  lowBattery: false,
  quarantined: false,
  frames: 0,
  refused: 0,
});
