/**
 * A node of three threads with persistent tallies on its workers, each given one number after another
 * without end; prints `tally count` for each that is confirmed. Its first argument is the store's folder.
 */
import { receive, same } from "../../../runtime/behavior.ts";
import { JOURNAL_MAILBOX, journalKeeper } from "../../../runtime/persistence/journal-keeper.ts";
import { openLmdbStore } from "../../../runtime/state/lmdb-store.ts";
import { placed } from "../../../runtime/supervisor.ts";
import { startThreads } from "../../../runtime/threads/node-threads.ts";
import type { TallyAnswer, TallyCommand, TallyOptions } from "./placed-tally.ts";

const [dir = ""] = process.argv.slice(2);
const { system } = await startThreads({ node: "test", threads: 2 });
const store = openLmdbStore({ dir });
const child = { restart: "permanent", shutdownMs: 1_000 } as const;
const journal = system.spawn({
  id: "journal",
  start: () => journalKeeper({ store }),
  mailbox: JOURNAL_MAILBOX,
  ...child,
});

for (let i = 0; i < 8; i += 1) {
  const persistenceId = `tally-${i}`;
  const options: TallyOptions = { journal, persistenceId, snapshotEvery: 10, dropsEvents: i > 4 };
  const name = i % 2 === 0 ? "sourcedTally" : "durableTally";
  const tally = system.spawn<TallyCommand>({
    id: persistenceId,
    start: placed(import.meta.resolve("./placed-tally.ts"), name, options),
    placement: { thread: 1 + (i >> 2) },
    ...child,
  });
  const feeder = system.spawn<TallyAnswer>({
    id: `feeder-${i}`,
    start: () =>
      receive((answer) => {
        if (answer.type === "Rejected") return same;
        const count = answer.all.length;
        if (answer.type === "Added") process.stdout.write(`${i} ${count}\n`);
        // Two numbers in one command are there both, or none of them.
        tally.tell({ type: "Add", values: [count, count + 1], replyTo: feeder });
        return same;
      }),
    ...child,
  });
  tally.tell({ type: "Get", replyTo: feeder });
}
