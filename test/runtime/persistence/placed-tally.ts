/** A persistent actor for tests, of either kind: it keeps the numbers that it is given, in their order. */
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import type { Behavior } from "../../../runtime/behavior.ts";
import { durable } from "../../../runtime/persistence/durable.ts";
import {
  type Effect,
  none,
  persist,
  stop,
  unhandled,
} from "../../../runtime/persistence/effect.ts";
import { type EventSourcedSpec, eventSourced } from "../../../runtime/persistence/event-sourced.ts";
import type { JournalCommand } from "../../../runtime/persistence/journal-messages.ts";
import type { PersistentSpec } from "../../../runtime/persistence/persistent-actor.ts";

export type TallyCommand =
  | { readonly type: "Add"; readonly values: readonly number[]; readonly replyTo?: Asker }
  | { readonly type: "Get"; readonly replyTo: Asker }
  | { readonly type: "Fail" | "Stop" | "Rest" | "Odd" };

export type TallyAnswer =
  | { readonly type: "Added"; readonly values: readonly number[]; readonly all: Tally }
  | { readonly type: "Tally"; readonly all: Tally }
  | { readonly type: "Rejected"; readonly code: string };

type Asker = ActorRef<TallyAnswer>;
export type Tally = readonly number[];

export interface TallyOptions {
  readonly journal: ActorRef<JournalCommand>;
  readonly persistenceId?: string;
  readonly snapshotEvery?: number;
  readonly dropsEvents?: boolean;
  readonly passivateAfterMs?: number;
  /** Called at the end of each recovery; for a tally on the test's own thread. */
  readonly onRecovered?: () => void;
  /** Whether it tells an asker that the store is full; else that is a fault. */
  readonly rejects?: boolean;
}

/** What both kinds do with a command; `added` says what is to be persisted. */
const onCommand = <E>(
  state: Tally,
  command: TallyCommand,
  added: (values: Tally) => Effect<E, Tally>,
): Effect<E, Tally> => {
  switch (command.type) {
    case "Add": {
      const { values, replyTo } = command;
      const effect = values.length === 0 ? (none as Effect<E, Tally>) : added(values);
      if (replyTo === undefined) return effect;
      return effect.thenReply(replyTo, (all: Tally) => ({ type: "Added", values, all }));
    }
    case "Get":
      return none.thenReply(command.replyTo, (): TallyAnswer => ({ type: "Tally", all: state }));
    case "Fail":
      throw new Error("told to fail");
    case "Stop":
      return stop;
    case "Rest":
      return none.thenPassivate();
    case "Odd":
      return unhandled;
  }
};

const common = ({
  journal,
  persistenceId = "tally",
  rejects,
  passivateAfterMs,
  onRecovered,
}: TallyOptions) =>
  ({
    persistenceId,
    journal,
    initial: [] as Tally,
    ...(onRecovered === undefined ? {} : { onRecovered }),
    ...(passivateAfterMs === undefined ? {} : { passivateAfterMs }),
    ...(rejects
      ? {
          onPersistRejected: (_ctx, _state, command, { code }) => {
            if (command.type === "Add") command.replyTo?.tell({ type: "Rejected", code });
          },
        }
      : {}),
  }) satisfies Partial<PersistentSpec<TallyCommand, never, Tally>>;

export const sourcedTally = (
  options: TallyOptions,
  more: Partial<EventSourcedSpec<TallyCommand, number, Tally>> = {},
): Behavior<TallyCommand> => {
  const { snapshotEvery, dropsEvents } = options;
  return eventSourced<TallyCommand, number, Tally>({
    ...common(options),
    apply: (state, value) => [...state, value],
    onCommand: (_ctx, state, command) =>
      onCommand(state, command, (values) => persist(...values) as Effect<number, Tally>),
    ...(snapshotEvery === undefined ? {} : { snapshotEvery }),
    ...(dropsEvents === undefined ? {} : { dropsEvents }),
    ...more,
  });
};

export const durableTally = (options: TallyOptions): Behavior<TallyCommand> =>
  durable<TallyCommand, Tally>({
    ...common(options),
    onCommand: (_ctx, state, command) =>
      onCommand<Tally>(state, command, (values) => persist([...state, ...values])),
  });
