/** So many a second on average, and so many at once: what is beyond is not taken. */
export class TokenBucket {
  readonly #perS: number;
  readonly #atOnceMax: number;
  #left: number;
  #filledAtMs: number;

  constructor(perS: number, atOnceMax: number, nowMs: number) {
    this.#perS = perS;
    this.#atOnceMax = atOnceMax;
    this.#left = atOnceMax;
    this.#filledAtMs = nowMs;
  }

  /** False: it is empty. A clock that goes back fills nothing. */
  take(nowMs: number): boolean {
    const forMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#filledAtMs = nowMs;
    this.#left = Math.min(this.#atOnceMax, this.#left + (forMs / 1_000) * this.#perS);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
