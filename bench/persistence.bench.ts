/**
 * What it costs an actor to keep its state: events from a command to the answer after fdatasync, events
 * read back at a recovery, and bytes held before and after it has given its state up.
 *
 *   command ──▶ actor ──Append──▶ journal keeper ──▶ LMDB ──Written──▶ actor ──▶ answer
 *
 * A thousand actors write side by side, each one event at a time: what waits at the journal shares a
 * commit.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import type { ActorRef } from "../runtime/actor-ref.ts";
import { createActorSystem } from "../runtime/actor-system.ts";
import { receive, same } from "../runtime/behavior.ts";
import { invariant } from "../runtime/invariant.ts";
import { type Effect, none, persist } from "../runtime/persistence/effect.ts";
import { eventSourced } from "../runtime/persistence/event-sourced.ts";
import { JOURNAL_MAILBOX, journalKeeper } from "../runtime/persistence/journal-keeper.ts";
import { openLmdbStore } from "../runtime/state/lmdb-store.ts";
import { MemoryStore } from "../runtime/state/memory-store.ts";
import type { StateStore } from "../runtime/state/state-store.ts";
import { collectGarbage } from "./garbage.ts";
import type { Bench } from "./harness.ts";

const WRITERS = 1_000;
const JOURNAL_EVENTS = 1_000;
/** Enough that their bytes stand out from what else is freed or kept meanwhile. */
const HOLDERS = { smoke: 5_000, full: 50_000 } as const;

export const persistence: Bench = {
  name: "persistence",
  question: "What does it cost an actor to keep its state over a crash?",
  run: async (harness) => {
    const dir = mkdtempSync(join(tmpdir(), "mycel-bench-"));
    const store = openLmdbStore({ dir: join(dir, "ours") });
    const peerStore = openLmdbStore({ dir: join(dir, "peer") });
    const counters = office(store);
    try {
      const writers = Array.from({ length: WRITERS }, (_, i) => counters.spawn(`writer-${i}`));
      const table = peerStore.table<number, Added>({ name: "events", value: "object" });
      let last = 0;
      await harness.compare({
        name: "persisted event",
        unit: "event",
        smoke: WRITERS,
        ours: (events) =>
          counters.answers(events, (n) => writers[n % WRITERS]?.tell("add") ?? false),
        peers: {
          "store's own puts": async (events) => {
            for (let left = events; left > 0; left -= WRITERS) {
              const count = Math.min(left, WRITERS);
              await peerStore.write(() => {
                for (let i = 0; i < count; i += 1) table.put(last++, ADDED);
              });
            }
          },
        },
      });

      const journaled = counters.spawn("journaled");
      await counters.answers(JOURNAL_EVENTS, () => journaled.tell("add"));
      await harness.compare({
        name: "recovered event",
        unit: "event",
        smoke: JOURNAL_EVENTS,
        ours: (events) =>
          counters.answers(Math.ceil(events / JOURNAL_EVENTS), () =>
            counters.spawn("journaled").tell("end"),
          ),
      });
    } finally {
      await counters.system.shutdown();
      await Promise.all([store.close(), peerStore.close()]);
      rmSync(dir, { recursive: true, force: true });
    }

    const holders = harness.smoke ? HOLDERS.smoke : HOLDERS.full;
    const [active, passive] = await held(holders);
    harness.report("persistent actor, active", "byte", active);
    harness.report("persistent actor, passive", "byte", passive);
  },
};

type Command = "add" | "get" | "rest" | "end";
interface Added {
  readonly type: "Added";
  readonly amount: number;
}
const ADDED: Added = { type: "Added", amount: 1 };

function office(store: StateStore) {
  const system = createActorSystem({ node: "bench" });
  const child = { restart: "permanent", shutdownMs: 1_000 } as const;
  const journal = system.spawn({
    id: "journal",
    start: () => journalKeeper({ store }),
    mailbox: JOURNAL_MAILBOX,
    ...child,
  });
  let answered = 0;
  let spawned = 0;
  const ear = system.spawn<number>({
    id: "ear",
    start: () =>
      receive(() => {
        answered += 1;
        return same;
      }),
    mailbox: { capacity: 1_000_000, overflow: "refuse" },
    ...child,
  });
  const carryOut = (sum: number, command: Command): Effect<Added, number> => {
    if (command === "add") return persist(ADDED).thenReply(ear, (after: number) => after);
    const effect = none.thenReply(ear, () => sum);
    if (command === "rest") return effect.thenPassivate();
    return command === "end" ? effect.thenStop() : effect;
  };
  return {
    system,
    spawn: (persistenceId: string): ActorRef<Command> =>
      system.spawn<Command>({
        id: `${persistenceId}-${spawned++}`,
        start: () =>
          eventSourced<Command, Added, number>({
            persistenceId,
            journal,
            initial: 0,
            apply: (sum, { amount }) => sum + amount,
            onCommand: (_ctx, sum, command) => carryOut(sum, command),
          }),
        ...child,
        restart: "temporary",
      }),
    /** Tells as many commands, as fast as they are answered, and waits for the last answer. */
    answers: async (commands: number, tell: (n: number) => boolean): Promise<void> => {
      const end = answered + commands;
      for (let n = 0; n < commands; n += 1) {
        invariant(tell(n), "no command is refused");
        while (n + 1 - (commands - (end - answered)) >= UNDER_WAY_MAX) await turn();
      }
      while (answered < end) await turn();
    },
  };
}

/** Four for each writer, so that none waits for its next command. */
const UNDER_WAY_MAX = 4 * WRITERS;

/** Bytes an actor holds after a command, and after it has become passive. */
async function held(actors: number): Promise<[active: number, passive: number]> {
  const counters = office(new MemoryStore());
  const bytes = async (): Promise<number> => {
    for (let i = 0; i < 3; i += 1) {
      await turn();
      collectGarbage();
    }
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = await bytes();
  const holders: ActorRef<Command>[] = [];
  await counters.answers(actors, (n) => {
    holders.push(counters.spawn(`holder-${n}`));
    return holders[n]?.tell("get") ?? false;
  });
  const active = await bytes();
  await counters.answers(actors, (n) => holders[n]?.tell("rest") ?? false);
  const passive = await bytes();
  await counters.system.shutdown();
  return [(active - before) / actors, (passive - before) / actors];
}
