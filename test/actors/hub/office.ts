/**
 * A hub with its leaves and zones under simulation: real behaviors, virtual time, and a historian
 * with knobs. Frames go in as bytes, as a link would hand them over.
 */
import assert from "node:assert/strict";
import type { BusCommand } from "../../../actors/bus/messages.ts";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import {
  openCommands,
  openCommandTables,
  putCommands,
} from "../../../actors/historian/command-records.ts";
import type { HistorianCommand } from "../../../actors/historian/messages.ts";
import { hub } from "../../../actors/hub/hub.ts";
import {
  createHubCounters,
  HUB_COUNTERS,
  type HubCounts,
  openHubCounters,
} from "../../../actors/hub/hub-counters.ts";
import { HUB_MAILBOX, HUB_SUPERVISION, type HubOptions } from "../../../actors/hub/hub-options.ts";
import type { HubAnswer, HubCommand } from "../../../actors/hub/messages.ts";
import type { CommandRecord } from "../../../actors/hub/outbox/messages.ts";
import {
  createLeafTable,
  emptyLeafRow,
  LEAF_TABLE,
  type LeafRow,
  openLeafTable,
} from "../../../actors/leaf/leaf-table.ts";
import type { LeafRecord } from "../../../actors/leaf/messages.ts";
import type { LinkCommand } from "../../../actors/link/messages.ts";
import type { ZoneSituation } from "../../../actors/zone/messages.ts";
import { zones } from "../../../actors/zone/zones.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { receive, same, setup } from "../../../runtime/behavior.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import { encodeFrame } from "../../../transports/frame/encode.ts";
import type { Frame } from "../../../transports/frame/frame.ts";
import { type Reading, readingsOf } from "../../support/store-readings.ts";

export const HUB = "swarm_hub_01";

