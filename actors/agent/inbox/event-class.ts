/**
 * How urgent an event is to the agent. Urgent: what may hurt people or what the node itself calls an
 * error; it is shown first and never makes room for others. Notable: warnings and reports of people.
 */
import type { EventKind, OfficeEvent } from "../../zone/messages.ts";

export const EVENT_CLASSES = ["urgent", "notable", "ordinary"] as const;
export type EventClass = (typeof EVENT_CLASSES)[number];

/** The constitution's first principle: people's health and safety. */
const EMERGENCIES: ReadonlySet<EventKind> = new Set([
  "high_temperature",
  "co2_threshold_exceeded",
  "temp_spike",
]);
const NOTABLE: ReadonlySet<EventKind> = new Set(["task_report", "sedentary_alert"]);

export function eventClass({ kind, severity }: OfficeEvent): EventClass {
  if (severity === "error" || EMERGENCIES.has(kind)) return "urgent";
  return severity === "warning" || NOTABLE.has(kind) ? "notable" : "ordinary";
}
