/**
 * What the air of a room says about people in it, as numbers for a linear model: levels where they
 * mean the same in every room, and otherwise how far a channel is above its own past.
 *
 *   trend over τ = x − mean of the past, weighted by e^(−age / τ)
 *
 * People exhale CO2, warm and moisten the air; how warm an empty room is differs from room to room and
 * from season to season, so temperature and humidity count by their trends alone.
 */
export const AIR_CHANNELS = ["illuminance", "co2", "temperature", "humidity"] as const;
export type AirChannel = (typeof AIR_CHANNELS)[number];

/** By channel: lux, ppm, °C, %. Undefined: nobody measures it, or not lately. */
export type AirReadings = Readonly<Record<AirChannel, number | undefined>>;

interface Feature {
  readonly channel: AirChannel;
  /** Of the trend, minutes; undefined: the level. */
  readonly trendMin: number | undefined;
}

/** Ventilation clears a room in a quarter of an hour to some hours; a working day is eight. */
const FEATURES: readonly Feature[] = [
  { channel: "illuminance", trendMin: undefined },
  { channel: "co2", trendMin: undefined },
  ...[10, 30, 120, 480].map((trendMin) => ({ channel: "co2", trendMin }) as const),
  ...[30, 120, 480].map((trendMin) => ({ channel: "temperature", trendMin }) as const),
  ...[30, 120, 480].map((trendMin) => ({ channel: "humidity", trendMin }) as const),
];

export const FEATURE_COUNT = FEATURES.length;

/** The features that can be told from these channels, by their places. */
export const featuresOf = (channels: ReadonlySet<AirChannel>): number[] =>
  FEATURES.flatMap(({ channel }, place) => (channels.has(channel) ? [place] : []));

/** After a longer gap the past of a channel says nothing about its present. */
const GAP_MS_MAX = 3_600_000;
const MINUTE_MS = 60_000;
/** Clean outdoor air, ppm (NOAA, 2015, when the training room was measured). */
const OUTDOOR_CO2_PPM = 400;

/** Linear where people perceive and air mixes: light by its root, CO2 by its ratio to outdoor air. */
const scaled = (channel: AirChannel, value: number): number => {
  if (channel === "illuminance") return Math.sqrt(Math.max(0, value));
  if (channel === "co2") return Math.log(Math.max(1, value) / OUTDOOR_CO2_PPM);
  return value;
};

export class AirFeatures {
  /** NaN where a channel is not measured. Overwritten by each `observe`. */
  readonly values = new Float64Array(FEATURE_COUNT).fill(Number.NaN);
  readonly #means = new Float64Array(FEATURE_COUNT);
  readonly #heardMs = new Map<AirChannel, number>();
  readonly #sinceMs = new Map<AirChannel, number>();

  observe(atMs: number, readings: AirReadings): void {
    for (const channel of AIR_CHANNELS) this.#observe(channel, atMs, readings[channel]);
  }

  /** For how long this channel has been heard without a long gap, ms. */
  pastMs(channel: AirChannel, nowMs: number): number {
    return nowMs - (this.#sinceMs.get(channel) ?? nowMs);
  }

  #observe(channel: AirChannel, atMs: number, reading: number | undefined): void {
    const elapsedMs = atMs - (this.#heardMs.get(channel) ?? Number.NEGATIVE_INFINITY);
    const isNew = elapsedMs > GAP_MS_MAX || elapsedMs < 0;
    if (reading !== undefined) {
      this.#heardMs.set(channel, atMs);
      if (isNew) this.#sinceMs.set(channel, atMs);
    }
    const x = reading === undefined ? Number.NaN : scaled(channel, reading);
    for (const [place, feature] of FEATURES.entries()) {
      if (feature.channel !== channel) continue;
      this.values[place] =
        reading === undefined || feature.trendMin === undefined
          ? x
          : this.#trend(place, x, isNew ? Number.POSITIVE_INFINITY : elapsedMs, feature.trendMin);
    }
  }

  #trend(place: number, x: number, elapsedMs: number, trendMin: number): number {
    const share = 1 - Math.exp(-elapsedMs / (trendMin * MINUTE_MS));
    const before = this.#means[place] as number;
    const mean = before + share * (x - before);
    this.#means[place] = mean;
    return x - mean;
  }
}
