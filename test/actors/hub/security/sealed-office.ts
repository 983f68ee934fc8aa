/**
 * A hub with sealed leaves in simulation: the real historian on a store in memory that outlives the
 * node, a link that keeps what the hub sends. `kill` ends the node as -9 does, `stop` in order.
 */
import assert from "node:assert/strict";
import type { BusCommand } from "../../../../actors/bus/messages.ts";
import type { DashboardCommand } from "../../../../actors/dashboard/messages.ts";
import { historian } from "../../../../actors/historian/historian.ts";
import { queryHistory } from "../../../../actors/historian/history-query.ts";
import { loadLeafRecords } from "../../../../actors/historian/leaf-records.ts";
import type { HistorianCommand } from "../../../../actors/historian/messages.ts";
import { hub } from "../../../../actors/hub/hub.ts";
import {
  createHubCounters,
  HUB_COUNTERS,
  openHubCounters,
} from "../../../../actors/hub/hub-counters.ts";
import { HUB_MAILBOX, HUB_SUPERVISION } from "../../../../actors/hub/hub-options.ts";
import type { HubCommand, KeyAnswer } from "../../../../actors/hub/messages.ts";
import type { SealedOptions } from "../../../../actors/hub/security/open-security.ts";
import {
  createSessionTable,
  SESSION_TABLE,
  SessionTable,
} from "../../../../actors/hub/security/session-table.ts";
import {
  createLeafTable,
  emptyLeafRow,
  LEAF_TABLE,
  type LeafRow,
  openLeafTable,
} from "../../../../actors/leaf/leaf-table.ts";
import type { LinkCommand } from "../../../../actors/link/messages.ts";
import { fillSessions, recallSessions } from "../../../../actors/recall-sessions.ts";
import { zones } from "../../../../actors/zone/zones.ts";
import type { ActorRef } from "../../../../runtime/actor-ref.ts";
import { MemoryStore } from "../../../../runtime/state/memory-store.ts";
import { createProbe } from "../../../../runtime/testing/probe.ts";
import { simulate } from "../../../../runtime/testing/simulation.ts";
import type { SealedLeaf } from "../../../support/sealed-leaf.ts";

export const HUB = "swarm_hub_01";
const HISTORIAN = {
  dir: "memory",
  historyDays: 1e4,
  historyMaxGb: 1,
  rollupDays: 1e4,
  eventsMax: 1_000,
  reserveMb: 1,
};

export interface SealedOfficeOptions extends Partial<SealedOptions> {
  readonly seed?: number;
  readonly leavesMax?: number;
}

/** What outlives a node. */
export class Disk {
  store = new MemoryStore();
  /** As in the file beside the store. */
  lastStart: number | undefined;

  /** As `mycel backup` copies it; what a node finds that is given it. */
  backup(): Disk {
    const copy = new Disk();
    copy.store = this.store.reopened();
    return copy;
  }

  /** As `mycel restore` does: the file beside the store is raised. */
  restore(backup: Disk): Disk {
    backup.lastStart = (this.lastStart ?? 0) + 1;
    return backup;
  }
}

