/**
 * An actor whose state is what its events lead to. Pekko Typed's `EventSourcedBehavior`.
 *
 *   state = events.reduce(apply, initial)         a snapshot now and then, so that a recovery is short
 *
 * `apply` is pure: it runs before the events are written, and for each of them at a recovery.
 */
import type { Behavior } from "../behavior.ts";
import { invariant } from "../invariant.ts";
import type { PersistedValue } from "./journal-messages.ts";
import { checkSchema, pack, type Schema, type Upcasters, unpack } from "./persisted-value.ts";
import { type PersistentSpec, persistentActor } from "./persistent-actor.ts";

export interface EventSourcedSpec<C, E, S> extends PersistentSpec<C, E, S> {
  readonly apply: (state: S, event: E) => S;
  /** Of events and state; the first is 1, to be raised with each change of either's schema. */
  readonly version?: number;
  /** What becomes of an event of each version before: `{ 1: (event) => …, 2: … }`. */
  readonly upcasters?: Upcasters;
  /** The same of the state in a snapshot; without it an older snapshot is passed over. */
  readonly snapshotUpcasters?: Upcasters;
  /** Saves a snapshot each time so many events have been persisted; default never. */
  readonly snapshotEvery?: number;
  /** Whether a snapshot removes the events that are in it; default no. */
  readonly dropsEvents?: boolean;
}

export function eventSourced<C, E, S>(spec: EventSourcedSpec<C, E, S>): Behavior<C> {
  const { persistenceId, journal, apply, version = 1, snapshotUpcasters } = spec;
  const { snapshotEvery = Number.POSITIVE_INFINITY, dropsEvents = false } = spec;
  const events: Schema = { persistenceId, version, upcasters: spec.upcasters ?? {} };
  const states: Schema = { persistenceId, version, upcasters: snapshotUpcasters ?? {} };
  checkSchema(events);
  if (snapshotUpcasters !== undefined) checkSchema(states);
  invariant(snapshotEvery >= 1, `${persistenceId} saves a snapshot after one event or more`);

  const isPassedOver = (snapshot: PersistedValue): boolean =>
    snapshotUpcasters === undefined && snapshot[0] < version;

  return persistentActor(spec, {
    next: (state, persisted) => persisted.reduce(apply, state),
    writing: (persisted, expectedSeq) => {
      const packed = pack(events, persisted);
      return (replyTo) => ({ type: "Append", persistenceId, events: packed, expectedSeq, replyTo });
    },
    written: (state, seq, seqBefore) => {
      if (Math.floor(seq / snapshotEvery) === Math.floor(seqBefore / snapshotEvery)) return;
      const [packed] = pack(states, [state]);
      invariant(packed !== undefined, "one value is packed as one");
      journal.tell({
        type: "SaveSnapshot",
        persistenceId,
        seq,
        state: packed,
        dropEvents: dropsEvents,
      });
    },
    read: (state, page) => {
      const { snapshot } = page;
      if (snapshot !== undefined && isPassedOver(snapshot)) return { afterSeq: 0 };
      const from = snapshot === undefined ? state : (unpack(states, snapshot) as S);
      const read = page.events.map((event) => unpack(events, event) as E);
      return { state: read.reduce(apply, from) };
    },
  });
}
