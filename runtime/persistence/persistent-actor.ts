/**
 * What `eventSourced` and `durable` actors have in common: a state that is on disk before anybody hears
 * of it.
 *
 *   start ──Recover──▶ journal ──pages──▶ state ──▶ onRecovered ──▶ commands
 *   command ──▶ onCommand ──▶ Effect ──events──▶ journal ──on disk──▶ state, side effects ──▶ next command
 *
 * Both lanes are held while the journal answers, so that no command sees a state that is not on disk. A
 * restart, a lost thread and a node's end lose the command in hand alone. A journal that refuses, or
 * does not answer in time, is a fault: the supervisor decides, and the next incarnation reads what the
 * disk has.
 */
import type { ActorContext } from "../actor-context.ts";
import type { ActorRef } from "../actor-ref.ts";
import {
  type Behavior,
  type Directive,
  passive,
  receive,
  type Signal,
  same,
  stopped,
  unhandled,
} from "../behavior.ts";
import { MycelError } from "../errors.ts";
import { JOURNAL_ANSWER_MS_MAX } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { Effect } from "./effect.ts";
import type {
  JournalAnswer,
  JournalCommand,
  JournalRefusal,
  RecoveryAnswer,
  RecoveryPage,
} from "./journal-messages.ts";

export interface PersistentSpec<C, E, S> {
  /** Under which the journal knows it, whatever its path; no two actors share one. */
  readonly persistenceId: string;
  readonly journal: ActorRef<JournalCommand>;
  /** Before anything was persisted. */
  readonly initial: S;
  readonly onCommand: (ctx: ActorContext<C>, state: S, command: C) => Effect<E, S>;
  /** The state is there, and no command has been handled: the place to start timers and children. */
  readonly onRecovered?: (ctx: ActorContext<C>, state: S) => void;
  readonly onSignal?: (ctx: ActorContext<C>, state: S, signal: Signal) => void;
  /**
   * The store is full, and the command has had no effect: the place to tell the asker. Without it this
   * is a fault as well.
   */
  readonly onPersistRejected?: (
    ctx: ActorContext<C>,
    state: S,
    command: C,
    cause: MycelError,
  ) => void;
  /** Idle for this long, and at most twice as long, the actor becomes passive; default never. */
  readonly passivateAfterMs?: number;
}

/** What the actor tells itself. */
class Own {
  readonly run: () => Directive;

  constructor(run: () => Directive) {
    this.run = run;
  }
}

/** Of the idle timer. Plain data, as all that goes along when an actor moves. */
const LOOK_WHETHER_IDLE = { type: "$LookWhetherIdle" } as const;
type LookWhetherIdle = typeof LOOK_WHETHER_IDLE;

/** One incarnation. A class, not a closure of closures, since there may be a hundred thousand. */
export abstract class PersistentActor<C, E, S> {
  protected readonly spec: PersistentSpec<C, E, S>;
  readonly #ctx: ActorContext<C | Own | LookWhetherIdle>;
  #state: S;
  /** Of the last thing that is in the state. */
  #seq = 0;
  #isRecovered = false;
  #commandsSinceLook = 0;

  constructor(ctx: ActorContext<C>, spec: PersistentSpec<C, E, S>) {
    this.#ctx = ctx as ActorContext<C | Own | LookWhetherIdle>;
    this.spec = spec;
    this.#state = spec.initial;
  }

  /** The state after what is persisted; a throw persists nothing. */
  protected abstract next(state: S, persisted: readonly E[]): S;
  /** Throws for what cannot be written. */
  protected abstract write(
    persisted: readonly E[],
    expectedSeq: number,
    replyTo: ActorRef<JournalAnswer>,
  ): JournalCommand;
  protected abstract written(state: S, seq: number, seqBefore: number): void;
  /** The state after a page, or from where to read instead. */
  protected abstract read(
    state: S,
    page: RecoveryPage,
  ): { readonly state: S } | { readonly afterSeq: number };

