/**
 * How many frames a leaf may send: a token bucket, and quarantine for a leaf that exceeds it for
 * long. Pure; one for each leaf. A restart of the leaf's actor fills the bucket.
 */

/** Two seconds' frames at once: what a leaf catches up with after an outage. */
const BURST_S = 2;
/** A burst is over by then: a leaf that still exceeds its rate is broken or hostile. */
export const EXCESS_MS_MAX = 5_000;
/** For limits below one a second: the time of this many frames. */
const EXCESS_FRAMES_MAX = 5;
/** `quarantine`: refused, and so are all frames from now on until the quarantine is over. */
export type Verdict = "pass" | "limited" | "quarantine";

export class RateLimit {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #filledAtMs = 0;
  /** A leaf without a refusal for this long keeps to its rate: a second, or two of its frames. */
  readonly #calmMs: number;
  readonly #excessMsMax: number;
  /** When the run of refusals began, and its last one. */
  #excessSinceMs = -Infinity;
  #refusedAtMs = -Infinity;

  constructor(framesPerSecondMax: number) {
    this.#perMs = framesPerSecondMax / 1_000;
    // At least one frame, or nothing would ever pass a limit below one in two seconds.
    this.#burst = Math.max(1, framesPerSecondMax * BURST_S);
    this.#tokens = this.#burst;
    this.#calmMs = Math.max(1_000, 2 / this.#perMs);
    this.#excessMsMax = Math.max(EXCESS_MS_MAX, EXCESS_FRAMES_MAX / this.#perMs);
  }

  /** `nowMs` may stand still or step back: then nothing is filled in. */
  take(nowMs: number): Verdict {
    if (nowMs > this.#filledAtMs) {
      const refill = (nowMs - this.#filledAtMs) * this.#perMs;
      this.#tokens = Math.min(this.#burst, this.#tokens + refill);
    }
    this.#filledAtMs = nowMs;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return "pass";
    }
    if (nowMs - this.#refusedAtMs > this.#calmMs) this.#excessSinceMs = nowMs;
    this.#refusedAtMs = nowMs;
    return nowMs - this.#excessSinceMs < this.#excessMsMax ? "limited" : "quarantine";
  }
}
