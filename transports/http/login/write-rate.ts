/** How much one caller may write: a bucket each, of so many at once and so many a minute. */
import type { Clock } from "../../../runtime/clock.ts";

/** Callers looked at; beyond it the one unused the longest begins anew. */
const CALLERS_KEPT_MAX = 4_096;
const MINUTE_MS = 60_000;

export class WriteRate {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #perMinute: number;
  readonly #buckets = new Map<string, { left: number; atMs: number }>();

  constructor(clock: Pick<Clock, "monotonicMs">, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** 0: go on; else ms until one more is let through. */
  take(caller: string): number {
    const nowMs = this.#clock.monotonicMs();
    const perMs = this.#perMinute / MINUTE_MS;
    const known = this.#buckets.get(caller);
    const grown = known === undefined ? this.#perMinute : known.left + (nowMs - known.atMs) * perMs;
    const left = Math.min(this.#perMinute, grown);
    this.#buckets.delete(caller);
    if (this.#buckets.size >= CALLERS_KEPT_MAX) {
      this.#buckets.delete(this.#buckets.keys().next().value as string);
    }
    const isLet = left >= 1;
    this.#buckets.set(caller, { left: isLet ? left - 1 : left, atMs: nowMs });
    return isLet ? 0 : Math.ceil((1 - left) / perMs);
  }
}
