/** What the MQTT bus accepts from hubs and leaves, and what it asks of hubs. */
import { serviceKey } from "../../runtime/receptionist.ts";
import type { ChannelValue } from "../zone/messages.ts";

/** To a hub that was there before the bus: say now that you live, not with your next beat. */
export interface TellHeartbeat {
  readonly type: "TellHeartbeat";
}
/** Where a bus that is started anew finds the hubs. */
export const BEATING_HUBS = serviceKey<TellHeartbeat>("beatingHubs");

export type BusCommand =
  /** Out on `office/{zone}/sensor/{hub}.{leaf}/{channel}` as `{"value": x}`. */
  | {
      readonly type: "PublishReadings";
      readonly zone: string;
      readonly hub: string;
      readonly leaf: string;
      readonly readings: readonly ChannelValue[];
    }
  /** Out on `office/{zone}/sensor/{hub}/heartbeat`, and on `…/status` retained. */
  | {
      readonly type: "PublishHeartbeat";
      readonly zone: string;
      readonly hub: string;
      readonly uptimeS: number;
      readonly leafCount: number;
    }
  /** A hub's answer to who called one of its tools, out by the hub's own connection. */
  | {
      readonly type: "PublishAnswer";
      readonly hub: string;
      readonly topic: string;
      readonly payload: string;
    }
  /** Out on `office/{zone}/task_report/{taskId}`, with the seed's fields. */
  | {
      readonly type: "PublishTaskReport";
      readonly zone: string;
      readonly taskId: string;
      readonly title: string;
      readonly reportStatus: string;
      readonly completionNote: string;
    };
