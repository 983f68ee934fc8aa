/**
 * Runs the actors of one thread, each for a turn, in boxes of time between which Node looks after
 * sockets and timers.
 *
 *   cell with work ──▶ run queue ──▶ turn (64 messages at most) ──▶ end of the queue, if work is left
 */
import type { Clock } from "./clock.ts";
import { BOX_MS_MAX, BOX_TURNS_MAX, CLOCK_LOOK_MESSAGES_MAX } from "./limits.ts";
import { releaseDrained } from "./mailbox.ts";
import { RingQueue } from "./ring-queue.ts";
import type { Scheduler } from "./scheduler.ts";

export interface Runnable {
  /** Handles at most a turn's messages; returns how many. Whether it runs again is its own affair. */
  runTurn(): number;
}

/** The other threads, looked after whenever the run queue is, and at each look at the clock. */
export interface Outside {
  /** Takes in what has arrived; true when more may be there. */
  takeIn(): boolean;
  sendOut(): void;
  /** Nothing is left to do here: true when something has come after all, else this thread is woken. */
  rest(): boolean;
}

export class Dispatcher<R extends Runnable> {
  /** The actor whose turn it is. */
  running: R | undefined = undefined;
  /** What is told now may make it wait. */
  mayWait = true;
  outside: Outside | undefined = undefined;
  /** Spent in boxes since the start, ms. */
  busyMs = 0;
  /** Of the most recent turns: messages between two looks at the clock. */
  #lookEvery = CLOCK_LOOK_MESSAGES_MAX;
  #untilLook = 0;
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

  /** Who is made to wait where there is no room; undefined: nobody can be. */
  get waiter(): R | undefined {
    return this.mayWait ? this.running : undefined;
  }

  /** Sees to it that a box runs soon. */
  wake(): void {
    if (this.#deferred) return;
    this.#deferred = true;
    this.#scheduler.defer(this.#box);
  }

  /** Another thread has sent something to this one, which was at rest. */
  onBell(): void {
    if (this.#scheduler.runsOnBell) this.runBox();
    else this.wake();
  }

  /** Runs actors until none has work or the time is over; then the rest is for the next box. */
  runBox(): void {
    if (this.#boxed) return;
    this.#boxed = true;
    let rests = false;
    try {
      rests = this.#runUntilRest();
    } finally {
      // What throws here is a bug of the kernel; the actors go on all the same where the process does.
      this.#boxed = false;
      this.running = undefined;
      releaseDrained();
      if (!rests) this.wake();
    }
  }

  /** True when nothing is left to do. */
  #runUntilRest(): boolean {
    const { outside } = this;
    let turnsLeft = this.#scheduler.turns?.() ?? BOX_TURNS_MAX;
    let nowMs = this.#clock.monotonicMs();
    const endMs = nowMs + BOX_MS_MAX;
    do {
      const startMs = nowMs;
      const more = outside?.takeIn() ?? false;
      turnsLeft -= 1 + this.#runTurns(turnsLeft);
      outside?.sendOut();
      nowMs = this.#clock.monotonicMs();
      this.busyMs += nowMs - startMs;
      if (this.#untilLook <= 0) this.#adapt(nowMs - startMs);
      if (more || this.#queue.count > 0) continue;
      if (outside === undefined || !outside.rest()) return true;
      nowMs = this.#clock.monotonicMs();
    } while (turnsLeft > 0 && nowMs < endMs);
    return false;
  }

  /** Until it is time for a look at the clock and the other threads; returns how many turns it has run. */
  #runTurns(most: number): number {
    const queue = this.#queue;
    const { pick } = this.#scheduler;
    let untilLook = this.#lookEvery;
    let turns = 0;
    for (; turns < most && untilLook > 0; turns += 1) {
      const cell =
        pick === undefined ? queue.shift() : queue.shiftAt(queue.count > 1 ? pick(queue.count) : 0);
      if (cell === undefined) break;
      this.running = cell;
      // A turn without a message still costs about as much as one.
      untilLook -= 1 + cell.runTurn();
    }
    this.running = undefined;
    this.#untilLook = untilLook;
    return turns;
  }

  /** Looks at the clock every tenth of a box or so: often for slow handlers, seldom for fast ones. */
  #adapt(spentMs: number): void {
    if (spentMs > BOX_MS_MAX / 8) this.#lookEvery = Math.max(1, this.#lookEvery >> 1);
    else if (spentMs < BOX_MS_MAX / 32 && this.#lookEvery < CLOCK_LOOK_MESSAGES_MAX) {
      this.#lookEvery *= 2;
    }
  }
}
