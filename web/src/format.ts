/** Numbers, times and states as people read them, in the page's language. */
import { channelLook } from "./channels.ts";
import { language, t, wordOf } from "./strings.ts";

interface Formats {
  readonly byDigits: readonly Intl.NumberFormat[];
  readonly compact: Intl.NumberFormat;
  readonly clock: Intl.DateTimeFormat;
  readonly shortClock: Intl.DateTimeFormat;
  readonly shortDay: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
  readonly dayAndClock: Intl.DateTimeFormat;
  readonly list: Intl.ListFormat;
}

/** Costly to make, so one set a language. */
const formatsOf = new Map<string, Formats>();

function formats(): Formats {
  const locale = language();
  const known = formatsOf.get(locale);
  if (known !== undefined) return known;
  const made = makeFormats(locale);
  formatsOf.set(locale, made);
  return made;
}

const makeFormats = (locale: string): Formats => ({
  byDigits: [0, 1, 2].map(
    (digits) =>
      new Intl.NumberFormat(locale, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }),
  ),
  compact: new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 }),
  clock: new Intl.DateTimeFormat(locale, { timeStyle: "medium", hourCycle: "h23" }),
  shortClock: new Intl.DateTimeFormat(locale, { timeStyle: "short", hourCycle: "h23" }),
  shortDay: new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }),
  day: new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" }),
  dayAndClock: new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "short",
    hourCycle: "h23",
  }),
  list: new Intl.ListFormat(locale, { type: "unit", style: "short" }),
});

export const formatInteger = (value: number): string => formats().byDigits[0]?.format(value) ?? "";
export const formatCompact = (value: number): string =>
  Math.abs(value) < 10_000 ? formatInteger(value) : formats().compact.format(value);
export const formatClock = (atMs: number): string => formats().clock.format(atMs);
export const formatShortClock = (atMs: number): string => formats().shortClock.format(atMs);
export const formatShortDay = (atMs: number): string => formats().shortDay.format(atMs);
export const formatDay = (atMs: number): string => formats().day.format(atMs);
export const formatDayAndClock = (atMs: number): string => formats().dayAndClock.format(atMs);

/** Names in a row: `a, b`, `a、b`. */
export const formatList = (names: readonly string[]): string => formats().list.format(names);

/** A factor or a share with up to two digits: `1.35`. */
export const formatFactor = (value: number): string => formats().byDigits[2]?.format(value) ?? "";

/** Thousandths of a point as points, with digits only where there are some: `1,500`, `12.50`. */
export const formatMilli = (milli: number): string =>
  formats().byDigits[milli % 1_000 === 0 ? 0 : 2]?.format(milli / 1_000) ?? "";

/** Below ten a second a digit more: 0.4/s is not 0/s. */
export function formatRate(perSecond: number | undefined): string {
  if (perSecond === undefined) return "–";
  if (perSecond === 0) return "0";
  return perSecond < 10
    ? (formats().byDigits[1]?.format(perSecond) ?? "")
    : formatCompact(perSecond);
}

/** Three digits with a unit: `84.0 µs`, `1.23 ms`, `12.3 s`. */
export function formatDuration(ms: number): string {
  const [value, unit] = ms < 1 ? [ms * 1_000, "µs"] : ms < 1_000 ? [ms, "ms"] : [ms / 1_000, "s"];
  const digits = value >= 100 || value === 0 ? 0 : value >= 10 ? 1 : 2;
  return `${formats().byDigits[digits]?.format(value)} ${unit}`;
}

/** The number alone, with the channel's digits: `22.4`. */
export function formatNumber(channel: string, value: number): string {
  const digits = channelLook(channel)?.digits ?? (Number.isInteger(value) ? 0 : 2);
  return (formats().byDigits[digits] ?? formats().byDigits[2])?.format(value) ?? "";
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

/** An event's kind in the page's words; of a kind that is new to the page, its name. */
export const kindTitle = (kind: string): string => wordOf("event", kind) ?? titleOf(kind);

/** `Switch` for `set_state`; of a command that is new to the page, its name or number. */
export const commandTitle = (command: string | number): string =>
  wordOf("command", String(command)) ?? String(command);

/** Why something was refused, by the node or, after `leaf:`, by a leaf itself. */
export const refusalWords = (reason: string): string =>
  (reason.startsWith("leaf:")
    ? wordOf("leafRefusal", reason.slice("leaf:".length))
    : wordOf("refusal", reason)) ?? reason;
