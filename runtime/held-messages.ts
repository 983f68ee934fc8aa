/**
 * Messages for actor numbers this thread has not heard of yet, kept for a short time: a third thread
 * can learn of an actor before the thread that is to spawn it.
 */
import { HELD_MAX, HELD_MS_MAX } from "./limits.ts";
import { Timer, type Timers } from "./timers.ts";

export interface Held {
  readonly number: number;
  deliver(): void;
  giveUp(): void;
}

export class HeldMessages extends Timer {
  readonly #timers: Timers;
  /** In the order they came; all of one time-out window. */
  #held: Held[] = [];

  constructor(timers: Timers) {
    super();
    this.#timers = timers;
  }

  hold(held: Held): void {
    if (this.#held.length >= HELD_MAX) {
      held.giveUp();
      return;
    }
    this.#held.push(held);
    if (this.slot < 0) this.#timers.start(this, HELD_MS_MAX);
  }

  /** The number has been heard of: what waited for it is delivered, in order. */
  release(number: number): void {
    if (this.#held.length === 0) return;
    const due = this.#held.filter((held) => held.number === number);
    if (due.length === 0) return;
    this.#held = this.#held.filter((held) => held.number !== number);
    for (const held of due) held.deliver();
  }

  fire(): void {
    const held = this.#held;
    this.#held = [];
    for (const each of held) each.giveUp();
  }
}
