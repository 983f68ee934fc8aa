/**
 * An office as a pure function of seed and time: any moment of any leaf can be asked for, so live
 * values and a week of history agree without being stored.
 */

export interface OfficeZone {
  readonly zone: string;
  /** People at the busiest. */
  readonly peopleMax: number;
  /** What the sun and the machines add, °C. */
  readonly warmth: number;
  /** 0..1: how well air is exchanged. */
  readonly ventilation: number;
}

export const OFFICE_ZONES: readonly OfficeZone[] = [
  { zone: "atelier", peopleMax: 5, warmth: 0.4, ventilation: 0.8 },
  { zone: "lab", peopleMax: 7, warmth: 3.1, ventilation: 0.52 },
  { zone: "library", peopleMax: 3, warmth: -0.6, ventilation: 0.9 },
  { zone: "meeting_room", peopleMax: 6, warmth: 0.8, ventilation: 0.6 },
];

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** A fair 0..1 from any mix of numbers and names: FNV-1a, then a finishing mix. */
export function chance(...parts: readonly (number | string)[]): number {
  let hash = 0x811c9dc5;
  for (const char of parts.join("|")) {
    hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

/** -1..1, without jumps, a new course every `periodMs`. */
function drift(atMs: number, periodMs: number, ...names: readonly (number | string)[]): number {
  const place = atMs / periodMs;
  const step = Math.floor(place);
  const share = place - step;
  const ease = share * share * (3 - 2 * share);
  const from = chance(step, ...names);
  const to = chance(step + 1, ...names);
  return (from + (to - from) * ease) * 2 - 1;
}

const hourOf = (atMs: number): number => (atMs / HOUR_MS) % 24;

/** People in a zone: office hours with a dip at noon, coming and going by the quarter hour. */
export function peopleAt(zone: OfficeZone, seed: number, atMs: number): number {
  const hour = hourOf(atMs);
  const open = hour > 8 && hour < 19 ? Math.sin(((hour - 8) / 11) * Math.PI) ** 0.4 : 0;
  const lunch = hour > 12 && hour < 13 ? 0.35 : 1;
  const wish = 0.62 + 0.45 * drift(atMs, 15 * MINUTE_MS, seed, zone.zone, "people");
  return Math.max(0, Math.round(zone.peopleMax * open * lunch * wish));
}

/** The value one leaf would report; undefined for a channel this office does not have. */
export function valueAt(
  zone: OfficeZone,
  leaf: string,
  channel: string,
  seed: number,
  atMs: number,
): number | undefined {
  const bias = chance(seed, leaf, channel) * 2 - 1;
  const noise = drift(atMs, 4_000, seed, leaf, channel);
  const wave = drift(atMs, 9 * MINUTE_MS, seed, zone.zone, channel);
  const sun = Math.max(0, Math.sin(((hourOf(atMs) - 6) / 13) * Math.PI));
  const people = peopleAt(zone, seed, atMs);
  switch (channel) {
    case "temperature":
      return (
        20.6 + zone.warmth + 1.6 * sun + 0.25 * wave + 0.12 * people + 0.3 * bias + 0.04 * noise
      );
    case "humidity":
      return 44 - 2.5 * zone.warmth + 3 * wave + 0.5 * people + 1.5 * bias + 0.2 * noise;
    case "co2":
      return (
        430 +
        recentPeople(zone, seed, atMs) * (230 - 170 * zone.ventilation) +
        24 * wave +
        20 * bias +
        4 * noise
      );
    case "illuminance":
      return Math.max(0, 380 * sun + (people > 0 ? 260 : 0) + 40 * wave + 60 * bias + 5 * noise);
    case "pressure":
      return 1_013 + 6 * drift(atMs, 11 * HOUR_MS, seed, "weather") + 0.2 * bias + 0.03 * noise;
    case "sound_level":
      return 32 + 3.4 * people + 3 * wave + 2 * bias + 2 * noise;
    case "soil_moisture":
      return 38 + 14 * drift(atMs, 40 * HOUR_MS, seed, leaf) + 0.4 * noise;
    case "motion":
      return people > 0 && chance(seed, leaf, Math.floor(atMs / 7_000)) < 0.35 ? 1 : 0;
    case "door":
      return people > 0 && chance(seed, zone.zone, "door", Math.floor(atMs / 90_000)) < 0.2 ? 1 : 0;
    case "battery_mv":
      return 2_700 + 300 * bias + 4 * noise;
    default:
      return undefined;
  }
}

/** Air remembers who was here: the mean of the last 40 minutes. */
function recentPeople(zone: OfficeZone, seed: number, atMs: number): number {
  let sum = 0;
  for (let minutes = 0; minutes < 40; minutes += 5) {
    const smooth = drift(atMs - minutes * MINUTE_MS, 15 * MINUTE_MS, seed, zone.zone, "people");
    const hour = hourOf(atMs - minutes * MINUTE_MS);
    sum += hour > 8 && hour < 19 ? Math.max(0, zone.peopleMax * (0.62 + 0.45 * smooth)) : 0;
  }
  return sum / 8;
}
