/** A simulated node with a journal and tallies on it, which can be left and begun again. */
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { JOURNAL_MAILBOX, journalKeeper } from "../../../runtime/persistence/journal-keeper.ts";
import type { JournalCommand } from "../../../runtime/persistence/journal-messages.ts";
import type { StateStore } from "../../../runtime/state/state-store.ts";
import type { ChildSpec } from "../../../runtime/supervisor.ts";
import { createProbe, type Probe } from "../../../runtime/testing/probe.ts";
import {
  type Simulation,
  type SimulationOptions,
  simulate,
} from "../../../runtime/testing/simulation.ts";
import { actor } from "../support/actors.ts";
import {
  durableTally,
  sourcedTally,
  type TallyAnswer,
  type TallyCommand,
  type TallyOptions,
} from "./placed-tally.ts";

export type Kind = "eventSourced" | "durable";

export interface Office {
  readonly sim: Simulation;
  readonly journal: ActorRef<JournalCommand>;
  readonly probe: Probe<TallyAnswer>;
  tally(
    kind: Kind,
    options?: Partial<TallyOptions>,
    rest?: Partial<ChildSpec<TallyCommand>>,
  ): ActorRef<TallyCommand>;
  /** Adds each value by itself, and asks for an answer to each. */
  add(ref: ActorRef<TallyCommand>, ...values: readonly number[]): void;
  /** What the tally answers when it is asked; undefined when it does not. */
  allOf(ref: ActorRef<TallyCommand>): Promise<readonly number[] | undefined>;
}

export const NEVER_GIVES_UP = { restartsMax: 1_000_000, withinMs: 1 };

export function office(store: StateStore, options: SimulationOptions = {}): Office {
  const sim = simulate({
    supervision: { strategy: "oneForOne", intensity: NEVER_GIVES_UP },
    ...options,
  });
  const journal = sim.system.spawn<JournalCommand>(
    actor("journal", () => journalKeeper({ store }), { mailbox: JOURNAL_MAILBOX }),
  );
  const probe = createProbe<TallyAnswer>(sim.system);
  let tallies = 0;
  return {
    sim,
    journal,
    probe,
    tally(kind, given, rest) {
      const behavior = kind === "durable" ? durableTally : sourcedTally;
      tallies += 1;
      return sim.system.spawn<TallyCommand>(
        actor(`tally-${tallies}`, () => behavior({ journal, ...given }), {
          restart: "permanent",
          ...rest,
        }),
      );
    },
    add(ref, ...values) {
      for (const value of values) ref.tell({ type: "Add", values: [value], replyTo: probe.ref });
    },
    async allOf(ref) {
      const asker = createProbe<TallyAnswer>(sim.system);
      ref.tell({ type: "Get", replyTo: asker.ref });
      await sim.settle();
      const answer = asker.messages[0];
      return answer?.type === "Tally" ? answer.all : undefined;
    },
  };
}
