/** Times and durations as people write them on a command line. */
import { InvalidArgumentError } from "commander";
import { systemClock } from "../../runtime/clock.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function durationMs(text: string): number | undefined {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(amount) * (UNIT_MS[unit] ?? Number.NaN);
  return Number.isFinite(ms) ? ms : undefined;
}

export function stepFlag(text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined && Number.isInteger(ms) && ms > 0) return ms;
  throw new InvalidArgumentError("Write a duration such as 10s, 1m, 1h or 1d.");
}

export function timeFlag(text: string): number {
  const agoMs = durationMs(text);
  const ms =
    agoMs !== undefined
      ? systemClock.nowMs() - agoMs
      : /^\d+$/.test(text)
        ? Number(text)
        : Date.parse(text);
  if (Number.isFinite(ms)) return ms;
  throw new InvalidArgumentError(
    "Write a time such as 2026-01-31T08:00, ms since 1970, or how long ago: 90m, 2d.",
  );
}
