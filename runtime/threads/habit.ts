/**
 * Something that is done again as long as it pays: each success earns credit, each failure costs
 * some, and without any it is tried only now and then.
 */
const TRY_EVERY = 16;
const GAIN = 2;
const CREDIT_MAX = 16;

export class Habit {
  #credit = 0;
  #asked = 0;

  /** Whether it is to be done now; then `note` how it went. */
  isDue(): boolean {
    this.#asked += 1;
    return this.#credit > 0 || this.#asked % TRY_EVERY === 0;
  }

  /** Returns what it is given. */
  note(hasPaid: boolean): boolean {
    if (hasPaid) this.#credit = Math.min(this.#credit + GAIN, CREDIT_MAX);
    else if (this.#credit > 0) this.#credit -= 1;
    return hasPaid;
  }
}
