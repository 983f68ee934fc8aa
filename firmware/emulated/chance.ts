/** Chance as emulated things need it: a seed gives the same office on every machine. */
import { type Random, seededRandom } from "../../runtime/random.ts";

export class Chance {
  readonly #random: Random;

  /** `part` sets neighbours apart: the same office, leaf 1 and leaf 2. */
  constructor(seed: number, part = 0) {
    // 2^32 / golden ratio: successive parts land far from each other.
    this.#random = seededRandom((seed + Math.imul(part, 0x9e37_79b9)) | 0);
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.#random.next();
  }

  between(low: number, high: number): number {
    return low + this.#random.next() * (high - low);
  }

  /** Mean 0, deviation 1: four uniform numbers summed are near enough to normal for a sensor. */
  noise(): number {
    const { next } = this.#random;
    return (next() + next() + next() + next() - 2) * Math.sqrt(3);
  }

  /** Whether what comes `perHour` times on average comes within these seconds. */
  comes(perHour: number, withinS: number): boolean {
    return this.#random.next() < 1 - Math.exp((-perHour * withinS) / 3600);
  }
}
