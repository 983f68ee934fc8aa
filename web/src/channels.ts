/** How each channel is shown: its words, unit, digits, and what people find comfortable. */
import { type StringKey, t } from "./strings.ts";

export interface ChannelLook {
  readonly label: StringKey;
  readonly unit: string;
  readonly digits: number;
  /** `state` is on or off until told otherwise, `event` was true at a moment. */
  readonly kind: "analog" | "state" | "event";
  /** 18-26 °C and 30-60 % as in the seed's alerts; CO2 below 1000 ppm. */
  readonly comfort?: readonly [low: number, high: number];
  /** The least span a plot shows, so that noise does not look like weather. */
  readonly spanMin: number;
  /** Has a sparkline of its own on a zone's tile; the others are named in a line below. */
  readonly plottedOnFloor?: true;
}

/** In the order they are shown. The wire's fourteen channels. */
export const CHANNELS: Readonly<Record<string, ChannelLook>> = {
  temperature: look("temperature", "°C", 1, 1.2, { comfort: [18, 26], plottedOnFloor: true }),
  humidity: look("humidity", "%", 0, 5, { comfort: [30, 60], plottedOnFloor: true }),
  co2: look("co2", "ppm", 0, 120, { comfort: [0, 1_000], plottedOnFloor: true }),
  illuminance: look("illuminance", "lx", 0, 60, { plottedOnFloor: true }),
  motion: look("motion", "", 0, 1, { kind: "event" }),
  door: look("door", "", 0, 1, { kind: "state" }),
  pressure: look("pressure", "hPa", 0, 4),
  sound_level: look("sound_level", "dB", 0, 10),
  gas_resistance: look("gas_resistance", "Ω", 0, 5_000),
  soil_moisture: look("soil_moisture", "%", 0, 8),
  ph: look("ph", "pH", 2, 0.5),
  ec: look("ec", "mS/cm", 2, 0.5),
  water_level: look("water_level", "cm", 0, 4),
  battery_mv: look("battery_mv", "mV", 0, 100),
};

const ORDER = Object.keys(CHANNELS);

/** An unknown channel (`unknown_0x3f`) is shown under the name the node gave it. */
export function channelLook(channel: string): ChannelLook | undefined {
  return CHANNELS[channel];
}

/** Channels of a set of readings in the order people look for them, unknown ones last. */
export function channelsInOrder(readings: Readonly<Record<string, unknown>>): string[] {
  const rank = (channel: string) => {
    const at = ORDER.indexOf(channel);
    return at === -1 ? ORDER.length : at;
  };
  return Object.keys(readings).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

export type Comfort = "low" | "good" | "high" | "neutral";

export function comfortOf(channel: string, value: number): Comfort {
  const comfort = CHANNELS[channel]?.comfort;
  if (comfort === undefined) return "neutral";
  if (value < comfort[0]) return "low";
  return value > comfort[1] ? "high" : "good";
}

/** Text colour of a value by comfort: cold is blue, too warm or too stale is amber. */
export const COMFORT_INK: Readonly<Record<Comfort, string>> = {
  low: "text-cool",
  good: "text-ink",
  high: "text-warn",
  neutral: "text-ink",
};

function look(
  name: string,
  unit: string,
  digits: number,
  spanMin: number,
  more: Partial<Pick<ChannelLook, "kind" | "comfort" | "plottedOnFloor">> = {},
): ChannelLook {
  return {
    label: `channel.${name}` as StringKey,
    unit,
    digits,
    spanMin,
    kind: "analog",
    ...more,
  };
}

export const channelTitle = (channel: string): string => {
  const known = CHANNELS[channel];
  return known === undefined ? channel : t(known.label);
};
