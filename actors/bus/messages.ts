/** What the MQTT bus accepts from hubs and leaves. */
import type { ChannelValue } from "../zone/messages.ts";

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