export const officeOf = (
  options: Partial<HubOptions> & { readonly seed?: number; readonly rowsMax?: number } = {},
) => {
  const { seed = 1, rowsMax = 256, ...hubOptions } = options;
  const shared = {
    [LEAF_TABLE]: createLeafTable({ rowsMax: rowsMax + 4 }),
    [HUB_COUNTERS]: createHubCounters({ hubsMax: 4 }),
  };
  const sim = simulate({ seed, shared });
  const { system } = sim;
  const bus = createProbe<BusCommand>(system, "bus");
  const dashboard = createProbe<DashboardCommand>(system, "dashboard");
  const link = createProbe<LinkCommand>(system, "to-link");

  const saved = new Map<number, LeafRecord>();
  const store = {
    answers: "saved" as "saved" | "refused" | "silent" | "late",
    loads: 0,
    commandWrites: 0,
  };
  const readings: Reading[] = [];
  const commandStore = new MemoryStore();
  commandStore.setSlow((commit) => commit());
  const commandTables = openCommandTables(commandStore);
  const answerCommands = (
    message: Extract<HistorianCommand, { type: "SaveCommands" | "LoadCommands" }>,
  ): void => {
    if (store.answers === "refused") {
      message.replyTo.tell({ type: "SaveRefused", reason: "storeFull" });
    } else if (message.type === "LoadCommands") {
      message.replyTo.tell(openCommands(commandTables, message.hub, message.after));
    } else {
      let known: readonly CommandRecord[] = [];
      void commandStore.write(() => {
        known = putCommands(commandTables, message.records);
      });
      store.commandWrites += 1;
      // Late: too late for whoever asks.
      if (store.answers !== "late") message.replyTo.tell({ type: "CommandsSaved", known });
    }
  };
  const recorded: string[] = [];
  const historian = system.spawn<HistorianCommand>({
    id: "historian",
    start: () =>
      setup(() =>
        receive<HistorianCommand>(
          (message) => {
            if (message.type === "RecordEvent") recorded.push(message.event.id);
            else if (store.answers === "silent") return same;
            else if (message.type === "LoadLeafRecords") {
              store.loads += 1;
              message.replyTo.tell({ type: "LeafRecords", records: [...saved.values()] });
            } else if (message.type === "SaveCommands") answerCommands(message);
            else if (message.type === "LoadCommands") answerCommands(message);
            else if (message.type !== "SaveLeafRecord") return same;
            else if (store.answers === "refused") {
              message.replyTo.tell({ type: "SaveRefused", reason: "storeFull" });
            } else {
              const { hub, leafId } = message.record;
              saved.set(leafId, message.record);
              message.replyTo.tell({ type: "LeafRecordSaved", hub, leafId });
            }
            return same;
          },
          {
            onBytes(bytes, start, end) {
              readings.push(...readingsOf(bytes.subarray(start, end)));
              return same;
            },
          },
        ),
      ),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  const zonesRef = system.spawn({
    id: "zones",
    start: () => zones({ zones: [{ id: "main" }], observers: [dashboard.ref], historian }),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  const hubRef = system.spawn<HubCommand>({
    id: HUB,
    start: () =>
      hub({
        hub: HUB,
        hubNo: 2,
        zone: "main",
        address: "memory://hub",
        rowBase: 4,
        rowsMax,
        linkPath: link.ref.path,
        records: [],
        leaves: [],
        zones: zonesRef,
        bus: bus.ref,
        historian,
        dashboard: dashboard.ref,
        ...hubOptions,
      }),
    restart: "permanent",
    shutdownMs: 1_000,
    mailbox: HUB_MAILBOX,
    supervision: HUB_SUPERVISION,
  });
  const table = openLeafTable(shared[LEAF_TABLE]);
  const counters = openHubCounters(shared[HUB_COUNTERS], 2);
  sim.run();

  const send = (bytes: Uint8Array, peer = 1): boolean =>
    hubRef.tellBytes(bytes, 0, bytes.length, peer, sim.clock.nowMs());
  return {
    sim,
    system,
    hub: hubRef,
    bus,
    dashboard,
    link,
    commandStore,
    store,
    saved,
    readings,
    recorded,
    counters,
    send,
    /** Sends a frame and runs until nothing is left to do at this moment. */
    frame(frame: Frame, peer = 1): void {
      send(bytesOf(frame), peer);
      sim.run();
    },
    /** An operator's act and its answer; undefined when none came at once. */
    ask(act: (replyTo: ActorRef<HubAnswer>) => HubCommand): HubAnswer | undefined {
      const asker = createProbe<HubAnswer>(system);
      hubRef.tell(act(asker.ref));
      sim.run();
      return asker.messages[0];
    },
    row(leafId: number): LeafRow {
      const row = emptyLeafRow();
      table.readRow(4 + leafId, row);
      return row;
    },
    /** Kinds of the events so far, oldest first. */
    events(): string[] {
      return dashboard.messages.flatMap((m) => (m.type === "EventRaised" ? [m.event.kind] : []));
    },
    situation(zone: string): ZoneSituation | undefined {
      return dashboard.messages
        .filter((m): m is ZoneSituation => m.type === "ZoneSituation" && m.zone === zone)
        .at(-1);
    },
    published(): string[] {
      return bus.messages.flatMap((m) =>
        m.type === "PublishReadings"
          ? m.readings.map(({ channel, value }) => `${m.zone} ${m.leaf} ${channel} ${value}`)
          : [],
      );
    },
  };
};

export const bytesOf = (frame: Frame): Uint8Array => {
  const encoded = encodeFrame(frame);
  assert.ok(encoded.ok, JSON.stringify(frame));
  return encoded.value;
};

export const report = (leafId: number, readings: Readonly<Record<string, number>>): Frame => ({
  version: 1,
  type: "SENSOR_REPORT",
  leafId,
  readings: Object.entries(readings).map(([channel, value]) => ({ channel, value })),
});

export const registration = (
  leafId: number,
  hardware = "esp32",
  capabilities: readonly string[] = ["temperature"],
): Frame => ({ version: 1, type: "REGISTER", leafId, hardware, capabilities });

export const heartbeat = (leafId: number, batteryMv = 3_300, uptimeS = 60): Frame => ({
  version: 1,
  type: "HEARTBEAT",
  leafId,
  batteryMv,
  uptimeS,
});

/** What the store says of a leaf that zones use. */
export const adopted = (hub: string, leafId: number): LeafRecord => ({
  ...{ hub, leafId, name: `leaf_${leafId}`, zone: "main", hardware: "esp32", capabilities: [] },
  ...{ standing: "adopted", claimedHardware: undefined },
});

/** What does not add up: 0 when every frame received was applied or refused under one reason. */
export const unaccounted = ({ received, applied, refused }: HubCounts): number =>
  Object.values(refused).reduce((left, count) => left - count, received - applied);
