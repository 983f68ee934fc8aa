/**
 * The seed's limits of comfort, chapter 3.3: what lies outside is shown first and warrants an act. The one table for
 * prompt, guard and schedule.
 */
import type { ZoneSituation } from "../zone/messages.ts";

export type ComfortChannel = "temperature" | "humidity" | "co2" | "illuminance";

export interface ComfortRange {
  readonly channel: ComfortChannel;
  readonly min: number;
  readonly max: number;
  /** Only while people are in: nobody needs light in an empty room. */
  readonly whenOccupied: boolean;
}

export const COMFORT: readonly ComfortRange[] = [
  { channel: "temperature", min: 18, max: 26, whenOccupied: false },
  { channel: "humidity", min: 30, max: 60, whenOccupied: false },
  { channel: "co2", min: 0, max: 1_000, whenOccupied: false },
  { channel: "illuminance", min: 300, max: Number.POSITIVE_INFINITY, whenOccupied: true },
];

export interface OutOfRange {
  readonly channel: ComfortChannel;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly is: "high" | "low";
}

export const outOfRange = (situation: ZoneSituation): readonly OutOfRange[] =>
  rangesFor(situation).flatMap(({ channel, min, max }) => {
    const value = situation.readings[channel]?.value;
    const is = value === undefined ? undefined : sideOf(channel, value);
    return value === undefined || is === undefined ? [] : [{ channel, value, min, max, is }];
  });

/** Those that hold in a zone as it is. */
export const rangesFor = ({ occupancy }: ZoneSituation): readonly ComfortRange[] =>
  COMFORT.filter(({ whenOccupied }) => !whenOccupied || occupancy > 0);

/** Undefined: within its range. */
export function sideOf(channel: ComfortChannel, value: number): OutOfRange["is"] | undefined {
  const range = COMFORT.find((each) => each.channel === channel);
  if (range === undefined) return undefined;
  return value > range.max ? "high" : value < range.min ? "low" : undefined;
}
