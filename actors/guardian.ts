/**
 * The whole supervision tree of a node, and where each part lives.
 *
 *   user (oneForOne)
 *   ├── devices          main     tools of devices: MCP over MQTT, and those of our hubs
 *   ├── dashboard        main     board of the page: newest situations, events, counters
 *   ├── historian        worker   the one writer of the store: history, events, records
 *   ├── office           worker   ledger, wallets, people, tasks, voice, agent: a tree of its own, in office/office.ts
 *   ├── zones            worker   a child each zone: fusion, events, occupancy
 *   ├── bus              main     MQTT: telemetry out, foreign devices in
 *   ├── hubs             worker   a child each hub, its leaves below it: /user/hubs/swarm_hub_01/leaf_12
 *   ├── links            main     a child each hub's link, /user/links/swarm_hub_01: frames in and out
 *   └── emulators        main     each keeps a process of emulated leaves, if asked for
 *
 * They start in this order and stop in reverse: first the links, so that hubs and historian drain.
 */
import type { Config } from "../config/schema.ts";
import type { ActorRef } from "../runtime/actor-ref.ts";
import type { ActorSystem } from "../runtime/actor-system.ts";
import { type ChildSpec, placed, type SupervisorSpec } from "../runtime/supervisor.ts";
import type { Link } from "../transports/link.ts";
import { BUS_MAILBOX, type BusOptions, bus } from "./bus/bus.ts";
import { type DashboardOptions, dashboard } from "./dashboard/dashboard.ts";
import type { DashboardCommand } from "./dashboard/messages.ts";
import { DEVICES_MAILBOX, type DevicesOptions, devices } from "./device/devices.ts";
import type { DevicesCommand } from "./device/messages.ts";
import { type EmulatorOptions, emulator } from "./emulator/emulator.ts";
import type { HistorianOptions } from "./historian/historian.ts";
import { HISTORIAN_MAILBOX } from "./historian/historian-options.ts";
import type { HistorianCommand } from "./historian/messages.ts";
import {
  HUB_MAILBOX,
  HUB_SUPERVISION,
  type HubOptions,
  type HubSettings,
} from "./hub/hub-options.ts";
import type { RowSpan } from "./hub/hub-rows.ts";
import type { HubCommand } from "./hub/messages.ts";
import type { SealedOptions } from "./hub/security/open-security.ts";
import type { LeafRecord } from "./leaf/messages.ts";
import { link } from "./link/link.ts";
import type { LinkTotals } from "./link/link-totals.ts";
import { OFFICE_MAILBOX, OFFICE_SUPERVISION, type OfficeOptions } from "./office/office-options.ts";
import type { ZoneNews, ZonesCommand } from "./zone/messages.ts";
import type { ZonesOptions } from "./zone/zones.ts";

/** What the tree is made of beside the settings: drivers, and what the store remembers. */
export interface TreeParts {
  readonly dashboard: DashboardOptions;
  readonly bus: Omit<BusOptions, "zonesParent" | "dashboard" | "historian">;
  /** Undefined: nobody calls devices, as in a simulation of leaves alone. */
  readonly devices?: Omit<DevicesOptions, "hub">;
  readonly historian: Omit<HistorianOptions, "observer">;
  /** Where the historian's behavior is found, if not here: a simulation's has its store in memory. */
  readonly historianModule?: string;
  /** Undefined: nobody minds the office, as in a simulation of leaves alone. */
  readonly office?: Pick<OfficeOptions, "dir" | "soundsDir" | "reserveMb">;
  /** What zones raised before this start. */
  readonly zoneEvents?: ZonesOptions["recalled"];
  readonly hubs: readonly HubPart[];
  readonly emulators: readonly EmulatorOptions[];
}

export interface HubPart {
  readonly config: Config["hubs"][number];
  readonly hubNo: number;
  readonly rows: RowSpan;
  readonly address: string;
  readonly records: readonly LeafRecord[];
  readonly sealed?: SealedOptions;
  readonly makeLink: () => Link;
  /** As a stream can; undefined: what a hub has no room for is lost on its way. */
  readonly holdsSenders?: boolean;
  readonly linkTotals: LinkTotals;
}

const HISTORIAN_MODULE = import.meta.resolve("./historian/historian.ts");

/** A hub may be restarted often by one bad leaf; the node gives up only on a storm. */
const ROOT_INTENSITY = { restartsMax: 10, withinMs: 60_000 } as const;
/** Historian, office: a commit on a slow disk. Bus: a goodbye to the broker. */
const SHUTDOWN_MS = {
  historian: 10_000,
  office: 10_000,
  bus: 3_000,
  link: 2_000,
  hub: 3_000,
  other: 2_000,
} as const;

export const ROOT_SUPERVISION = { strategy: "oneForOne", intensity: ROOT_INTENSITY } as const;

