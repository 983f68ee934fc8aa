/**
 * How often each latency was seen, exact to the microsecond, in memory that all threads share:
 *
 *   index µs + thread × (LATENCY_US_MAX + 1) ▶ count; the last of a thread counts all that took longer
 */
const LATENCY_US_MAX = 1_000_000;

export const countsBytes = (threads: number): number =>
  threads * (LATENCY_US_MAX + 1) * Uint32Array.BYTES_PER_ELEMENT;

export class LatencyCounts {
  readonly #counts: Uint32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#counts = new Uint32Array(shared);
  }

  /** Each thread has words of its own. */
  add(thread: number, us: number): void {
    const at = thread * (LATENCY_US_MAX + 1) + Math.min(Math.floor(us), LATENCY_US_MAX);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts) total += count;
    return total;
  }

  clear(): void {
    this.#counts.fill(0);
  }

  /** The latency, µs, that `share` (0..1) of the messages did not exceed. */
  percentileUs(share: number): number {
    let left = Math.ceil(this.total * share);
    for (let us = 0; us < LATENCY_US_MAX; us++) {
      for (let at = us; at < this.#counts.length; at += LATENCY_US_MAX + 1) {
        left -= this.#counts[at] ?? 0;
      }
      if (left <= 0) return us;
    }
    return LATENCY_US_MAX;
  }
}