  /** Also on each thread it has moved to: the state has stayed in the store. */
  begin(): Behavior<C> {
    this.#recover("snapshot");
    const behavior = receive<C | Own | LookWhetherIdle>(
      (message) => {
        if (message instanceof Own) return message.run();
        if (message === LOOK_WHETHER_IDLE) return this.#lookWhetherIdle();
        const command = message as C;
        this.#commandsSinceLook += 1;
        return this.#carryOut(this.spec.onCommand(this.#context, this.#state, command), command);
      },
      {
        onSignal: (signal) => {
          if (this.#isRecovered) this.spec.onSignal?.(this.#context, this.#state, signal);
          return same;
        },
      },
    );
    return behavior as Behavior<C>;
  }

  protected get log(): Logger {
    return this.#ctx.log;
  }

  get #context(): ActorContext<C> {
    return this.#ctx as ActorContext<C>;
  }

  #recover(from: "snapshot" | { readonly afterSeq: number }): void {
    const { persistenceId, journal } = this.spec;
    this.#ctx.askAndHold<JournalCommand, RecoveryAnswer>(
      journal,
      (replyTo) => ({ type: "Recover", persistenceId, from, replyTo }),
      JOURNAL_ANSWER_MS_MAX,
      (answer) => new Own(() => this.#onPage(answer)),
      () => new Own(() => this.#unanswered()),
    );
  }

  #onPage(page: RecoveryAnswer): Directive {
    if (page.type === "JournalRefusal") throw this.#fault(page);
    const read = this.read(this.#state, page);
    if ("afterSeq" in read) {
      this.#recover(read);
      return same;
    }
    this.#state = read.state;
    this.#seq = page.seq;
    if (page.isLast) this.#recovered();
    else this.#recover({ afterSeq: page.seq });
    return same;
  }

  #recovered(): void {
    const { passivateAfterMs, onRecovered } = this.spec;
    this.#isRecovered = true;
    if (passivateAfterMs !== undefined) {
      this.#ctx.startPeriodicTimer("$idle", LOOK_WHETHER_IDLE, passivateAfterMs);
    }
    onRecovered?.(this.#context, this.#state);
  }

  /** One timer for all commands, so that none of them costs more than a count. */
  #lookWhetherIdle(): Directive {
    if (this.#commandsSinceLook === 0) return passive;
    this.#commandsSinceLook = 0;
    return same;
  }

  #carryOut(effect: Effect<E, S>, command: C): Directive {
    if (effect.kind === "unhandled") return unhandled;
    const { persisted } = effect;
    if (persisted.length === 0) return this.#settle(effect);
    const next = this.next(this.#state, persisted);
    this.#ctx.askAndHold<JournalCommand, JournalAnswer>(
      this.spec.journal,
      (replyTo) => this.write(persisted, this.#seq, replyTo),
      JOURNAL_ANSWER_MS_MAX,
      (answer) => new Own(() => this.#onWritten(answer, next, effect, command)),
      () => new Own(() => this.#unanswered()),
    );
    return same;
  }

  #onWritten(answer: JournalAnswer, next: S, effect: Effect<E, S>, command: C): Directive {
    if (answer.type === "JournalRefusal") {
      const cause = this.#fault(answer);
      const { onPersistRejected } = this.spec;
      if (answer.code !== "E_STORE_FULL" || onPersistRejected === undefined) throw cause;
      onPersistRejected(this.#context, this.#state, command, cause);
      return same;
    }
    const seqBefore = this.#seq;
    this.#state = next;
    this.#seq = answer.seq;
    this.written(next, answer.seq, seqBefore);
    return this.#settle(effect);
  }

  #settle({ sideEffects, ending }: Effect<E, S>): Directive {
    for (const run of sideEffects) run(this.#state);
    if (ending === "stops") return stopped;
    return ending === "passivates" ? passive : same;
  }

  #unanswered(): never {
    const { persistenceId, journal } = this.spec;
    throw new MycelError(
      "E_ASK_TIMEOUT",
      `The journal at ${journal.path} did not answer ${persistenceId} within ${JOURNAL_ANSWER_MS_MAX} ms; look whether it runs and what its disk does.`,
      { persistenceId, journal: journal.path },
    );
  }

  #fault({ code, message }: JournalRefusal): MycelError {
    return new MycelError(code, message, { persistenceId: this.spec.persistenceId });
  }
}
