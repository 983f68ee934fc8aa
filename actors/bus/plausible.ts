/** What sensors can have measured, channel by channel: in a trusted zone nothing else is a reading. */
import type { CHANNELS } from "../../firmware/wire/frame-types.ts";

type Range = readonly [min: number, max: number];

/** Ranges of the sensors that leaves carry, their data sheets'; units as on the wire. */
const RANGES: Readonly<Record<keyof typeof CHANNELS | "posture_duration", Range>> = {
  temperature: [-40, 85],
  humidity: [0, 100],
  pressure: [300, 1_100],
  co2: [0, 40_000],
  illuminance: [0, 200_000],
  motion: [0, 1],
  gas_resistance: [0, 100_000_000],
  soil_moisture: [0, 100],
  ph: [0, 14],
  ec: [0, 20_000],
  battery_mv: [0, 65_535],
  door: [0, 1],
  water_level: [0, 100],
  sound_level: [0, 140],
  // Of a camera's activity, s.
  posture_duration: [0, 86_400],
};

export function isPlausible(channel: string, value: number): boolean {
  if (!Object.hasOwn(RANGES, channel)) return false;
  const [min, max] = RANGES[channel as keyof typeof RANGES];
  return value >= min && value <= max;
}
