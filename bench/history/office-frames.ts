/**
 * Readings as an office's sensors send them: four a frame in the steps that such sensors have, with
 * their noise, frames some ms late. Seeded: every run has the same.
 */
import { BATCH, RECORD } from "../../actors/historian/messages.ts";
import type { Batch } from "../../actors/historian/reading-buffer.ts";

/** Temperature, humidity, light, CO2: channel code, start, drift and noise of a step, steps a unit. */
const SENSORS = [
  { channel: 1, value: 21, drift: 0.01, noise: 0.06, steps: 100 },
  { channel: 2, value: 40, drift: 0.02, noise: 0.2, steps: 10 },
  { channel: 3, value: 400, drift: 0.5, noise: 8, steps: 1 },
  { channel: 4, value: 600, drift: 0.5, noise: 8, steps: 1 },
] as const;
export const READINGS = SENSORS.length;
export const CHANNELS: readonly number[] = SENSORS.map(({ channel }) => channel);
export const RECORD_BYTES = RECORD.headerBytes + READINGS * RECORD.readingBytes;
/** On the way from leaf to hub. */
const LATE_MS = 50;

export class OfficeFrames {
  #state: number;
  readonly #values = new Map<number, Float64Array>();

  constructor(seed: number) {
    this.#state = seed;
  }

  /** 0 to 1, from a linear congruential generator: Numerical Recipes, 7.1. */
  #chance(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 32;
  }

  /** One frame of each of a hub's leaves, sent at `atMs`. */
  batch(hubNo: number, leaves: number, atMs: number): Batch {
    const view = new DataView(new ArrayBuffer(BATCH.headerBytes + leaves * RECORD_BYTES));
    view.setUint16(BATCH.hubNo, hubNo, true);
    let at: number = BATCH.headerBytes;
    for (let leafId = 0; leafId < leaves; leafId++) {
      const values = this.#valuesOf(hubNo * 2 ** 16 + leafId);
      view.setUint16(at + RECORD.leafId, leafId, true);
      view.setUint8(at + RECORD.count, READINGS);
      view.setFloat64(at + RECORD.atMs, atMs + Math.floor(this.#chance() * LATE_MS), true);
      at += RECORD.headerBytes;
      for (const [i, { channel, drift, noise, steps }] of SENSORS.entries()) {
        values[i] = (values[i] as number) + (this.#chance() - 0.5) * drift;
        const measured = (values[i] as number) + (this.#chance() - 0.5) * noise;
        view.setUint8(at, channel);
        view.setFloat32(at + 1, Math.round(measured * steps) / steps, true);
        at += RECORD.readingBytes;
      }
    }
    return { view, readings: leaves * READINGS };
  }

  #valuesOf(leaf: number): Float64Array {
    let values = this.#values.get(leaf);
    if (values === undefined) {
      values = Float64Array.from(SENSORS, ({ value }) => value);
      this.#values.set(leaf, values);
    }
    return values;
  }
}