export function startTree(system: ActorSystem, config: Config, parts: TreeParts): void {
  // Before those that call them: agent and zones.
  if (parts.devices !== undefined) system.spawn(devicesSpec(system, parts.devices));
  const board = system.spawn<DashboardCommand>({
    id: "dashboard",
    start: () => dashboard(parts.dashboard),
    restart: "permanent",
    shutdownMs: SHUTDOWN_MS.other,
  });
  const historian = system.spawn<HistorianCommand>({
    id: "historian",
    start: placed(parts.historianModule ?? HISTORIAN_MODULE, "historian", {
      ...parts.historian,
      observer: board,
    } satisfies HistorianOptions),
    placement: "any",
    mailbox: HISTORIAN_MAILBOX,
    restart: "permanent",
    shutdownMs: SHUTDOWN_MS.historian,
  });
  const minds =
    parts.office === undefined
      ? []
      : [system.spawn(officeSpec(system, parts.office, config, { dashboard: board, historian }))];
  const zones = system.spawn<ZonesCommand>({
    id: "zones",
    start: placed(import.meta.resolve("./zone/zones.ts"), "zones", {
      zones: config.zones.map(({ id, ...settings }) => ({ id, settings })),
      observers: [board, ...minds],
      historian,
      ...(parts.zoneEvents !== undefined && { recalled: parts.zoneEvents }),
    } satisfies ZonesOptions),
    placement: "any",
    restart: "permanent",
    shutdownMs: SHUTDOWN_MS.other,
  });
  const busRef = system.spawn({
    id: "bus",
    start: () => bus({ ...parts.bus, zonesParent: zones, dashboard: board, historian }),
    mailbox: BUS_MAILBOX,
    restart: "permanent",
    shutdownMs: SHUTDOWN_MS.bus,
  });

  const refs = { zones, bus: busRef, historian, dashboard: board };
  system.spawn(hubsSpec(system, parts.hubs, config.mqtt.telemetry, refs));
  system.spawn(linksSpec(system, parts.hubs, { historian, dashboard: board }));
  if (parts.emulators.length > 0) system.spawn(emulatorsSpec(parts.emulators));
}

const devicesSpec = (
  system: ActorSystem,
  part: NonNullable<TreeParts["devices"]>,
): ChildSpec<DevicesCommand> => ({
  id: "devices",
  start: () => devices({ ...part, hub: (hub) => system.refAt(hubPath(system, hub)) }),
  mailbox: DEVICES_MAILBOX,
  restart: "permanent",
  shutdownMs: SHUTDOWN_MS.bus,
});

const officeSpec = (
  system: ActorSystem,
  part: NonNullable<TreeParts["office"]>,
  config: Config,
  refs: Pick<OfficeOptions, "dashboard" | "historian">,
): ChildSpec<ZoneNews> => ({
  id: "office",
  start: placed(import.meta.resolve("./office/office.ts"), "office", {
    ...part,
    node: system.node,
    settings: config.office,
    hubZones: Object.fromEntries(config.hubs.map(({ id, zone }) => [id, zone])),
    ...refs,
  } satisfies OfficeOptions),
  placement: "any",
  mailbox: OFFICE_MAILBOX,
  supervision: OFFICE_SUPERVISION,
  restart: "permanent",
  shutdownMs: SHUTDOWN_MS.office,
});

type HubRefs = Pick<HubOptions, "zones" | "bus" | "historian" | "dashboard">;

const hubsSpec = (
  system: ActorSystem,
  hubs: readonly HubPart[],
  telemetry: HubSettings["telemetry"],
  refs: HubRefs,
): SupervisorSpec => ({
  id: "hubs",
  strategy: "oneForOne", // hubs share nothing
  intensity: { restartsMax: 10, withinMs: 60_000 },
  children: hubs.map(
    ({ config, hubNo, address, rows, records, sealed, holdsSenders }): ChildSpec<HubCommand> => ({
      id: config.id,
      start: placed(import.meta.resolve("./hub/hub.ts"), "hub", {
        hub: config.id,
        hubNo,
        zone: config.zone,
        address,
        ...rows,
        records,
        leaves: config.leaves,
        ...(sealed !== undefined && { sealed }),
        ...(holdsSenders === true && { holdsSenders }),
        linkPath: `mycel://${system.node}/user/links/${config.id}`,
        settings: {
          adopt: config.adopt,
          offlineAfterMs: config.offlineAfterMs,
          lowBatteryMv: config.lowBatteryMv,
          framesPerSecondMax: config.framesPerSecondMax,
          quarantineMs: config.quarantineMs,
          telemetry,
        },
        ...refs,
      } satisfies HubOptions),
      placement: "any",
      mailbox: HUB_MAILBOX,
      supervision: HUB_SUPERVISION,
      restart: "permanent",
      shutdownMs: SHUTDOWN_MS.hub,
    }),
  ),
});

const linksSpec = (
  system: ActorSystem,
  hubs: readonly HubPart[],
  refs: { historian: ActorRef<HistorianCommand>; dashboard: ActorRef<DashboardCommand> },
): SupervisorSpec => ({
  id: "links",
  strategy: "oneForOne",
  intensity: { restartsMax: 10, withinMs: 60_000 },
  children: hubs.map(({ config, makeLink, linkTotals }) => ({
    id: config.id,
    start: () =>
      link({
        hub: config.id,
        zone: config.zone,
        makeLink,
        totals: linkTotals,
        hubRef: system.refAt<HubCommand>(hubPath(system, config.id)),
        statusTo: refs.dashboard,
        ...refs,
      }),
    restart: "permanent",
    shutdownMs: SHUTDOWN_MS.link,
  })),
});

const emulatorsSpec = (emulators: readonly EmulatorOptions[]): SupervisorSpec => ({
  id: "emulators",
  strategy: "oneForOne",
  intensity: { restartsMax: 5, withinMs: 60_000 },
  children: emulators.map((options) => ({
    id: options.hubs.replaceAll(/[^a-z0-9.]+/gi, "-"),
    start: () => emulator(options),
    restart: "permanent",
    shutdownMs: SHUTDOWN_MS.other,
  })),
});

export const hubPath = (system: ActorSystem, hub: string): string =>
  `mycel://${system.node}/user/hubs/${hub}`;
