/** Restart intensity: how many restarts in what time before the supervisor itself fails. */
import type { RestartIntensity } from "./supervisor.ts";

export class RestartWindow {
  readonly #intensity: RestartIntensity;
  /** Monotonic ms of the restarts still within the window; at most `restartsMax + 1`. */
  #restartsMs: number[] = [];

  constructor(intensity: RestartIntensity) {
    this.#intensity = intensity;
  }

  /** Counts a restart; false when it is one too many. */
  admits(nowMs: number): boolean {
    const { restartsMax, withinMs } = this.#intensity;
    this.#restartsMs = this.#restartsMs.filter((atMs) => nowMs - atMs < withinMs);
    this.#restartsMs.push(nowMs);
    return this.#restartsMs.length <= restartsMax;
  }
}
