/** What a zone accepts, and the situation it tells others. */
import type { ActorRef } from "../../runtime/actor-ref.ts";

export interface ChannelValue {
  readonly channel: string;
  readonly value: number;
}

export type ZoneCommand =
  /** From a leaf or a foreign MQTT device; `source` is `swarm_hub_01.leaf_12` or the device's id. */
  | {
      readonly type: "AcceptReadings";
      readonly source: string;
      readonly atMs: number;
      readonly readings: readonly ChannelValue[];
    }
  /** From a camera: how many people it sees. */
  | {
      readonly type: "AcceptOccupancy";
      readonly source: string;
      readonly atMs: number;
      readonly personCount: number;
    }
  /** From an activity monitor: how people hold themselves. */
  | {
      readonly type: "AcceptActivity";
      readonly source: string;
      readonly atMs: number;
      readonly personCount: number;
      readonly activityClass: string;
      readonly postureStatus: string;
      readonly postureDurationS: number;
    }
  | {
      readonly type: "AcceptTaskReport";
      readonly atMs: number;
      readonly taskId: string;
      readonly title: string;
      readonly reportStatus: string;
      readonly completionNote: string;
    }
  /** The source has left this zone: its readings count no more. */
  | { readonly type: "ForgetSource"; readonly source: string }
  | { readonly type: "GetZone"; readonly replyTo: ActorRef<ZoneSituation> };

export interface FusedValue {
  readonly value: number;
  /** Time of the newest reading in it, ms since the epoch. */
  readonly atMs: number;
  readonly sources: number;
}

export interface ZoneSituation {
  readonly type: "ZoneSituation";
  readonly zone: string;
  readonly atMs: number;
  readonly occupancy: number;
  readonly readings: Readonly<Record<string, FusedValue>>;
  /** Newest last, at most 50. */
  readonly events: readonly OfficeEvent[];
}

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
  | "low_battery"
  | "store_full"
  | "store_recovered"
  | "broker_lost"
  | "broker_returned"
  | "link_failed";

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
