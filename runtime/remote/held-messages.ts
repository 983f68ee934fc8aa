/**
 * Messages for actor numbers this thread has not heard of yet, kept for a short time: a third thread
 * can learn of an actor before the thread that is to spawn it.
 */
import { HELD_MAX, HELD_MS_MAX } from "../limits.ts";
import { Timer, type Timers } from "../timers.ts";

export interface Held {
  readonly number: number;
  deliver(): void;
  giveUp(): void;
}

class TimeToHold extends Timer {
  readonly held: Held;
  readonly #all: Set<TimeToHold>;

  constructor(held: Held, all: Set<TimeToHold>) {
    super();
    this.held = held;
    this.#all = all;
  }

  fire(): void {
    this.#all.delete(this);
    this.held.giveUp();
  }
}

export class HeldMessages {
  readonly #timers: Timers;
  /** In the order they came. */
  readonly #all = new Set<TimeToHold>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  hold(held: Held): void {
    if (this.#all.size >= HELD_MAX) {
      held.giveUp();
      return;
    }
    const time = new TimeToHold(held, this.#all);
    this.#all.add(time);
    this.#timers.start(time, HELD_MS_MAX);
  }

  /** The number has been heard of: what waited for it is delivered, in order. */
  release(number: number): void {
    for (const held of this.#take(number)) held.deliver();
  }

  /** It will not come: what waited for it is given up, in order. */
  giveUp(number: number): void {
    for (const held of this.#take(number)) held.giveUp();
  }

  #take(number: number): Held[] {
    const times = [...this.#all].filter(({ held }) => held.number === number);
    for (const time of times) {
      this.#all.delete(time);
      this.#timers.cancel(time);
    }
    return times.map(({ held }) => held);
  }
}
