/**
 * One value for a zone out of what many sources measured: the mean, weighted by reliability and age.
 *
 *   weight = reliability · e^(−age / h)      readings older than 600 s count no more
 *
 * As SOMS does it, `h` being an e-folding time; but for analog channels alone: a mean of motion or
 * door states says nothing (see motion.ts and doors.ts). Pure but for what it remembers.
 */
import type { Sample as NamedSample } from "./causes.ts";
import type { FusedValue, Origin } from "./messages.ts";

/** e-folding times, ms. CO2 sensors react within a minute, climate ones within two. */
const FOLDING_MS: ReadonlyMap<string, number> = new Map([
  ["temperature", 120_000],
  ["humidity", 120_000],
  ["illuminance", 120_000],
  ["co2", 60_000],
]);
const FOLDING_MS_DEFAULT = 120_000;

/** Reliability of a source nobody has judged. Only ratios matter while all share it. */
export const RELIABILITY_DEFAULT = 0.5;

export const READING_AGE_MS_MAX = 600_000;

/** Half of what a float32 reading carries, and far below any sensor's noise: no 22.300000000000004. */
const DECIMALS = 1e4;

/** Not a quantity of the zone: a state, an event, a property of the device, or counted elsewhere. */
const NOT_ANALOG = new Set(["motion", "door", "battery_mv", "occupancy"]);

/** A channel nobody knows counts as analog, so that foreign devices' quantities are shown. */
export const isAnalog = (channel: string): boolean => !NOT_ANALOG.has(channel);

/** Wire v1 has 14 channels and 242 unknown ones; a foreign device may invent more. */
export const CHANNELS_MAX = 64;

/** What a foreign topic may end in: `PM2.5`, not `__proto__`. */
const CHANNEL = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

interface Sample {
  value: number;
  atMs: number;
  readonly reliability: number;
}

export class Fusion {
  /** channel → source → newest sample. Bounded by `CHANNELS_MAX` and the zone's bound on sources. */
  readonly #samples = new Map<string, Map<string, Sample>>();
  readonly #originOf: (source: string) => Origin;

  constructor(originOf: (source: string) => Origin = () => "sensor") {
    this.#originOf = originOf;
  }

  /**
   * False for a name that is none, and when there is no room for another channel. A sample older than
   * the last of its source is ignored.
   */
  accept(source: string, channel: string, value: number, atMs: number): boolean {
    let samples = this.#samples.get(channel);
    if (samples === undefined) {
      if (this.#samples.size === CHANNELS_MAX || !CHANNEL.test(channel)) return false;
      samples = new Map();
      this.#samples.set(channel, samples);
    }
    const sample = samples.get(source);
    if (sample === undefined) {
      samples.set(source, { value, atMs, reliability: RELIABILITY_DEFAULT });
    } else if (atMs >= sample.atMs) {
      sample.value = value;
      sample.atMs = atMs;
    }
    return true;
  }

  forget(source: string): void {
    for (const samples of this.#samples.values()) samples.delete(source);
  }

  channels(): Iterable<string> {
    return this.#samples.keys();
  }

  /** What is in a channel's mean. */
  *samples(channel: string): Iterable<NamedSample> {
    for (const [source, { value, atMs }] of this.#samples.get(channel) ?? [])
      yield { source, origin: this.#originOf(source), value, atMs };
  }

  /** Undefined when nothing counts any more. Drops what is too old on its way. */
  fuse(channel: string, nowMs: number): FusedValue | undefined {
    const samples = this.#samples.get(channel);
    if (samples === undefined) return undefined;
    const foldingMs = FOLDING_MS.get(channel) ?? FOLDING_MS_DEFAULT;
    let weights = 0;
    let weighted = 0;
    let newestMs = 0;
    let isAllOurs = true;
    for (const [source, sample] of samples) {
      const ageMs = Math.max(0, nowMs - sample.atMs);
      if (ageMs > READING_AGE_MS_MAX) {
        samples.delete(source);
        continue;
      }
      const weight = sample.reliability * Math.exp(-ageMs / foldingMs);
      weights += weight;
      weighted += weight * sample.value;
      newestMs = Math.max(newestMs, sample.atMs);
      if (this.#originOf(source) !== "sensor") isAllOurs = false;
    }
    if (samples.size === 0) {
      this.#samples.delete(channel);
      return undefined;
    }
    const fused = { value: rounded(weighted / weights), atMs: newestMs, sources: samples.size };
    return isAllOurs ? fused : { ...fused, byOrigin: this.#byOrigin(samples, nowMs, foldingMs) };
  }

  #byOrigin(
    samples: ReadonlyMap<string, Sample>,
    nowMs: number,
    foldingMs: number,
  ): NonNullable<FusedValue["byOrigin"]> {
    const sums: Partial<Record<Origin, { weights: number; weighted: number }>> = {};
    for (const [source, { value, atMs, reliability }] of samples) {
      const weight = reliability * Math.exp(-Math.max(0, nowMs - atMs) / foldingMs);
      const origin = this.#originOf(source);
      sums[origin] ??= { weights: 0, weighted: 0 };
      sums[origin].weights += weight;
      sums[origin].weighted += weight * value;
    }
    return Object.fromEntries(
      Object.entries(sums).map(([origin, { weights, weighted }]) => [
        origin,
        rounded(weighted / weights),
      ]),
    );
  }
}

const rounded = (value: number): number => Math.round(value * DECIMALS) / DECIMALS;