export async function openOffice(options: SealedOfficeOptions = {}, disk = new Disk()) {
  const { seed = 1, accept = "both", keyRotationDays = 0, fleetSecret, keySecret } = options;
  const { leavesMax: rowsMax = 256 } = options;
  disk.store = disk.store.reopened();
  const shared = {
    [LEAF_TABLE]: createLeafTable({ rowsMax }),
    [HUB_COUNTERS]: createHubCounters({ hubsMax: 1 }),
    [SESSION_TABLE]: createSessionTable({ rowsMax }),
  };
  const sessions = await recallSessions(disk.store, [HUB], {
    ...{ nowMs: 0, lastStart: disk.lastStart, keySecret },
  });
  disk.lastStart = sessions.nodeStart;
  fillSessions(new SessionTable(shared[SESSION_TABLE]), sessions, (_hub, leafId) => leafId);
  const records = loadLeafRecords(disk.store, HUB);

  const sim = simulate({ seed, shared });
  const { system } = sim;
  const bus = createProbe<BusCommand>(system, "bus");
  const dashboard = createProbe<DashboardCommand>(system, "dashboard");
  const link = createProbe<LinkCommand>(system, "link");
  const historianRef = system.spawn<HistorianCommand>({
    id: "historian",
    start: () => historian({ ...HISTORIAN, observer: dashboard.ref }, () => disk.store as never),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  const zonesRef = system.spawn({
    id: "zones",
    start: () =>
      zones({ zones: [{ id: "main" }], observers: [dashboard.ref], historian: historianRef }),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  const hubRef = system.spawn<HubCommand>({
    id: HUB,
    start: () =>
      hub({
        hub: HUB,
        hubNo: 0,
        zone: "main",
        address: "memory://hub",
        rowBase: 0,
        rowsMax,
        records,
        leaves: [],
        linkPath: link.path,
        sealed: { accept, keyRotationDays, fleetSecret, keySecret },
        zones: zonesRef,
        bus: bus.ref,
        historian: historianRef,
        dashboard: dashboard.ref,
      }),
    restart: "permanent",
    shutdownMs: 1_000,
    mailbox: HUB_MAILBOX,
    supervision: HUB_SUPERVISION,
  });
  await sim.settle();

  const table = openLeafTable(shared[LEAF_TABLE]);
  const counters = openHubCounters(shared[HUB_COUNTERS], 0);
  const office = {
    sim,
    system,
    disk,
    hub: hubRef,
    sessions: new SessionTable(shared[SESSION_TABLE]),
    counters,
    /** Frames that the hub sent, which are then forgotten. */
    sent(): Uint8Array[] {
      return link
        .take()
        .flatMap((message) => (message.type === "SendFrame" ? [message.frame] : []));
    },
    /** Gives a frame to the hub and lets everything happen that needs no time. */
    async frame(bytes: Uint8Array, peer = 1): Promise<void> {
      assert.ok(hubRef.tellBytes(bytes, 0, bytes.length, peer, sim.clock.nowMs()));
      await sim.settle();
    },
    /** Likewise, with no time for the store. */
    async quickly(bytes: Uint8Array): Promise<void> {
      assert.ok(hubRef.tellBytes(bytes, 0, bytes.length, 1, sim.clock.nowMs()));
      sim.run();
    },
    /** A frame of a leaf, which then hears what the hub has to say. */
    async says(leaf: SealedLeaf, bytes: Uint8Array): Promise<void> {
      await office.frame(bytes);
      for (const answer of office.sent()) leaf.hear(answer);
    },
    async ask(act: (replyTo: ActorRef<KeyAnswer>) => HubCommand): Promise<KeyAnswer | undefined> {
      const asker = createProbe<KeyAnswer>(system);
      hubRef.tell(act(asker.ref));
      await sim.settle();
      return asker.messages[0];
    },
    async openPairing(
      installCode?: Uint8Array,
      forS = 300,
      leafId?: number,
    ): Promise<KeyAnswer | undefined> {
      return office.ask((replyTo) => ({ type: "OpenPairing", forS, installCode, leafId, replyTo }));
    },
    /** Pairs the leaf by its install code, whatever windows were open. */
    async pair(leaf: SealedLeaf, installCode: Uint8Array): Promise<void> {
      await office.openPairing(installCode);
      await office.says(leaf, leaf.pairRequest());
      assert.ok(leaf.isPaired);
    },
    /** Time passes in steps, so that what is written in between is there. */
    async advance(ms: number, steps = 1): Promise<void> {
      for (let step = 0; step < steps; step++) {
        sim.advance(ms / steps);
        await sim.settle();
      }
    },
    row(leafId: number): LeafRow {
      const row = emptyLeafRow();
      table.readRow(leafId, row);
      return row;
    },
    events(): string[] {
      return dashboard.messages.flatMap((m) => (m.type === "EventRaised" ? [m.event.kind] : []));
    },
    published(): string[] {
      return bus.messages.flatMap((m) =>
        m.type === "PublishReadings"
          ? m.readings.map(({ channel, value }) => `${m.zone} ${m.leaf} ${channel} ${value}`)
          : [],
      );
    },
    /** Values of a leaf's channel in the store, with their times. */
    history(leafId: number, channel: number): (readonly [atMs: number, value: number])[] {
      const series = { hubNo: 0, leafId, channel, fromMs: 0, toMs: 1e15, limit: 1e6 };
      return queryHistory(disk.store, series).map(({ atMs, value }) => [atMs, value]);
    },
    /** The hub's actor is started again, as after a fault. */
    async crashHub(): Promise<void> {
      hubRef.tell({ type: "Crash" } as never);
      await sim.settle();
    },
    /** The node is gone at once; what was not on disk is lost. Another comes up on the same disk. */
    kill: (next: SealedOfficeOptions = options) => openOffice(next, disk),
    async stop(next: SealedOfficeOptions = options) {
      const stopped = system.shutdown();
      for (let i = 0; i < 40; i++) await office.advance(250);
      await stopped;
      return openOffice(next, disk);
    },
  };
  return office;
}

export type SealedOffice = Awaited<ReturnType<typeof openOffice>>;
