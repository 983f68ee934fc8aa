/**
 * Whether a task goes out to people now or waits, and which of those that wait is first: the seed's
 * rules, the first that fits decides.
 *
 *   task, zone's situation, hour of the day ──▶ { now, reason }
 */
import type { Task } from "./messages.ts";
import type { ZoneLook } from "./zone-looks.ts";

export interface DispatchView {
  /** Undefined: no such zone has been heard of. */
  readonly zone: Pick<ZoneLook, "presence" | "people" | "activity"> | undefined;
  /** For how long nobody has told whether people are there; 0 where somebody does. */
  readonly untoldMs: number;
  /** Local, 0 to 23 */
  readonly hour: number;
  readonly waitedMs: number;
}

export const DISPATCH_REASONS = [
  "urgent",
  "waitedLong",
  "noZone",
  "zoneUnknown",
  "presenceUntold",
  "tooFewPeople",
  "focused",
  "quietHours",
  "nobodyTells",
  "occupied",
  "nobodyThere",
  /** An operator wanted it. */
  "ordered",
] as const;
export type DispatchReason = (typeof DISPATCH_REASONS)[number];

export interface Dispatch {
  readonly now: boolean;
  readonly reason: DispatchReason;
}

/**
 * Hours in which people are left alone: before the first and after the last; where the first is later than the
 * last, as 22 and 6 of a night shift, those between.
 */
export interface QuietHours {
  readonly quietBeforeHour: number;
  readonly quietAfterHour: number;
}

/** From here on it goes out whatever the zone is like. */
const URGENCY_AT_ONCE = 3;
/** What has waited for a day goes out even so. */
export const WAIT_MS_MAX = 24 * 3_600_000;
/**
 * After so long without a word of anyone in it, a zone is one of which nobody can tell. A camera speaks every 5 s
 * and a leaf every 10 s, so a node that has just started has heard them by then.
 */
export const UNTOLD_MS_MAX = 300_000;

export function dispatchOf(
  task: Pick<Task, "urgency" | "zone" | "minPeople">,
  view: DispatchView,
  quiet: QuietHours,
): Dispatch {
  if (task.urgency >= URGENCY_AT_ONCE) return { now: true, reason: "urgent" };
  if (view.waitedMs > WAIT_MS_MAX) return { now: true, reason: "waitedLong" };
  if (task.zone === null) return { now: true, reason: "noZone" };
  const { zone } = view;
  const isTold = zone !== undefined && zone.presence !== "untold";
  if (!isTold && view.untoldMs < UNTOLD_MS_MAX) {
    return { now: false, reason: zone === undefined ? "zoneUnknown" : "presenceUntold" };
  }
  if (isTold && zone.people < neededOf(task, zone)) return { now: false, reason: "tooFewPeople" };
  if (isFocused(zone?.activity)) return { now: false, reason: "focused" };
  if (isQuiet(view.hour, quiet)) return { now: false, reason: "quietHours" };
  if (!isTold) return { now: true, reason: "nobodyTells" };
  if (zone.people > 0) return { now: true, reason: "occupied" };
  return { now: false, reason: "nobodyThere" };
}

/** Motion and air tell that somebody is there and not how many: one may be the crowd that is needed. */
const neededOf = (
  { minPeople }: Pick<Task, "minPeople">,
  { presence }: Pick<ZoneLook, "presence">,
): number => (presence === "counted" ? minPeople : Math.min(1, minPeople));

const isQuiet = (
  hour: number,
  { quietBeforeHour: first, quietAfterHour: last }: QuietHours,
): boolean => (first <= last ? hour < first || hour > last : hour < first && hour > last);

const isFocused = (activity: string | undefined): boolean =>
  activity?.toLowerCase().includes("focused") === true;

const HOUR_MS = 3_600_000;

/** Who waits longer or has less time left passes others of the same urgency, never of a higher one. */
export function priorityOf(
  task: Pick<Task, "urgency" | "createdAtMs" | "expiresAtMs">,
  nowMs: number,
): number {
  const left = task.expiresAtMs - nowMs;
  const hurry = left < 2 * HOUR_MS ? 100 : left < 6 * HOUR_MS ? 50 : 0;
  return task.urgency * 1_000 + (nowMs - task.createdAtMs) / HOUR_MS + hurry;
}
