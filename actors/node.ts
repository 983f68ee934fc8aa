/**
 * A node from its settings to its end: opens what the tree needs (store, ports, shared memory,
 * threads, the page's port), starts the tree last, and closes all of it in reverse.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "../config/schema.ts";
import { readSecret } from "../config/secrets.ts";
import type { ActorSystem } from "../runtime/actor-system.ts";
import { systemClock } from "../runtime/clock.ts";
import type { Logger } from "../runtime/logger.ts";
import { openLmdbStore } from "../runtime/state/lmdb-store.ts";
import { startThreads } from "../runtime/threads/node-threads.ts";
import type { Hub, NodeInfo } from "../transports/http/contract.ts";
import { forgetSessions, sessionFile } from "../transports/http/login/session-file.ts";
import { type AgentCounted, createMetrics } from "../transports/http/metrics.ts";
import type { NodeView } from "../transports/http/node-view.ts";
import type { Person } from "../transports/http/office/person-contract.ts";
import { startHttpServer } from "../transports/http/server.ts";
import { startLive } from "../transports/live/start-live.ts";
import { lateMcpHttp } from "../transports/mcp/late-http.ts";
import { nodeOffer } from "../transports/mcp/node-offer.ts";
import { hashPassword } from "../transports/password.ts";
import { constitution } from "./agent/constitution.ts";
import { toolSpecs } from "./agent/tools.ts";
import { createBusCounters } from "./bus/bus-counters.ts";
import { Board } from "./dashboard/board.ts";
import { type HubPlace, hubInfo, hubLosses } from "./dashboard/hub-info.ts";
import { KernelView } from "./dashboard/kernel-view.ts";
import { createDeviceCounters } from "./device/device-counters.ts";
import { emulatorOptions } from "./emulator/emulator.ts";
import { hubPath, ROOT_SUPERVISION, startTree } from "./guardian.ts";
import type { HistorianCommand, HistorianStatus } from "./historian/messages.ts";
import { createHubCounters, HUB_COUNTERS, openHubCounters } from "./hub/hub-counters.ts";
import { HubRows } from "./hub/hub-rows.ts";
import type { HubCommand } from "./hub/messages.ts";
import { createSessionTable, SESSION_TABLE, SessionTable } from "./hub/security/session-table.ts";
import { gatewayPlaces, hubLinks } from "./hub-links.ts";
import { outdateStore, readLastStart, writeLastStart } from "./last-start.ts";
import { createLeafTable, LEAF_TABLE, openLeafTable } from "./leaf/leaf-table.ts";
import { LinkTotals } from "./link/link-totals.ts";
import { nodeBackup } from "./node-backup.ts";
import { openBroker } from "./node-broker.ts";
import { type NodeFile, removeNodeFile, writeNodeFile } from "./node-file.ts";
import { nodeMcp } from "./node-mcp.ts";
import { openMqtt5 } from "./node-mqtt5.ts";
import { nodeSwarm } from "./node-swarm.ts";
import { nodeView } from "./node-view.ts";
import { agentCounts } from "./office/agent-view.ts";
import { modelKeys } from "./office/model-keys.ts";
import { hasOperatorWithPassword, storedPeople } from "./person/tables.ts";
import { readMemory, recallRows } from "./recall.ts";
import { fillSessions } from "./recall-sessions.ts";

export const VERSION = "0.1.0";
const HTTP_PORT = 8_420;
/** Long enough for the answer of `POST /api/restore` to leave, short enough not to be noticed. */
const RESTORE_AFTER_MS = 200;
/** A socket opens in a millisecond; a serial device that hangs must not keep the node from starting. */
const LINKS_MS_MAX = 2_000;
const LINKS_LOOK_MS = 5;
/** A second on a machine at rest; one that is busy must not keep the node's page from being announced. */
const OFFICE_MS_MAX = 30_000;
const OFFICE_LOOK_MS = 10;
const WEB_DIR = fileURLToPath(new URL("../web/dist", import.meta.url));

/** Why a node ended: told to, to start anew on a restored store, or because its tree gave up. */
export type NodeEnd =
  | { readonly why: "stopped" | "restored" }
  | { readonly why: "failed"; readonly cause: unknown };

export interface RunningNode {
  readonly file: NodeFile;
  readonly ended: Promise<NodeEnd>;
  /** For whoever runs a node within a program of his own. */
  readonly system: ActorSystem;
  /** The rows of all leaves, for whoever reads them from another thread of this process. */
  readonly leafTable: SharedArrayBuffer;
  /** Certificates and keys are read again. */
  reload(): void;
  /**
   * Who is on the embedded broker from now on: connections of those that are changed or removed end. Throws
   * `E_CONFIG_INVALID`, and nothing is changed, where a hash cannot be read.
   */
  setMqttUsers(users: Config["mqtt"]["users"]): void;
  /** Leaves drained, store closed, ports free. */
  stop(): Promise<void>;
}

