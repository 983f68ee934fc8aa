/**
 * Which readings of a hub's leaves are published on the bus: all of them, or those that differ from what was
 * published last; and of a channel at most one in an interval. One table for all leaves of a hub, on its thread.
 *
 *   leaf 0: 16 channels │ leaf 1: 16 channels │ …      channel code, value and time of the last that was due
 *
 * A restart of the hub forgets what was published, so that each channel is told once more.
 */
import { SLOTS_MAX } from "./leaf-row.ts";

export interface TelemetrySettings {
  readonly mode: "every" | "onChange";
  /** Of each channel of each leaf. */
  readonly minIntervalS: number;
}

/** As many channels as a leaf's row has slots; a further one is published with each report. */
/** In place of a channel's code: none. */
const FREE = -1;

export class Telemetry {
  readonly #onChange: boolean;
  readonly #minIntervalMs: number;
  readonly #channels: Int16Array;
  readonly #values: Float32Array;
  readonly #atMs: Float64Array;

  constructor({ mode, minIntervalS }: TelemetrySettings, leavesMax: number) {
    this.#onChange = mode === "onChange";
    this.#minIntervalMs = minIntervalS * 1_000;
    const slots = leavesMax * SLOTS_MAX;
    this.#channels = new Int16Array(slots).fill(FREE);
    this.#values = new Float32Array(slots);
    this.#atMs = new Float64Array(slots);
  }

  /** Whether a reading is to be published now, which then counts as done. `guess`: where in its report it stands. */
  isDue(leafId: number, guess: number, channel: number, value: number, atMs: number): boolean {
    const slot = this.#slotOf(leafId * SLOTS_MAX, guess, channel);
    if (slot === FREE) return true;
    if (this.#channels[slot] === FREE) this.#channels[slot] = channel;
    else {
      const sinceMs = atMs - (this.#atMs[slot] as number);
      // A clock that was set back must not silence a channel for as long.
      if (sinceMs >= 0 && sinceMs < this.#minIntervalMs) return false;
      if (this.#onChange && this.#values[slot] === value) return false;
    }
    this.#values[slot] = value;
    this.#atMs[slot] = atMs;
    return true;
  }

  /** The leaf is called something else from now on: all its channels are news. */
  forget(leafId: number): void {
    this.#channels.fill(FREE, leafId * SLOTS_MAX, (leafId + 1) * SLOTS_MAX);
  }

  #slotOf(base: number, guess: number, channel: number): number {
    // A leaf names its channels in the same order each time.
    if (guess < SLOTS_MAX && this.#channels[base + guess] === channel) return base + guess;
    for (let slot = base; slot < base + SLOTS_MAX; slot++) {
      const known = this.#channels[slot];
      if (known === channel || known === FREE) return slot;
    }
    return FREE;
  }
}

/** Undefined where all is published as it comes. */
export const telemetryOf = (
  settings: TelemetrySettings,
  leavesMax: number,
): Telemetry | undefined =>
  settings.mode === "every" && settings.minIntervalS === 0
    ? undefined
    : new Telemetry(settings, leavesMax);
