/**
 * Looks out for what arrives before a thread goes to sleep: an answer often comes within microseconds,
 * where sleeping and being woken takes 40.
 *
 * It takes a core meanwhile, which is lost where others need it and the answer cannot come for that very
 * reason. So it must pay: a success earns credit, a failure costs some, and without any it is tried ever
 * more seldom.
 */

/** Some 40 us: as long as being woken takes, so that the worst is twice the best. */
const LOOKS = 512;
const GAIN = 2;
const CREDIT_MAX = 16;
/** Without credit: of so many times that a thread goes to sleep, one is used for a try. */
const TRY_EVERY = { least: 8, most: 256 } as const;

export class Lookout {
  readonly #arrived: () => boolean;
  #credit = 0;
  #tryEvery: number = TRY_EVERY.least;
  #untilTry = 1;

  constructor(arrived: () => boolean) {
    this.#arrived = arrived;
  }

  /** True when something has arrived. */
  look(): boolean {
    if (this.#credit === 0) {
      this.#untilTry -= 1;
      if (this.#untilTry > 0) return false;
    }
    for (let look = 0; look < LOOKS; look += 1) {
      if (this.#arrived()) {
        this.#credit = Math.min(this.#credit + GAIN, CREDIT_MAX);
        this.#tryEvery = TRY_EVERY.least;
        return true;
      }
      Atomics.pause();
    }
    if (this.#credit > 0) this.#credit -= 1;
    else this.#tryEvery = Math.min(this.#tryEvery * 2, TRY_EVERY.most);
    this.#untilTry = this.#tryEvery;
    return false;
  }
}
