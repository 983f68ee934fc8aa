/**
 * A frame as an object, as `mycel frame decode` prints it: for people, tests and the rare frame. The
 * hot path reads fields in place instead (decode.ts).
 */
import type { FRAME } from "../../firmware/wire/frame-types.ts";

interface FrameOf<Type> {
  readonly version: typeof FRAME.version;
  readonly type: Type;
  /** 0..255 */
  readonly leafId: number;
}

export interface Reading {
  /** `temperature`, `unknown_0x3f`. */
  readonly channel: string;
  /** The shortest decimal of the float32 on the wire. */
  readonly value: number;
}

export interface SensorReport extends FrameOf<"SENSOR_REPORT"> {
  /** In the order of the wire; a channel may stand there twice. */
  readonly readings: readonly Reading[];
}

export interface Heartbeat extends FrameOf<"HEARTBEAT"> {
  readonly batteryMv: number;
  readonly uptimeS: number;
}

export interface WakeNotify extends FrameOf<"WAKE_NOTIFY"> {
  readonly wokenLeafId: number;
}

export interface Register extends FrameOf<"REGISTER"> {
  readonly hardware: string;
  readonly capabilities: readonly string[];
}

export type Command = FrameOf<"COMMAND"> &
  (
    | { readonly command: "set_state"; readonly args: { readonly on: boolean } }
    | { readonly command: "set_pwm"; readonly args: { readonly duty: number } }
    | { readonly command: "read_now"; readonly args: Readonly<Record<string, never>> }
    | { readonly command: "set_interval"; readonly args: { readonly intervalS: number } }
    | { readonly command: "deep_sleep"; readonly args: { readonly sleepMs: number } }
    | { readonly command: "reset"; readonly args: Readonly<Record<string, never>> }
    | { readonly command: number; readonly argsHex: string }
  );

export interface TimeSync extends FrameOf<"TIME_SYNC"> {
  readonly unixS: number;
}

export type Acknowledgement = FrameOf<"ACK">;
export type Wake = FrameOf<"WAKE">;

/** CONFIG, whose payload v1 leaves undefined, or a type that v1 does not know. */
export interface OpaqueFrame extends FrameOf<"CONFIG" | number> {
  readonly payloadHex: string;
}

export type Frame =
  | SensorReport
  | Heartbeat
  | WakeNotify
  | Register
  | Command
  | TimeSync
  | Acknowledgement
  | Wake
  | OpaqueFrame;
