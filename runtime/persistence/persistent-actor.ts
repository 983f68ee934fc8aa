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
  setup,
  stopped,
  unhandled,
} from "../behavior.ts";
import { MycelError } from "../errors.ts";
import { JOURNAL_ANSWER_MS_MAX } from "../limits.ts";
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

/** How a kind of persistent actor writes and reads. */
export interface Medium<E, S> {
  /** The state after what is persisted; a throw persists nothing. */
  next(state: S, persisted: readonly E[]): S;
  /** Throws for what cannot be written. */
  writing(
    persisted: readonly E[],
    expectedSeq: number,
  ): (replyTo: ActorRef<JournalAnswer>) => JournalCommand;
  written(state: S, seq: number, seqBefore: number): void;
  /** The state after a page, or from where to read instead. */
  read(state: S, page: RecoveryPage): { readonly state: S } | { readonly afterSeq: number };
}

/** What the actor tells itself. */
class Own {
  readonly run: () => Directive;

  constructor(run: () => Directive) {
    this.run = run;
  }
}

export const persistentActor = <C, E, S>(
  spec: PersistentSpec<C, E, S>,
  medium: Medium<E, S>,
): Behavior<C> =>
  setup<C | Own>((ctx) => {
    const { persistenceId, journal, onCommand, passivateAfterMs } = spec;
    let state = spec.initial;
    /** Of the last thing that is in the state. */
    let seq = 0;
    let isRecovered = false;
    let commandsSinceLook = 0;

    const unanswered = new Own(() => {
      throw new MycelError(
        "E_ASK_TIMEOUT",
        `The journal at ${journal.path} did not answer ${persistenceId} within ${JOURNAL_ANSWER_MS_MAX} ms; look whether it runs and what its disk does.`,
        { persistenceId, journal: journal.path },
      );
    });

    const fault = ({ code, message }: JournalRefusal): MycelError =>
      new MycelError(code, message, { persistenceId });

    const recover = (from: "snapshot" | { readonly afterSeq: number }): void =>
      ctx.askAndHold<JournalCommand, RecoveryAnswer>(
        journal,
        (replyTo) => ({ type: "Recover", persistenceId, from, replyTo }),
        JOURNAL_ANSWER_MS_MAX,
        (answer) => new Own(() => onPage(answer)),
        () => unanswered,
      );

    const onPage = (page: RecoveryAnswer): Directive => {
      if (page.type === "JournalRefusal") throw fault(page);
      const read = medium.read(state, page);
      if ("afterSeq" in read) {
        recover(read);
        return same;
      }
      state = read.state;
      seq = page.seq;
      if (page.isLast) {
        isRecovered = true;
        if (passivateAfterMs !== undefined) {
          ctx.startPeriodicTimer("$idle", new Own(lookWhetherIdle), passivateAfterMs);
        }
        spec.onRecovered?.(ctx as ActorContext<C>, state);
      } else recover({ afterSeq: seq });
      return same;
    };

    /** One timer for all commands, so that none of them costs more than a count. */
    const lookWhetherIdle = (): Directive => {
      if (commandsSinceLook === 0) return passive;
      commandsSinceLook = 0;
      return same;
    };

    const carryOut = (effect: Effect<E, S>, command: C): Directive => {
      if (effect.kind === "unhandled") return unhandled;
      const { persisted } = effect;
      if (persisted.length === 0) return settle(effect);
      const next = medium.next(state, persisted);
      ctx.askAndHold<JournalCommand, JournalAnswer>(
        journal,
        medium.writing(persisted, seq),
        JOURNAL_ANSWER_MS_MAX,
        (answer) => new Own(() => onWritten(answer, next, effect, command)),
        () => unanswered,
      );
      return same;
    };

    const onWritten = (
      answer: JournalAnswer,
      next: S,
      effect: Effect<E, S>,
      command: C,
    ): Directive => {
      if (answer.type === "JournalRefusal") {
        const cause = fault(answer);
        if (answer.code !== "E_STORE_FULL" || spec.onPersistRejected === undefined) throw cause;
        spec.onPersistRejected(ctx as ActorContext<C>, state, command, cause);
        return same;
      }
      const seqBefore = seq;
      state = next;
      seq = answer.seq;
      medium.written(state, seq, seqBefore);
      return settle(effect);
    };

    const settle = ({ sideEffects, ending }: Effect<E, S>): Directive => {
      for (const run of sideEffects) run(state);
      if (ending === "stops") return stopped;
      return ending === "passivates" ? passive : same;
    };

    recover("snapshot");
    return receive(
      (message) => {
        if (message instanceof Own) return message.run();
        commandsSinceLook += 1;
        return carryOut(onCommand(ctx as ActorContext<C>, state, message), message);
      },
      {
        onSignal: (signal) => {
          if (isRecovered) spec.onSignal?.(ctx as ActorContext<C>, state, signal);
          return same;
        },
      },
    );
  }) as Behavior<C>;
