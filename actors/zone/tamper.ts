/**
 * Someone's breath, a lighter, a wet cloth: a value of one device that jumps further within 30 s than
 * a room can. Compares a reading with all of the same device in the window, so that a jump spread
 * over several reports is seen too.
 */

/** One sample a second is kept, and the window holds thirty. */
const SPACING_MS = 1_000;
const SAMPLES_MAX = 31;

export class JumpWindow {
  readonly #values = new Float64Array(SAMPLES_MAX);
  readonly #atMs = new Float64Array(SAMPLES_MAX).fill(-Infinity);
  #next = 0;
  #lastMs = -Infinity;

  /** The largest difference to a reading at most `withinMs` older, with its sign. */
  accept(value: number, atMs: number, withinMs: number): number {
    let jump = 0;
    for (let i = 0; i < SAMPLES_MAX; i++) {
      const ageMs = atMs - (this.#atMs[i] as number);
      if (ageMs < 0 || ageMs > withinMs) continue;
      const change = value - (this.#values[i] as number);
      if (Math.abs(change) > Math.abs(jump)) jump = change;
    }
    if (atMs - this.#lastMs >= SPACING_MS) {
      this.#values[this.#next] = value;
      this.#atMs[this.#next] = atMs;
      this.#next = (this.#next + 1) % SAMPLES_MAX;
      this.#lastMs = atMs;
    }
    return jump;
  }
}
