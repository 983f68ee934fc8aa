/**
 * An actor whose state is what its events lead to. Pekko Typed's `EventSourcedBehavior`.
 *
 *   state = events.reduce(apply, initial)         a snapshot now and then, so that a recovery is short
 *
 * `apply` is pure: it runs before the events are written, and for each of them at a recovery.
 */
import type { ActorRef } from "../actor-ref.ts";
import { type Behavior, movable } from "../behavior.ts";
import { invariant } from "../invariant.ts";
import type { JournalAnswer, JournalCommand, RecoveryPage } from "./journal-messages.ts";
import { checkSchema, pack, type Schema, type Upcasters, unpack } from "./persisted-value.ts";
import { PersistentActor, type PersistentSpec } from "./persistent-actor.ts";

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
  const { persistenceId, snapshotEvery = 1, snapshotUpcasters } = spec;
  checkSchema(eventsOf(spec));
  if (snapshotUpcasters !== undefined) checkSchema(statesOf(spec));
  invariant(snapshotEvery >= 1, `${persistenceId} saves a snapshot after one event or more`);
  return movable(
    () => undefined,
    (ctx) => new EventSourcedActor(ctx, spec).begin(),
  );
}

class EventSourcedActor<C, E, S> extends PersistentActor<C, E, S> {
  declare protected readonly spec: EventSourcedSpec<C, E, S>;

  protected next(state: S, persisted: readonly E[]): S {
    return persisted.reduce(this.spec.apply, state);
  }

  protected write(
    persisted: readonly E[],
    expectedSeq: number,
    replyTo: ActorRef<JournalAnswer>,
  ): JournalCommand {
    const { persistenceId } = this.spec;
    const events = pack(eventsOf(this.spec), persisted);
    return { type: "Append", persistenceId, events, expectedSeq, replyTo };
  }

  protected written(state: S, seq: number, seqBefore: number): void {
    const { persistenceId, journal, snapshotEvery, dropsEvents = false } = this.spec;
    if (snapshotEvery === undefined) return;
    if (Math.floor(seq / snapshotEvery) === Math.floor(seqBefore / snapshotEvery)) return;
    try {
      const [packed] = pack(statesOf(this.spec), [state]);
      invariant(packed !== undefined, "one value is packed as one");
      journal.tell({ type: "SaveSnapshot", persistenceId, seq, state: packed, dropsEvents });
    } catch (cause) {
      // The events are on disk, and a recovery takes longer.
      this.log.warn({ persistenceId, err: cause }, "no snapshot taken");
    }
  }

  protected read(state: S, page: RecoveryPage): { state: S } | { afterSeq: number } {
    const { snapshot } = page;
    const schema = eventsOf(this.spec);
    const isRaised = this.spec.snapshotUpcasters !== undefined;
    if (snapshot !== undefined && snapshot[0] < schema.version && !isRaised) return { afterSeq: 0 };
    const from = snapshot === undefined ? state : (unpack(statesOf(this.spec), snapshot) as S);
    const events = page.events.map((event) => unpack(schema, event) as E);
    return { state: this.next(from, events) };
  }
}

type Schemas = Pick<
  EventSourcedSpec<never, never, never>,
  "persistenceId" | "version" | "upcasters" | "snapshotUpcasters"
>;

const eventsOf = ({ persistenceId, version = 1, upcasters = {} }: Schemas): Schema => ({
  persistenceId,
  version,
  upcasters,
});

const statesOf = ({ persistenceId, version = 1, snapshotUpcasters = {} }: Schemas): Schema => ({
  persistenceId,
  version,
  upcasters: snapshotUpcasters,
});
