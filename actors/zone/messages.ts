/** What a zone accepts, and the situation it tells others. */
import type { ActorRef } from "../../runtime/actor-ref.ts";

export interface ChannelValue {
  readonly channel: string;
  readonly value: number;
}

/**
 * Readings of a leaf come as bytes: `tellBytes(readings, start, end, source number, measuredAtMs)`, a byte of
 * channel and a float32 each, as in its frame; `NameSource` has said before whose number it is.
 */
export type ZoneCommand =
  | { readonly type: "NameSource"; readonly number: number; readonly source: string }
  /** From a foreign MQTT device; `source` is the device's id, as a leaf's is `swarm_hub_01.leaf_12`. */
  | {
      readonly type: "AcceptReadings";
      readonly source: string;
      /** Here and below: of a device that is configured, or, as if left out, of any that has the bus's password. */
      readonly origin?: Exclude<Origin, "sensor">;
      readonly atMs: number;
      readonly readings: readonly ChannelValue[];
    }
  /** From a camera: how many people it sees. */
  | {
      readonly type: "AcceptOccupancy";
      readonly source: string;
      readonly origin?: Exclude<Origin, "sensor">;
      readonly atMs: number;
      readonly personCount: number;
    }
  /** From an activity monitor: how people hold themselves. */
  | {
      readonly type: "AcceptActivity";
      readonly source: string;
      readonly origin?: Exclude<Origin, "sensor">;
      readonly atMs: number;
      readonly personCount: number;
      readonly activityClass: string;
      readonly postureStatus: string;
      readonly postureDurationS: number;
    }
  | {
      readonly type: "AcceptTaskReport";
      readonly source?: string;
      readonly origin?: Exclude<Origin, "sensor">;
      readonly atMs: number;
      readonly taskId: string;
      readonly title: string;
      readonly reportStatus: string;
      readonly completionNote: string;
    }
  /** The source has left this zone: its readings count no more. */
  | { readonly type: "ForgetSource"; readonly source: string }
  | { readonly type: "GetZone"; readonly replyTo: ActorRef<ZoneSituation> };

/** What the parent of the zones accepts. A zone comes into being when it is first asked for. */
export type ZonesCommand = {
  readonly type: "OpenZone";
  readonly zone: string;
  readonly replyTo: ActorRef<ZonesAnswer>;
};

export type ZonesAnswer =
  | { readonly type: "ZoneOpened"; readonly zone: string; readonly ref: ActorRef<ZoneCommand> }
  | {
      readonly type: "ZoneRefused";
      readonly zone: string;
      readonly reason: "badName" | "tooManyZones";
    };

/** Names of zones, hubs and leaves go into topics, paths and `hub.leaf`. */
export const isName = (name: string): boolean => /^[a-z0-9][a-z0-9_-]{0,63}$/.test(name);

export interface FusedValue {
  readonly value: number;
  /** Time of the newest reading in it, ms since the epoch. */
  readonly atMs: number;
  readonly sources: number;
  /**
   * The value of each origin's sources alone, where some are not our own leaves: an unknown device's figures are
   * no leaf's.
   */
  readonly byOrigin?: Readonly<Partial<Record<Origin, number>>>;
}

/** Where a reading comes from: a leaf of ours, a device of the bus that is configured, or any other. */
export type Origin = "sensor" | "device" | "stranger";

/** Presence as the air tells it. */
export interface AirEstimate {
  /** That at least one person is in. */
  readonly probability: number;
  /** 0: it may as well be guessed; 1: as sure as this model can be. */
  readonly confidence: number;
  readonly channels: readonly string[];
  /** Minutes that a teacher has taught this room; 0 for the trained model alone. */
  readonly taughtMinutes: number;
  /** Whether the room's own weights speak. */
  readonly isLearned: boolean;
}

/** What a room has learned: plain data, to be kept over restarts. */
export interface RoomMemory {
  /** `illuminance+co2`: what it was learned with. */
  readonly channels: string;
  readonly weights: readonly number[];
  readonly minutesIn: number;
  readonly minutesOut: number;
  /** Share of the last day's taught minutes that each would have told right, before it learned them. */
  readonly agreement: { readonly trained: number; readonly room: number };
}

