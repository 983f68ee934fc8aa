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
    };
