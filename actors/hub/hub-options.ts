/** What a hub is started with, and its defaults. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { MailboxSpec, Supervision } from "../../runtime/supervisor.ts";
import type { BusCommand } from "../bus/messages.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import type { HistorianCommand } from "../historian/messages.ts";
import type { TelemetrySettings } from "../leaf/leaf.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { ZonesCommand } from "../zone/messages.ts";
import type { HubCommand } from "./messages.ts";
import type { SealedOptions } from "./security/open-security.ts";

/** Plain data and refs: a hub may live on any thread. */
export interface HubOptions {
  /** As in `swarm_hub_01`. */
  readonly hub: string;
  /** Its number on this node from 0, in readings, rows and counters. */
  readonly hubNo: number;
  /** Of the hub, and of leaves that name no other. */
  readonly zone: string;
  /** Where leaves reach it, for people. */
  readonly address: string;
  /** Rows `rowBase` to `rowBase + rowsMax - 1` are its leaves', in the order of their ids. */
  readonly rowBase: number;
  readonly rowsMax: number;
  /** What the store held when the node started. */
  readonly records: readonly LeafRecord[];
  /** Leaves of the configuration; added unless they are on record. */
  readonly leaves: readonly ConfiguredLeaf[];
  readonly settings?: Partial<HubSettings>;
  /** For sealed frames; without it the hub speaks v1 alone. */
  readonly sealed?: SealedOptions;
  /** Of its link, for frames to leaves. */
  readonly linkPath: string;
  /** Its link can hold its senders back, so the hub waits for whom it would else lose frames or readings. */
  readonly holdsSenders?: boolean;
  readonly zones: ActorRef<ZonesCommand>;
  readonly bus: ActorRef<BusCommand>;
  readonly historian: ActorRef<HistorianCommand>;
  readonly dashboard: ActorRef<DashboardCommand>;
}

export interface ConfiguredLeaf {
  readonly id: number;
  readonly name?: string | undefined;
  readonly zone?: string | undefined;
  /** Null: no limit. */
  readonly framesPerSecondMax?: number | null | undefined;
  readonly sleeps?: boolean | undefined;
  readonly wakeVia?: number | undefined;
}

export interface HubSettings {
  /** Which leaves zones use: those that registered or were adopted, or all that are heard. */
  readonly adopt: "registered" | "always";
  readonly offlineAfterMs: number;
  readonly lowBatteryMv: number;
  readonly framesPerSecondMax: number;
  readonly quarantineMs: number;
  /** Which readings are published on the bus. */
  readonly telemetry: TelemetrySettings;
}

export const HUB_SETTINGS: HubSettings = {
  adopt: "registered",
  /** SOMS's: four reports of a leaf that sends each 30 s. */
  offlineAfterMs: 120_000,
  /** SOMS's: two cells of 1.2 V, below which an ESP32 browns out when it sends. */
  lowBatteryMv: 2_400,
  /** A leaf reports once in seconds: twenty a second is generous, and still bounds a hub. */
  framesPerSecondMax: 20,
  /** Under `offlineAfterMs`, so that a quarantine does not look like an outage. */
  quarantineMs: 60_000,
  telemetry: { mode: "every", minIntervalS: 0 },
};

/** Leaf ids of wire v1; v2 has 16 bits, and a hub takes as many as its settings say. */
export const LEAVES_DEFAULT = 256;

/**
 * Two seconds of 256 leaves at 8 frames/s. With `backpressure` the link is told when it is full, so
 * that no frame goes uncounted.
 */
export const HUB_MAILBOX: MailboxSpec<HubCommand> = { capacity: 4_096, overflow: "backpressure" };

/** Leaves share nothing; one that fails ten times a minute has met a bug that a new hub might not. */
export const HUB_SUPERVISION: Supervision = {
  strategy: "oneForOne",
  intensity: { restartsMax: 10, withinMs: 60_000 },
};