export interface Activity {
  /** `idle`, `low`, `moderate`, `high`, `focused`; as the monitor names it. */
  readonly class: string;
  /** `static`, `mostly_static`, … */
  readonly posture: string;
}

export interface ZoneSituation {
  readonly type: "ZoneSituation";
  readonly zone: string;
  readonly atMs: number;
  readonly occupancy: number;
  /** Who says so; undefined: nobody can tell. */
  readonly witness: "camera" | "motion" | "air" | undefined;
  /** What the air says, also where others are believed. */
  readonly air: AirEstimate | undefined;
  /** What people do, by the newest word of an activity monitor; undefined: none has spoken lately. */
  readonly activity?: Activity | undefined;
  readonly readings: Readonly<Record<string, FusedValue>>;
  /** Newest last, at most 50. */
  readonly events: readonly OfficeEvent[];
}

/** What a zone tells its observers. */
export type ZoneNews =
  | ZoneSituation
  | { readonly type: "EventRaised"; readonly event: OfficeEvent };

export type EventKind =
  | "person_entered"
  | "person_exited"
  | "co2_threshold_exceeded"
  | "high_temperature"
  | "temp_spike"
  | "sedentary_alert"
  | "sensor_tamper"
  | "door_opened"
  | "door_closed"
  | "task_report"
  | "leaf_online"
  | "leaf_offline"
  | "leaf_registered"
  | "leaf_rebooted"
  | "leaf_disputed"
  | "leaf_adopted"
  | "leaf_added"
  | "leaf_renamed"
  | "leaf_moved"
  | "leaf_quarantined"
  | "leaf_released"
  | "leaf_paired"
  | "leaf_rekeyed"
  | "leaf_key_forgotten"
  | "pairing_opened"
  | "pairing_closed"
  | "pairing_refused"
  | "low_battery"
  | "command_refused"
  | "command_expired"
  | "store_full"
  | "store_recovered"
  | "broker_lost"
  | "broker_returned"
  | "link_failed"
  | "link_recovered";

export interface OfficeEvent {
  /** Unique on this node and ordered by time. */
  readonly id: string;
  readonly atMs: number;
  readonly kind: EventKind;
  readonly severity: "info" | "warning" | "error";
  readonly zone: string | undefined;
  readonly hub: string | undefined;
  readonly leafId: number | undefined;
  /** One sentence for people. */
  readonly message: string;
  readonly data: Readonly<Record<string, number | string | boolean>>;
}

/** Ids of one source in one millisecond, before one could come twice. */
const IDS_PER_MS = 36 ** 4;

/**
 * Makes the `OfficeEvent.id`s of one source: time, counter, source, so that they sort by time.
 * `random` in [0, 1) is where the counter starts, so that a restarted actor does not repeat itself.
 */
export const eventIds = (source: string, random: number): ((atMs: number) => string) => {
  let count = Math.floor(random * IDS_PER_MS);
  return (atMs) => {
    count = (count + 1) % IDS_PER_MS;
    const time = Math.floor(atMs).toString(36).padStart(9, "0");
    return `${time}${count.toString(36).padStart(4, "0")}-${source}`;
  };
};

/** Of an id that `eventIds` made, also after a name and a dash, as a cycle's is. */
export function timeOfId(id: string): number | undefined {
  const [, time] = /^(?:[a-z]+[-:])?([0-9a-z]{9})[0-9a-z]{4}-/.exec(id) ?? [];
  return time === undefined ? undefined : Number.parseInt(time, 36);
}

/** Four decimals are more than sensors have; the same rounding as SOMS's. */
const DECIMALS = 1e4;

/** 22.3 went over the wire as 22.299999237…: the short form, where it reads back as the same float32. */
export const shortFloat32 = (value: number): number => {
  const rounded = Math.round(value * DECIMALS) / DECIMALS;
  return Math.fround(rounded) === value ? rounded : value;
};
