/**
 * Runs the actors of one thread, each for a turn, in boxes of time between which Node looks after
 * sockets and timers.
 *
 *   cell with work ──▶ run queue ──▶ turn (64 messages at most) ──▶ end of the queue, if work is left
 */
import type { Clock } from "./clock.ts";
import { BOX_MS_MAX, BOX_TURNS_MAX, CLOCK_LOOK_MESSAGES_MAX } from "./limits.ts";
import { RingQueue } from "./ring-queue.ts";
import type { Scheduler } from "./scheduler.ts";

export interface Runnable {
  /** Handles at most a turn's messages; returns how many. Whether it runs again is its own affair. */
  runTurn(): number;
}

/** The other threads, looked after at the start and the end of a box. */
export interface Outside {
  /** Takes in what has arrived; true when more may be there. */
  takeIn(): boolean;
  sendOut(): void;
}

export class Dispatcher<R extends Runnable> {
  /** The actor whose turn it is. */
  running: R | undefined = undefined;
  outside: Outside | undefined = undefined;
  /** Spent in boxes since the start, ms. */
  busyMs = 0;
  /** Of the most recent turns: messages between two looks at the clock. */
  #lookEvery = CLOCK_LOOK_MESSAGES_MAX;
  #deferred = false;
  #boxed = false;
  readonly #queue = new RingQueue<R>();
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #box = (): void => {
    this.#deferred = false;
    this.runBox();
  };

  constructor(clock: Clock, scheduler: Scheduler) {
    this.#clock = clock;
    this.#scheduler = scheduler;
  }

  enqueue(cell: R): void {
    this.#queue.push(cell);
    if (!this.#boxed && !this.#deferred) this.wake();
  }

  /** Something is to be sent out: at the end of this box, or of one to come. */
  noteOutgoing(): void {
    if (!this.#boxed) this.wake();
  }

  /** Sees to it that a box runs soon. */
  wake(): void {
    if (this.#deferred) return;
    this.#deferred = true;
    this.#scheduler.defer(this.#box);
  }

  /** Runs actors until none has work or the time is over; then the rest is for the next box. */
  runBox(): void {
    if (this.#boxed) return;
    this.#boxed = true;
    const startMs = this.#clock.monotonicMs();
    const more = this.outside?.takeIn() ?? false;
    this.#runTurns();
    this.outside?.sendOut();
    this.busyMs += this.#clock.monotonicMs() - startMs;
    this.#boxed = false;
    if (more || this.#queue.count > 0) this.wake();
  }

  #runTurns(): void {
    const queue = this.#queue;
    const { pick } = this.#scheduler;
    const turnsMax = this.#scheduler.turns?.() ?? BOX_TURNS_MAX;
    const endMs = this.#clock.monotonicMs() + BOX_MS_MAX;
    let lookedMs = endMs - BOX_MS_MAX;
    let untilLook = this.#lookEvery;
    for (let turns = 0; turns < turnsMax; turns += 1) {
      const cell =
        pick === undefined ? queue.shift() : queue.shiftAt(queue.count > 1 ? pick(queue.count) : 0);
      if (cell === undefined) break;
      this.running = cell;
      // A turn without a message still costs about as much as one.
      untilLook -= 1 + cell.runTurn();
      if (untilLook <= 0) {
        const nowMs = this.#clock.monotonicMs();
        this.#adapt(nowMs - lookedMs);
        if (nowMs >= endMs) break;
        lookedMs = nowMs;
        untilLook = this.#lookEvery;
      }
    }
    this.running = undefined;
  }

  /** Looks at the clock every tenth of a box or so: often for slow handlers, seldom for fast ones. */
  #adapt(spentMs: number): void {
    if (spentMs > BOX_MS_MAX / 8) this.#lookEvery = Math.max(1, this.#lookEvery >> 1);
    else if (spentMs < BOX_MS_MAX / 32 && this.#lookEvery < CLOCK_LOOK_MESSAGES_MAX) {
      this.#lookEvery *= 2;
    }
  }
}
