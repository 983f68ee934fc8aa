/**
 * When the next cycle begins: 3 s after the first event since the last one, so that a burst is one cycle;
 * at the latest 30 s after the last; and never less than 25 s after it, however urgent. Pure.
 *
 *   begin ──25 s──┬────5 s────▶ timer
 *                 └▶ here at the earliest: an event's 3 s, an operator's wish
 */
export interface ScheduleTimes {
  readonly batchDelayMs: number;
  readonly everyMs: number;
  readonly apartMs: number;
}

export type Trigger = "events" | "timer" | "operator";

export class Schedule {
  readonly #times: ScheduleTimes;
  #begunAtMs: number;
  #startedAtMs: number;
  #eventsAtMs: number | undefined;
  #wishedAtMs: number | undefined;

  /** `begunAtMs`: of the last cycle before a restart; those cycles stay apart as well. */
  constructor(times: ScheduleTimes, nowMs: number, begunAtMs: number | undefined) {
    this.#times = times;
    this.#startedAtMs = nowMs;
    this.#begunAtMs = begunAtMs ?? Number.NEGATIVE_INFINITY;
  }

  event(nowMs: number): void {
    this.#eventsAtMs ??= nowMs + this.#times.batchDelayMs;
  }

  wish(nowMs: number): void {
    this.#wishedAtMs ??= nowMs;
  }

  /** A clock that was set back must not keep the agent from thinking for as long. */
  setBack(nowMs: number): void {
    this.#begunAtMs = Math.min(this.#begunAtMs, nowMs);
    this.#startedAtMs = Math.min(this.#startedAtMs, nowMs);
  }

  next(): { readonly atMs: number; readonly trigger: Trigger } {
    const timerAtMs = Math.max(this.#startedAtMs, this.#begunAtMs) + this.#times.everyMs;
    const eventsAtMs = this.#eventsAtMs ?? Number.POSITIVE_INFINITY;
    const wishedAtMs = this.#wishedAtMs ?? Number.POSITIVE_INFINITY;
    const wantedAtMs = Math.min(timerAtMs, eventsAtMs, wishedAtMs);
    const atMs = Math.max(wantedAtMs, this.#begunAtMs + this.#times.apartMs);
    const trigger = wishedAtMs <= atMs ? "operator" : eventsAtMs <= atMs ? "events" : "timer";
    return { atMs, trigger };
  }

  /** The timer's look found nothing to think about: what comes now need not wait for it. */
  looked(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  begun(nowMs: number): void {
    this.#begunAtMs = nowMs;
    this.#eventsAtMs = undefined;
    this.#wishedAtMs = undefined;
  }
}
