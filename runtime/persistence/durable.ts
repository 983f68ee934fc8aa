/**
 * An actor whose state is written as a whole each time it changes: the latest one is kept. Pekko
 * Typed's `DurableStateBehavior`.
 */
import type { Behavior } from "../behavior.ts";
import { invariant } from "../invariant.ts";
import { checkSchema, pack, type Schema, type Upcasters, unpack } from "./persisted-value.ts";
import { type PersistentSpec, persistentActor } from "./persistent-actor.ts";

export interface DurableSpec<C, S> extends PersistentSpec<C, S, S> {
  /** Of the state; the first is 1, to be raised with each change of its schema. */
  readonly version?: number;
  /** What becomes of a state of each version before: `{ 1: (state) => …, 2: … }`. */
  readonly upcasters?: Upcasters;
}

export function durable<C, S>(spec: DurableSpec<C, S>): Behavior<C> {
  const { persistenceId, version = 1, upcasters = {} } = spec;
  const schema: Schema = { persistenceId, version, upcasters };
  checkSchema(schema);

  return persistentActor(spec, {
    next: (_state, persisted) => {
      invariant(persisted.length === 1, `${persistenceId} persists one state at a time`);
      return persisted[0] as S;
    },
    writing: (persisted, expectedSeq) => {
      const [state] = pack(schema, persisted);
      invariant(state !== undefined, "one value is packed as one");
      return (replyTo) => ({ type: "SaveState", persistenceId, state, expectedSeq, replyTo });
    },
    written: () => {},
    read: (state, { snapshot }) => ({
      state: snapshot === undefined ? state : (unpack(schema, snapshot) as S),
    }),
  });
}
