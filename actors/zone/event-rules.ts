/**
 * The events a zone raises, as data: when, how bad, and how long until the next of its kind. From
 * the seed and SOMS's WorldModel; `high_temperature` and the 20 minutes of `sedentary_alert` are the
 * seed's.
 */
import type { EventKind, OfficeEvent } from "./messages.ts";

export type ZoneEventKind = Extract<
  EventKind,
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
>;

export interface ZoneSettings {
  readonly highTemperatureC: number;
  /** Armed again below the limit minus this. */
  readonly highTemperatureHysteresisC: number;
  readonly highTemperatureCooldownMs: number;
  readonly co2Ppm: number;
  readonly co2CooldownMs: number;
  readonly sedentaryAfterS: number;
  readonly sedentaryCooldownMs: number;
  /** Whether presence is told from the air where neither camera nor motion sensor is. */
  readonly airPresence: boolean;
}

export const ZONE_SETTINGS: ZoneSettings = {
  highTemperatureC: 26,
  highTemperatureHysteresisC: 0.5,
  highTemperatureCooldownMs: 1_800_000,
  co2Ppm: 1_000,
  co2CooldownMs: 600_000,
  sedentaryAfterS: 1_200,
  sedentaryCooldownMs: 3_600_000,
  airPresence: true,
};

export type Condition =
  /**
   * The fused value rises above `limit`, having been at or below `rearmAt` since the last time. Without
   * `rearmAt` it is raised again after each cooldown for as long as it stays above.
   */
  | {
      readonly is: "above";
      readonly channel: string;
      readonly limit: number;
      readonly rearmAt: number | undefined;
    }
  /** The fused value moves by more than `by` from one evaluation to the next. */
  | { readonly is: "step"; readonly channel: string; readonly by: number }
  /** A reading differs by at least `by.get(channel)` from one of the same device within `withinMs`. */
  | {
      readonly is: "jump";
      readonly by: ReadonlyMap<string, number>;
      readonly withinMs: number;
    }
  | { readonly is: "posture"; readonly status: string; readonly afterS: number }
  | { readonly is: "count"; readonly change: "rises" | "falls" }
  | { readonly is: "door"; readonly change: "opened" | "closed" }
  | { readonly is: "report" };

export interface EventRule {
  readonly kind: ZoneEventKind;
  readonly when: Condition;
  /** Counted for each zone, and for a `jump` for each device. */
  readonly cooldownMs: number;
  readonly severity: OfficeEvent["severity"];
}

/** No room changes by this within 30 s, °C and %. */
const JUMPS: ReadonlyMap<string, number> = new Map([
  ["temperature", 5],
  ["humidity", 20],
]);

export const eventRules = (settings: ZoneSettings): readonly EventRule[] => [
  {
    kind: "person_entered",
    when: { is: "count", change: "rises" },
    cooldownMs: 0,
    severity: "info",
  },
  {
    kind: "person_exited",
    when: { is: "count", change: "falls" },
    cooldownMs: 0,
    severity: "info",
  },
  {
    kind: "co2_threshold_exceeded",
    when: { is: "above", channel: "co2", limit: settings.co2Ppm, rearmAt: undefined },
    cooldownMs: settings.co2CooldownMs,
    severity: "warning",
  },
  {
    kind: "high_temperature",
    when: {
      is: "above",
      channel: "temperature",
      limit: settings.highTemperatureC,
      rearmAt: settings.highTemperatureC - settings.highTemperatureHysteresisC,
    },
    cooldownMs: settings.highTemperatureCooldownMs,
    severity: "warning",
  },
  {
    kind: "temp_spike",
    when: { is: "step", channel: "temperature", by: 3 },
    cooldownMs: 0,
    severity: "warning",
  },
  {
    kind: "sedentary_alert",
    when: { is: "posture", status: "static", afterS: settings.sedentaryAfterS },
    cooldownMs: settings.sedentaryCooldownMs,
    severity: "info",
  },
  {
    kind: "sensor_tamper",
    when: { is: "jump", by: JUMPS, withinMs: 30_000 },
    cooldownMs: 300_000,
    severity: "warning",
  },
  { kind: "door_opened", when: { is: "door", change: "opened" }, cooldownMs: 0, severity: "info" },
  { kind: "door_closed", when: { is: "door", change: "closed" }, cooldownMs: 0, severity: "info" },
  { kind: "task_report", when: { is: "report" }, cooldownMs: 0, severity: "info" },
];
