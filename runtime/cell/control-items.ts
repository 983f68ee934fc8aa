/**
 * What an actor has asked for and gets in its control lane: a timer's message, an answer, the end of
 * a promise. They pass the data lane, so that a flood of data delays no timer.
 */

import type { DeadLetterReason } from "../dead-letters.ts";
import { Timer } from "../timers.ts";
import type { Cause } from "../watching/tracing.ts";
import type { ActorCell } from "./actor-cell.ts";

export const NOTHING = Symbol("nothing");

export interface ControlItem<M> {
  /** The message, made in the actor's turn so that a throw is its own fault; `NOTHING` if outdated. */
  toMessage(): M | typeof NOTHING;
  /** The actor has ended, or has no room. */
  abandon(reason: DeadLetterReason): void;
}

/** An item that is part of a trace. */
export class CausedItem<M> implements ControlItem<M> {
  readonly cause: Cause;
  readonly item: ControlItem<M>;

  constructor(item: ControlItem<M>, cause: Cause) {
    this.item = item;
    this.cause = cause;
  }

  toMessage(): M | typeof NOTHING {
    return this.item.toMessage();
  }

  abandon(reason: DeadLetterReason): void {
    this.item.abandon(reason);
  }
}

interface Shedding {
  shed(message: unknown, reason: DeadLetterReason): void;
}

/** A message that the mailbox's rules call control. */
export class ControlMessage<M> implements ControlItem<M> {
  readonly message: M;
  readonly #cell: Shedding;

  constructor(cell: Shedding, message: M) {
    this.#cell = cell;
    this.message = message;
  }

  toMessage(): M {
    return this.message;
  }

  abandon(reason: DeadLetterReason): void {
    this.#cell.shed(this.message, reason);
  }
}

/** A rule of the actor's mailbox has thrown, which is a fault of the actor. */
export class RuleFault implements ControlItem<never> {
  readonly #cause: unknown;

  constructor(cause: unknown) {
    this.#cause = cause;
  }

  toMessage(): never {
    throw this.#cause;
  }

  /** What it was about has its own way. */
  abandon(): void {}
}

export class ActorTimer<M> extends Timer implements ControlItem<M> {
  readonly key: string;
  readonly message: M;
  /** 0: once. */
  readonly everyMs: number;
  readonly #cell: ActorCell<M>;
  #waits = false;
  #cancelled = false;

  constructor(cell: ActorCell<M>, key: string, message: M, everyMs: number) {
    super();
    this.#cell = cell;
    this.key = key;
    this.message = message;
    this.everyMs = everyMs;
  }

  fire(): void {
    const { system } = this.#cell;
    if (this.everyMs > 0) {
      const lateMs = system.clock.monotonicMs() - this.dueMs;
      const periods = 1 + Math.floor(lateMs / this.everyMs);
      system.timers.startAt(this, this.dueMs + periods * this.everyMs);
    }
    this.putIn();
  }

  /** Its message waits from now on to be handled. */
  putIn(): void {
    if (!this.#waits) this.#waits = this.#cell.putControl(this, true);
  }

  /** Also takes back a message that already waits. */
  cancel(): void {
    this.#cancelled = true;
    this.#cell.system.timers.cancel(this);
  }

  toMessage(): M | typeof NOTHING {
    this.#waits = false;
    if (this.#cancelled) return NOTHING;
    if (this.everyMs === 0) this.#cell.forgetTimer(this.key);
    return this.message;
  }

  /** A timer's message belongs to the actor alone: nobody misses it. */
  abandon(): void {}
}

export class PipedPromise<M, T> implements ControlItem<M> {
  readonly #cell: ActorCell<M>;
  readonly #incarnation: number;
  /** The end of the actor that waits for this promise, if it was piped in the last signal. */
  readonly #holds: unknown;
  readonly #onValue: (value: T) => M;
  readonly #onFault: (cause: unknown) => M;
  #failed = false;
  #outcome: unknown;

  constructor(
    cell: ActorCell<M>,
    promise: Promise<T>,
    onValue: (value: T) => M,
    onFault: (cause: unknown) => M,
  ) {
    this.#cell = cell;
    this.#incarnation = cell.incarnation;
    this.#holds = cell.descent;
    this.#onValue = onValue;
    this.#onFault = onFault;
    promise.then(
      (value) => this.#settle(value, false),
      (cause) => this.#settle(cause, true),
    );
  }

  toMessage(): M | typeof NOTHING {
    if (this.#cell.incarnation !== this.#incarnation) {
      this.#cell.shed(this.#outcome, "restarted");
      return NOTHING;
    }
    return this.#failed ? this.#onFault(this.#outcome) : this.#onValue(this.#outcome as T);
  }

  /** Once the actor has stopped nobody misses it: nobody has sent it. */
  abandon(reason: DeadLetterReason): void {
    if (reason !== "stopped") this.#cell.shed(this.#outcome, reason);
  }

  #settle(outcome: unknown, failed: boolean): void {
    this.#outcome = outcome;
    this.#failed = failed;
    if (this.#holds === undefined) this.#cell.promiseSettled(this);
    else this.#cell.promiseEnded(this.#holds);
  }
}
