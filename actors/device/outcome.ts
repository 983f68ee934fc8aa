/** How one call of a device's tool ended, whoever asked for it. */
import type { DeviceFailure } from "./messages.ts";

export type Outcome =
  | { readonly ok: true; readonly result: unknown; readonly made: readonly string[] }
  | { readonly ok: false; readonly reason: DeviceFailure; readonly message: string };

/** Called once. */
export type TellOutcome = (outcome: Outcome) => void;

/** The seed's: a leaf that is awake answers in tens of ms, a camera in seconds. */
export const CALL_MS_MAX = 10_000;

export const done = (result: unknown, made: readonly string[] = []): Outcome => ({
  ok: true,
  result,
  made,
});
export const failed = (reason: DeviceFailure, message: string): Outcome => ({
  ok: false,
  reason,
  message,
});
