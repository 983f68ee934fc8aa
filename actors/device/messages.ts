/**
 * Tools of devices: `mcp/{agent}/request/call_tool` on the bus, and those of our own hubs. Whoever asks is
 * told exactly once, within 10 s: the device's answer, or why there is none. Wait a little longer than that.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";

export type DevicesCommand =
  | {
      readonly type: "CallDevice";
      /** The asker's own, unique, 1-64 of letters, digits, `.` `:` `_` `-`: also the id of a leaf's command. */
      readonly id: string;
      /** `swarm_hub_01`, `light_01`. */
      readonly agentId: string;
      readonly tool: string;
      readonly args: Readonly<Record<string, unknown>>;
      readonly replyTo: ActorRef<DeviceAnswer>;
    }
  | { readonly type: "GetDevices"; readonly replyTo: ActorRef<DevicesListed> };

export type DeviceAnswer =
  | {
      readonly type: "DeviceAnswered";
      readonly id: string;
      readonly result: unknown;
      /** Ids of what it made: `command:swarm_hub_01/3/ID`. */
      readonly made?: readonly string[];
    }
  | {
      readonly type: "DeviceFailed";
      readonly id: string;
      readonly reason: DeviceFailure;
      /** A sentence; whether it may have been done all the same stands in it. */
      readonly message: string;
    };

/**
 * `timeout`: no answer in 10 s, and it may have been done all the same; `busUnavailable`: nothing was
 * sent; `busy`: as many calls are under way as may, nothing was sent.
 */
export const DEVICE_FAILURES = [
  "timeout",
  "deviceError",
  "unknownTool",
  "busUnavailable",
  "busy",
] as const;
export type DeviceFailure = (typeof DEVICE_FAILURES)[number];

export interface DevicesListed {
  readonly type: "DevicesListed";
  readonly devices: readonly Device[];
}

export interface Device {
  readonly agentId: string;
  /** Those known: a device of the seed's kind has no way to list them, so what it once answered to. */
  readonly tools: readonly string[];
  readonly via: "hub" | "mcp" | "seed";
}
