/**
 * What a persistent actor's command leads to, as data: what is to be persisted, and what is to be done
 * once it is on disk. Pekko Typed's `Effect`.
 *
 *   persist({ type: "Deposited", amount }).thenReply(replyTo, (account: Account) => account.balance)
 */
import type { ActorRef } from "../actor-ref.ts";

export class Effect<E, S> {
  readonly kind: "none" | "unhandled";
  readonly persisted: readonly E[];
  readonly sideEffects: readonly ((state: S) => void)[];
  readonly ending: "stays" | "stops" | "passivates";

  constructor(
    kind: "none" | "unhandled",
    persisted: readonly E[],
    sideEffects: readonly ((state: S) => void)[] = [],
    ending: "stays" | "stops" | "passivates" = "stays",
  ) {
    this.kind = kind;
    this.persisted = persisted;
    this.sideEffects = sideEffects;
    this.ending = ending;
  }

  /** Runs once what was persisted is on disk, at most once: a restart does not repeat it. */
  thenRun<T>(run: (state: T) => void): Effect<E, S & T> {
    return new Effect<E, S & T>(
      this.kind,
      this.persisted,
      [...this.sideEffects, run] as ((state: S & T) => void)[],
      this.ending,
    );
  }

  thenReply<A, T, const B extends A>(
    replyTo: ActorRef<A>,
    answer: (state: T) => B,
  ): Effect<E, S & T> {
    return this.thenRun((state: T) => void replyTo.tell(answer(state)));
  }

  thenStop(): Effect<E, S> {
    return new Effect<E, S>(this.kind, this.persisted, this.sideEffects, "stops");
  }

  /** The state is given up until the next message; see `passive` in behavior.ts. */
  thenPassivate(): Effect<E, S> {
    return new Effect<E, S>(this.kind, this.persisted, this.sideEffects, "passivates");
  }
}

/** Events in their order, all or none; of a `durable` actor the one new state. */
export const persist = <const E>(...persisted: readonly E[]): Effect<E, unknown> =>
  new Effect("none", persisted);

/** Persists nothing. */
export const none: Effect<never, unknown> = new Effect("none", []);
/** Persists nothing and makes the command a dead letter with reason `unhandled`. */
export const unhandled: Effect<never, unknown> = new Effect("unhandled", []);
/** Persists nothing and ends the actor. */
export const stop: Effect<never, unknown> = none.thenStop();
