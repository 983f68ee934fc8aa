/** Numbers, times and states as people read them, in the browser's language. */
import { channelLook } from "./channels.ts";
import { LANGUAGE, t } from "./strings.ts";

const byDigits = [0, 1, 2].map(
  (digits) =>
    new Intl.NumberFormat(LANGUAGE, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }),
);
const compactNumber = new Intl.NumberFormat(LANGUAGE, {
  notation: "compact",
  maximumFractionDigits: 1,
});
const clock = new Intl.DateTimeFormat(LANGUAGE, { timeStyle: "medium", hourCycle: "h23" });
const shortClock = new Intl.DateTimeFormat(LANGUAGE, { timeStyle: "short", hourCycle: "h23" });
const shortDay = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short" });
const day = new Intl.DateTimeFormat(LANGUAGE, { weekday: "long", day: "numeric", month: "long" });
const dayAndClock = new Intl.DateTimeFormat(LANGUAGE, {
  dateStyle: "medium",
  timeStyle: "short",
  hourCycle: "h23",
});

export const formatInteger = (value: number): string => byDigits[0]?.format(value) ?? "";
export const formatCompact = (value: number): string =>
  Math.abs(value) < 10_000 ? formatInteger(value) : compactNumber.format(value);
export const formatClock = (atMs: number): string => clock.format(atMs);
export const formatShortClock = (atMs: number): string => shortClock.format(atMs);
export const formatShortDay = (atMs: number): string => shortDay.format(atMs);
export const formatDay = (atMs: number): string => day.format(atMs);
export const formatDayAndClock = (atMs: number): string => dayAndClock.format(atMs);

/** Below ten a second a digit more: 0.4/s is not 0/s. */
export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return "–";
  if (perSecond === 0) return "0";
  return perSecond < 10 ? (byDigits[1]?.format(perSecond) ?? "") : formatCompact(perSecond);
}

/** Three digits with a unit: `84.0 µs`, `1.23 ms`, `12.3 s`. */
export function formatDuration(ms: number): string {
  const [value, unit] = ms < 1 ? [ms * 1_000, "µs"] : ms < 1_000 ? [ms, "ms"] : [ms / 1_000, "s"];
  const digits = value >= 100 || value === 0 ? 0 : value >= 10 ? 1 : 2;
  return `${byDigits[digits]?.format(value)} ${unit}`;
}

/** The number alone, with the channel's digits: `22.4`. */
export function formatNumber(channel: string, value: number): string {
  const digits = channelLook(channel)?.digits ?? (Number.isInteger(value) ? 0 : 2);
  return (byDigits[digits] ?? byDigits[2])?.format(value) ?? "";
}

/** A value with its unit, or its word: `22.4 °C`, `open`. */
export function formatValue(channel: string, value: number): string {
  const look = channelLook(channel);
  if (look !== undefined && look.kind !== "analog") return stateWord(channel, value);
  const unit = look?.unit ?? "";
  return unit === "" ? formatNumber(channel, value) : `${formatNumber(channel, value)} ${unit}`;
}

export function stateWord(channel: string, value: number): string {
  const on = value > 0;
  if (channel === "door") return t(on ? "state.open" : "state.closed");
  return t(on ? "state.motion" : "state.still");
}

/** `now`, or how long ago in one unit. */
export const formatAgo = (ageMs: number): string =>
  ageMs < 2_000 ? t("age.now") : t("age.ago", { age: formatAge(ageMs) });

/** How long, in one unit: `4 s`, `12 min`, `3 h`, `2 d`. */
export function formatAge(ageMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1_000));
  if (seconds < 60) return t("age.seconds", { count: seconds });
  if (seconds < 3_600) return t("age.minutes", { count: Math.floor(seconds / 60) });
  if (seconds < 86_400) return t("age.hours", { count: Math.floor(seconds / 3_600) });
  return t("age.days", { count: Math.floor(seconds / 86_400) });
}

/** `meeting_room` as `Meeting room`, `person_entered` as `Person entered`: any name reads well. */
export function titleOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
