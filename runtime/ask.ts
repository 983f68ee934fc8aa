/**
 * Ask: a request with an address for one answer and a deadline.
 *
 *   ask ──request(replyTo)──▶ target        target ──tell──▶ replyTo: the first answer, or the time-out
 *
 * The address is the timer of the deadline as well: one object an ask. What comes second, or too
 * late, becomes a dead letter.
 */

import type { ActorRef } from "./actor-ref.ts";
import type { SystemCore } from "./actor-system.ts";
import type { ActorCell } from "./cell/actor-cell.ts";
import { type ControlItem, NOTHING } from "./cell/control-items.ts";
import { BYTES_LETTER } from "./dead-letters.ts";
import { MycelError } from "./errors.ts";
import { Timer } from "./timers.ts";

export abstract class AnswerRef<A> extends Timer implements ActorRef<A> {
  /** The actor number, once the address has crossed to another thread. */
  number = 0;
  #open = true;
  readonly system: SystemCore;

  constructor(system: SystemCore) {
    super();
    this.system = system;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  abstract get path(): string;
  protected abstract answered(answer: A): void;
  protected abstract timedOut(): void;

  tell(answer: A): boolean {
    if (this.close()) this.answered(answer);
    else this.system.deadLetters.put(answer, this, "lateAnswer");
    return true;
  }

  /** An answer is a message: bytes have no meaning here. */
  tellBytes(): boolean {
    this.system.deadLetters.put(BYTES_LETTER, this, "unhandled");
    return true;
  }

  fire(): void {
    if (this.close()) this.timedOut();
  }

  /** Takes no answer any more; false when it took none before. */
  close(): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.system.timers.cancel(this);
    if (this.number !== 0) this.system.forgetNumber(this.number);
    return true;
  }

  toJSON(): string {
    return this.path;
  }
}

/** Asked by an actor: the outcome is a message to it, in its control lane. */
export class ActorAsk<M, A> extends AnswerRef<A> implements ControlItem<M> {
  protected readonly cell: ActorCell<M>;
  readonly #onAnswer: (answer: A) => M;
  readonly #onTimeout: () => M;
  #answer: A | typeof NOTHING = NOTHING;
  #dropped = false;

  constructor(cell: ActorCell<M>, onAnswer: (answer: A) => M, onTimeout: () => M) {
    super(cell.system);
    this.cell = cell;
    this.#onAnswer = onAnswer;
    this.#onTimeout = onTimeout;
  }

  get path(): string {
    return `${this.cell.path}/$ask`;
  }

  /** The asker restarts or ends: nothing comes of it. */
  drop(): void {
    this.#dropped = true;
    this.close();
  }

  toMessage(): M | typeof NOTHING {
    if (this.#dropped) return NOTHING;
    this.cell.forgetAsk(this);
    return this.#answer === NOTHING ? this.#onTimeout() : this.#onAnswer(this.#answer);
  }

  abandon(): void {}

  protected answered(answer: A): void {
    this.#answer = answer;
    this.putIn();
  }

  protected timedOut(): void {
    this.putIn();
  }

  protected putIn(): void {
    this.cell.putControl(this, true);
  }
}

/** The asker's lanes are held meanwhile: the outcome passes all that waits in them. */
export class HoldingAsk<M, A> extends ActorAsk<M, A> {
  protected override putIn(): void {
    this.cell.letThrough(this);
  }
}

/** Asked from outside any actor: the outcome is a promise's. */
export class PromiseAsk<A> extends AnswerRef<A> {
  readonly promise: Promise<A>;
  readonly #target: string;
  readonly #timeoutMs: number;
  readonly #outcome: PromiseWithResolvers<A> = Promise.withResolvers();

  constructor(system: SystemCore, target: string, timeoutMs: number) {
    super(system);
    this.#target = target;
    this.#timeoutMs = timeoutMs;
    this.promise = this.#outcome.promise;
  }

  get path(): string {
    return `mycel://${this.system.node}/$ask`;
  }

  override close(): boolean {
    this.system.openAsks.delete(this);
    return super.close();
  }

  /** The question did not leave, or nobody is left to answer it. */
  refuse(why: string): void {
    if (!this.close()) return;
    this.#outcome.reject(
      new MycelError("E_ASK_REFUSED", `${this.#target} was not asked: ${why}.`, {
        target: this.#target,
      }),
    );
  }

  protected answered(answer: A): void {
    this.#outcome.resolve(answer);
  }

  protected timedOut(): void {
    this.#outcome.reject(
      new MycelError(
        "E_ASK_TIMEOUT",
        `${this.#target} did not answer within ${this.#timeoutMs} ms; look whether it runs and what it waits for.`,
        { target: this.#target, timeoutMs: this.#timeoutMs },
      ),
    );
  }
}