export interface NodeOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Lines for the person who started it. */
  readonly say: (line: string) => void;
}

/** A commit on a slow disk takes a second; as long as hubs wait for it. */
const HISTORIAN_ANSWER_MS_MAX = 5_000;
/** Its thread starts in seconds on a busy machine. */
const HISTORIAN_START_MS_MAX = 30_000;

export const historianStatus = (
  system: ActorSystem,
  answerMsMax: number = HISTORIAN_ANSWER_MS_MAX,
): Promise<HistorianStatus> =>
  system.ask<HistorianCommand, HistorianStatus>(
    system.refAt(`mycel://${system.node}/user/historian`),
    (replyTo) => ({ type: "GetHistorian", replyTo }),
    answerMsMax,
  );

/** Throws coded errors, before anything runs, for what the person can mend. */
export async function startNode({ config, logger, say }: NodeOptions): Promise<RunningNode> {
  const dir = resolve(config.storage.dir);
  const storeDir = join(dir, "store");
  const soundsDir = join(dir, "voice");
  const startedAtMs = systemClock.nowMs();
  const ended = Promise.withResolvers<NodeEnd>();
  /** What is open, the last opened first. */
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };

  try {
    const gateways = await gatewayPlaces(config.gateways);
    closers.push(() => {
      for (const { release } of gateways) release();
    });
    const links = (await hubLinks(config.hubs, say, gateways)).map((link) => ({
      ...link,
      linkTotals: new LinkTotals(),
    }));
    closers.push(() => {
      for (const { release } of links) release();
    });
    const secretText = config.storage.keySecret;
    const keySecret = secretText && readSecret(secretText, "storage.keySecret");
    const memory = await readMemory(storeDir, config, {
      ...{ nowMs: startedAtMs, lastStart: readLastStart(dir), keySecret },
    });
    writeLastStart(dir, memory.sessions.nodeStart);
    const hubNosMax = Math.max(...memory.hubNos.values()) + 1;
    const rows = new HubRows(
      config.hubs.map(({ id, leavesMax }) => ({ hubNo: memory.hubNos.get(id) ?? 0, leavesMax })),
    );
    const tableBuffer = createLeafTable(rows);
    const countersBuffer = createHubCounters({ hubsMax: hubNosMax });
    const table = openLeafTable(tableBuffer);
    recallRows(table, rows, memory, config.hubs, startedAtMs);
    const sessionBuffer = createSessionTable(rows);
    fillSessions(new SessionTable(sessionBuffer), memory.sessions, (hub, leafId) =>
      rows.rowOf(memory.hubNos.get(hub), leafId),
    );
    const fleetSecrets = new Map(
      config.hubs.map(({ id, fleetSecret: text }, index) => [
        id,
        text === undefined ? undefined : readSecret(text, `hubs[${index}].fleetSecret`),
      ]),
    );

    // Each is read again where it is used; here it is said in time that one is missing.
    modelKeys(config.office.models);

    const knownDevices = new Set(devicesOf(config.mqtt.users));
    const broker = await openBroker(config, dir, say, logger);
    closers.push(broker.close);
    const workers =
      config.threads === "auto" ? Math.max(1, availableParallelism() - 1) : config.threads;
    const threads = await startThreads({
      node: config.node,
      threads: workers,
      shared: {
        [LEAF_TABLE]: tableBuffer,
        [HUB_COUNTERS]: countersBuffer,
        [SESSION_TABLE]: sessionBuffer,
      },
      logger,
      supervision: ROOT_SUPERVISION,
    });
    closers.push(threads.stop);
    const { system } = threads;

    const hubPlaces = links.map(({ config: hub, address, linkTotals }): HubPlace => {
      const hubNo = memory.hubNos.get(hub.id) ?? 0;
      return {
        hub: hub.id,
        zone: hub.zone,
        address,
        startedAtMs,
        ...rows.of(hubNo),
        counters: openHubCounters(countersBuffer, hubNo),
        link: linkTotals,
      };
    });
    const store = openLmdbStore({ dir: storeDir, readOnly: true });
    closers.push(store.close.bind(store));
    const officeDir = join(dir, "office");
    const backups = nodeBackup({ store, officeDir });
    closers.push(backups.close);
    const busCounters = createBusCounters();
    const deviceCounters = createDeviceCounters();
    const board = new Board(table, { run: String(startedAtMs), nowMs: () => systemClock.nowMs() });
    const nodeInfo = (): NodeInfo => ({
      node: config.node,
      version: VERSION,
      startedAtMs,
      threads: workers + 1,
      storeDir,
      storeHealth: board.storeHealth,
      broker: { url: broker.url, connected: busCounters.isConnected },
    });
    board.setNode(nodeInfo());
    for (const record of memory.records) {
      const row = rows.rowOf(memory.hubNos.get(record.hub), record.leafId);
      if (row !== undefined) board.setRecord(row, record);
    }
    const hubInfos = (): Hub[] =>
      hubPlaces.map((place) => hubInfo(place, table, board.link(place.hub)));
    const kernelView = new KernelView(system, threads.ringStats);
    let agentCounted: AgentCounted | undefined;
    let isOfficeUp = false;
    const metrics = createMetrics({
      node: () => board.node,
      hubs: hubInfos,
      heldBack: () =>
        Object.fromEntries(
          hubPlaces.flatMap(({ hub, link }) => {
            const { heldBack } = link.read();
            return heldBack === undefined ? [] : [[hub, heldBack]];
          }),
        ),
      gateways: () => gateways.map(({ gateway }) => gateway.stats()),
      hubLosses: () => Object.fromEntries(hubPlaces.map((place) => [place.hub, hubLosses(place)])),
      historian: () => board.historian,
      actors: () => board.actors,
      kernel: () => board.kernel,
      httpRefused: () => http.refusals(),
      live: () => live.stats(),
      mqtt: () => ({
        ...broker.connections.stats(),
        connected: busCounters.isConnected,
        received: busCounters.received,
        own: busCounters.own,
        refused: busCounters.refused,
      }),
      agent: () => agentCounted,
      models: () => board.models(),
      devices: () => deviceCounters,
      mcp: () => ({ http: mcp.stats(), mqtt: mqtt5.stats() }),
      ...(broker.embedded && { broker: broker.embedded.stats }),
    });
    const view: NodeView = nodeView({
      system,
      board,
      store,
      hubNos: memory.hubNos,
      hubRef: (hub) => system.refAt<HubCommand>(hubPath(system, hub)),
      soundsDir,
      // The board hears of it a moment later, also where the start has not waited for it.
      isOfficeUp: () => isOfficeUp || board.actors.some(({ path }) => path === tasksPath(system)),
      metrics: async () => {
        agentCounted = (await agentCounts(system)) ?? agentCounted;
        return metrics.text();
      },
      backup: backups.backup,
      restore: async (backupDir) => {
        const { bytes } = await backups.stage(backupDir);
        outdateStore(dir);
        // After the answer has left.
        systemClock.after(RESTORE_AFTER_MS, () => ended.resolve({ why: "restored" }));
        return { bytes };
      },
    });
    const { host, port, user, password, allowedHosts } = config.http;
    const { language, promptFile } = config.office.agent;
    const readConstitution = constitution(language, promptFile);
    const swarm = nodeSwarm(board, config.hubs);
    const ownMcp = nodeMcp({
      ...{ system, board, swarm, version: VERSION },
      hubs: config.hubs.map((hub) => hub.id),
      agentTools: config.office.agent.enabled ? toolSpecs(language) : [],
      constitution: () => readConstitution().text,
    });
    const mqtt5 = await openMqtt5(config, broker.mqtt5, ownMcp, say);
    closers.push(mqtt5.close);
    const mcp = lateMcpHttp(async () => {
      const { createMcpHttp } = await import("../transports/mcp/http-sessions.ts");
      return createMcpHttp(nodeOffer(ownMcp, systemClock), systemClock);
    });
    const known = await peopleOf(officeDir);
    if (memory.sessions.isFromBackup) forgetSessions(dir);
    const http = await startHttpServer({
      view,
      version: VERSION,
      host,
      port: port ?? HTTP_PORT,
      portFixed: port !== undefined,
      hostNames: allowedHosts,
      credentials:
        user === undefined || password === undefined
          ? undefined
          : { user, passwordHash: await hashPassword(password) },
      canLogIn: known.canLogIn,
      alwaysLogin: config.http.login === "always",
      sessionTimes: { idleMs: config.http.sessionIdleMs, absoluteMs: config.http.sessionMs },
      sessionKeeper: sessionFile({ dir, people: known.people, logger }),
      writesPerMinuteMax: config.http.writesPerMinuteMax,
      tls: config.http.tls,
      webDir: WEB_DIR,
      logger,
      mcp,
    });
    closers.push(http.close);
    if (port === undefined && http.port !== HTTP_PORT)
      say(`port ${HTTP_PORT} is taken; the dashboard uses ${http.port}`);
    const live = await startLive({ source: board, http, host, clock: systemClock });
    closers.push(live.close);

    // Last, so that nothing has run when a port or a password is refused.
    startTree(system, config, {
      dashboard: {
        board,
        hubs: hubInfos,
        node: nodeInfo,
        kernel: () => kernelView.read(),
        historian: () =>
          historianStatus(
            system,
            board.historian === undefined ? HISTORIAN_START_MS_MAX : undefined,
          ),
        say,
      },
      bus: {
        node: config.node,
        hubs: config.hubs.map((hub) => hub.id),
        zones: config.zones.map((zone) => zone.id),
        knownDevices,
        trustedZones: new Set(config.mqtt.trustedZones),
        connect: broker.connections.connect,
        counters: busCounters,
      },
      devices: {
        node: config.node,
        hubs: config.hubs.map((hub) => hub.id),
        swarm,
        policy: config.mqtt.mcp,
        connect: broker.connections.connect,
        counters: deviceCounters,
        servers: mqtt5.servers,
      },
      historian: { ...config.storage, dir: storeDir, isStoreChecked: true },
      zoneEvents: memory.zoneEvents,
      office: { dir: officeDir, soundsDir, reserveMb: config.storage.reserveMb },
      hubs: links.map((link) => ({
        ...link,
        hubNo: memory.hubNos.get(link.config.id) ?? 0,
        rows: rows.of(memory.hubNos.get(link.config.id) ?? 0),
        records: memory.records.filter((record) => record.hub === link.config.id),
        sealed: {
          accept: link.config.accept,
          keyRotationDays: link.config.keyRotationDays,
          fleetSecret: fleetSecrets.get(link.config.id),
          keySecret,
        },
      })),
      emulators:
        config.emulate === undefined
          ? []
          : emulatorOptions(
              links.map((link) => link.address),
              config.emulate,
            ),
    });

    const file: NodeFile = {
      node: config.node,
      pid: process.pid,
      url: http.url,
      mqttUrl: broker.url,
      hubs: Object.fromEntries(hubPlaces.map((place) => [place.hub, place.address])),
    };
    // Whoever reads the file may send at once.
    [isOfficeUp] = await Promise.all([officeStarted(system), linksSpoke(board, config.hubs)]);
    board.setHubs(hubInfos());
    board.setNode(nodeInfo());
    writeNodeFile(dir, file);
    closers.push(() => removeNodeFile(dir));
    void threads.terminated.then(({ cause }) => {
      if (cause !== undefined) ended.resolve({ why: "failed", cause });
    });
    return {
      file,
      system,
      leafTable: tableBuffer,
      ended: ended.promise,
      reload: () => {
        http.reloadTls();
        broker.reloadTls();
      },
      setMqttUsers: (users) => {
        const changed = broker.setUsers(users);
        knownDevices.clear();
        for (const id of devicesOf(users)) knownDevices.add(id);
        if (changed === undefined) return;
        const { added, changed: other, removed } = changed;
        say(`mqtt.users: ${added} added, ${other} changed, ${removed} removed`);
      },
      stop: async () => {
        await close();
        ended.resolve({ why: "stopped" });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const devicesOf = (users: Config["mqtt"]["users"]): string[] =>
  users.flatMap(({ id, role }) => (role === "device" ? [id] : []));

interface PeopleKnown {
  readonly people: readonly Person[];
  readonly canLogIn: boolean;
}

/** Looked at before the office opens its store. */
async function peopleOf(officeDir: string): Promise<PeopleKnown> {
  if (!existsSync(officeDir)) return { people: [], canLogIn: false };
  const store = openLmdbStore({ dir: officeDir, readOnly: true });
  try {
    return { people: storedPeople(store), canLogIn: hasOperatorWithPassword(store) };
  } finally {
    await store.close();
  }
}

/** Resolves when each link has said that it is open, or why not; or after a while. */
async function linksSpoke(board: Board, hubs: Config["hubs"]): Promise<void> {
  const giveUpAtMs = systemClock.monotonicMs() + LINKS_MS_MAX;
  while (systemClock.monotonicMs() < giveUpAtMs) {
    if (hubs.every(({ id }) => board.link(id) !== undefined)) return;
    await new Promise<void>((resolve) => systemClock.after(LINKS_LOOK_MS, resolve));
  }
}

const tasksPath = (system: ActorSystem): string => `mycel://${system.node}/user/office/tasks`;

/** When the office's children are there: what is asked of them before would reach nobody; or after a while. */
async function officeStarted(system: ActorSystem): Promise<boolean> {
  const giveUpAtMs = systemClock.monotonicMs() + OFFICE_MS_MAX;
  while (systemClock.monotonicMs() < giveUpAtMs) {
    await system.refreshTree();
    if (system.tree().some(({ path }) => path === tasksPath(system))) return true;
    await new Promise<void>((resolve) => systemClock.after(OFFICE_LOOK_MS, resolve));
  }
  return false;
}
