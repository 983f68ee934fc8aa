/**
 * All timers of a system in one binary heap, and one alarm at the clock for the earliest.
 *
 *   start ──▶ heap by due time, then by order of starting ──▶ alarm ──▶ fire()
 *
 * A timer knows its slot, so that cancelling one of many is O(log n) and leaves nothing behind.
 */
import type { Clock } from "./clock.ts";
import { invariant } from "./invariant.ts";

/** Something that happens at a time; what, the subclass says. */
export abstract class Timer {
  /** Monotonic ms. */
  dueMs = 0;
  order = 0;
  /** Index in the heap; -1 when not started. */
  slot = -1;

  abstract fire(): void;
}

/** A timer that calls what it was given. */
export class Alarm extends Timer {
  readonly #ring: () => void;

  constructor(ring: () => void) {
    super();
    this.#ring = ring;
  }

  fire(): void {
    this.#ring();
  }
}

export class Timers {
  readonly #clock: Clock;
  readonly #heap: Timer[] = [];
  #order = 0;
  #alarmMs = Number.POSITIVE_INFINITY;
  #cancelAlarm: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get count(): number {
    return this.#heap.length;
  }

  /** Starts a timer, or starts it anew. */
  start(timer: Timer, delayMs: number): void {
    this.startAt(timer, this.#clock.monotonicMs() + delayMs);
  }

  startAt(timer: Timer, dueMs: number): void {
    // It would neither come before nor after another, and so hold up all of them.
    invariant(!Number.isNaN(dueMs), "the time of a timer is a number");
    this.cancel(timer);
    timer.dueMs = dueMs;
    timer.order = this.#order;
    this.#order += 1;
    this.#heap.push(timer);
    this.#place(timer, this.#up(timer, this.#heap.length - 1));
    if (dueMs < this.#alarmMs) this.#setAlarm(dueMs);
  }

  cancel(timer: Timer): void {
    const { slot } = timer;
    if (slot < 0) return;
    timer.slot = -1;
    const last = this.#heap.pop() as Timer;
    if (last === timer) return;
    const up = this.#up(last, slot);
    this.#place(last, up === slot ? this.#down(last, slot) : up);
  }

  /** Stops the alarm; no timer fires any more. */
  close(): void {
    this.#cancelAlarm?.();
    this.#cancelAlarm = undefined;
    this.#alarmMs = Number.NEGATIVE_INFINITY;
    this.#heap.length = 0;
  }

  #fireDue(): void {
    this.#alarmMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonicMs();
    let first = this.#heap[0];
    while (first !== undefined && first.dueMs <= nowMs) {
      this.cancel(first);
      first.fire();
      first = this.#heap[0];
    }
    if (first !== undefined) this.#setAlarm(first.dueMs);
  }

  #setAlarm(dueMs: number): void {
    this.#cancelAlarm?.();
    this.#alarmMs = dueMs;
    this.#cancelAlarm = this.#clock.after(dueMs - this.#clock.monotonicMs(), () => this.#fireDue());
  }

  /** Where `timer` belongs at or above `slot`; those it passes move down. */
  #up(timer: Timer, slot: number): number {
    let at = slot;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = this.#heap[above] as Timer;
      if (!isBefore(timer, other)) break;
      this.#place(other, at);
      at = above;
    }
    return at;
  }

  #down(timer: Timer, slot: number): number {
    const heap = this.#heap;
    let at = slot;
    for (let below = 2 * at + 1; below < heap.length; below = 2 * at + 1) {
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, heap[below] as Timer)) below += 1;
      const other = heap[below] as Timer;
      if (!isBefore(other, timer)) break;
      this.#place(other, at);
      at = below;
    }
    return at;
  }

  #place(timer: Timer, slot: number): void {
    this.#heap[slot] = timer;
    timer.slot = slot;
  }
}

const isBefore = (a: Timer, b: Timer): boolean =>
  a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
