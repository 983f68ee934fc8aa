/** A clock that stands still until it is told to go on. */
import type { Clock } from "../clock.ts";
import { Alarm, Timers } from "../timers.ts";

/** 2026-01-01T00:00:00Z, a Thursday: any fixed moment would do. */
const EPOCH_MS = 1_767_225_600_000;

export class VirtualClock implements Clock {
  #passedMs = 0;
  /** How far the wall clock has been set forward, or back. */
  #setMs = 0;
  /** What the alarms' own clock would call to fire those due; at most one, for the earliest. */
  #due: { atMs: number; fire: () => void } | undefined;
  readonly #alarms = new Timers({
    nowMs: () => this.nowMs(),
    monotonicMs: () => this.#passedMs,
    after: (delayMs, fire) => {
      const due = { atMs: this.#passedMs + delayMs, fire };
      this.#due = due;
      return () => {
        if (this.#due === due) this.#due = undefined;
      };
    },
  });

  nowMs(): number {
    return EPOCH_MS + this.#setMs + this.#passedMs;
  }

  monotonicMs(): number {
    return this.#passedMs;
  }

  after(delayMs: number, ring: () => void): () => void {
    const alarm = new Alarm(ring);
    this.#alarms.start(alarm, Math.max(delayMs, 0));
    return () => this.#alarms.cancel(alarm);
  }

  /** The wall clock is set forward, or back; no time passes. */
  setWall(byMs: number): void {
    this.#setMs += byMs;
  }

  /** Monotonic ms of the next alarm; undefined when there is none. */
  nextMs(): number | undefined {
    return this.#due?.atMs;
  }

  /** Goes on to `atMs` and rings what is due then. */
  goTo(atMs: number): void {
    if (atMs > this.#passedMs) this.#passedMs = atMs;
    const due = this.#due;
    if (due === undefined || due.atMs > this.#passedMs) return;
    this.#due = undefined;
    due.fire();
  }
}
