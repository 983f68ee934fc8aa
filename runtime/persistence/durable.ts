/**
 * An actor whose state is written as a whole each time it changes: the latest one is kept. Pekko
 * Typed's `DurableStateBehavior`.
 */
import type { ActorRef } from "../actor-ref.ts";
import { type Behavior, movable } from "../behavior.ts";
import { invariant } from "../invariant.ts";
import type { JournalAnswer, JournalCommand, RecoveryPage } from "./journal-messages.ts";
import { checkSchema, pack, type Schema, type Upcasters, unpack } from "./persisted-value.ts";
import { PersistentActor, type PersistentSpec } from "./persistent-actor.ts";

export interface DurableSpec<C, S> extends PersistentSpec<C, S, S> {
  /** Of the state; the first is 1, to be raised with each change of its schema. */
  readonly version?: number;
  /** What becomes of a state of each version before: `{ 1: (state) => …, 2: … }`. */
  readonly upcasters?: Upcasters;
}

export function durable<C, S>(spec: DurableSpec<C, S>): Behavior<C> {
  checkSchema(schemaOf(spec));
  return movable(
    () => undefined,
    (ctx) => new DurableActor(ctx, spec).begin(),
  );
}

class DurableActor<C, S> extends PersistentActor<C, S, S> {
  declare protected readonly spec: DurableSpec<C, S>;

  protected next(_state: S, persisted: readonly S[]): S {
    invariant(persisted.length === 1, `${this.spec.persistenceId} persists one state at a time`);
    return persisted[0] as S;
  }

  protected write(
    persisted: readonly S[],
    expectedSeq: number,
    replyTo: ActorRef<JournalAnswer>,
  ): JournalCommand {
    const { persistenceId } = this.spec;
    const [state] = pack(schemaOf(this.spec), persisted);
    invariant(state !== undefined, "one value is packed as one");
    return { type: "SaveState", persistenceId, state, expectedSeq, replyTo };
  }

  protected written(): void {}

  protected read(state: S, { snapshot }: RecoveryPage): { state: S } {
    return snapshot === undefined
      ? { state }
      : { state: unpack(schemaOf(this.spec), snapshot) as S };
  }
}

const schemaOf = ({
  persistenceId,
  version = 1,
  upcasters = {},
}: Pick<DurableSpec<never, never>, "persistenceId" | "version" | "upcasters">): Schema => ({
  persistenceId,
  version,
  upcasters,
});
