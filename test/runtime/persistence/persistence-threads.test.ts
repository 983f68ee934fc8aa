import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { JOURNAL_MAILBOX, journalKeeper } from "../../../runtime/persistence/journal-keeper.ts";
import { openLmdbStore } from "../../../runtime/state/lmdb-store.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { placed } from "../../../runtime/supervisor.ts";
import { startThreads } from "../../../runtime/threads/node-threads.ts";
import { tempDir } from "../../support/store-dirs.ts";
import { childSpec, type EchoCommand } from "../threads/placed-behaviors.ts";
import type { TallyAnswer, TallyCommand, TallyOptions } from "./placed-tally.ts";
import { office } from "./tally-office.ts";

const ROUNDS = 4;

test("persistent actors killed with -9 at any moment have all that was confirmed, and nothing twice", async (t) => {
  const dir = tempDir(t);
  let before = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const confirmed = await runAndKill(t, dir, 40 + ((round * 37) % 130));
    const store = openLmdbStore({ dir });
    const at = office(store);
    let total = 0;
    for (const [i, count] of confirmed.entries()) {
      const kind = i % 2 === 0 ? "eventSourced" : "durable";
      const all = await at.allOf(at.tally(kind, { persistenceId: `tally-${i}` }));
      assert.deepEqual(all, [...(all ?? []).keys()], `round ${round}: tally ${i}`);
      assert.ok((all?.length ?? 0) >= count, `round ${round}: ${all?.length} of ${count}`);
      assert.equal((all?.length ?? 0) % 2, 0);
      total += all?.length ?? 0;
    }
    await store.close();
    assert.ok(total > before, "each round adds some");
    before = total;
  }
});

/** How many numbers of each tally had been confirmed when the node was killed. */
async function runAndKill(t: TestContext, dir: string, afterLines: number): Promise<number[]> {
  const program = fileURLToPath(import.meta.resolve("./tally-node.program.ts"));
  const child = spawn(process.execPath, [program, dir], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const confirmed = new Array<number>(8).fill(0);
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [tally, count] = line.split(" ").map(Number);
    confirmed[tally as number] = count as number;
    lines += 1;
    if (lines === afterLines) child.kill("SIGKILL");
  }
  assert.ok(lines >= afterLines, "it ran until it was killed");
  return confirmed;
}

for (const name of ["sourcedTally", "durableTally"]) {
  test(`${name} on a worker has its state back on the thread that takes the place of a lost one`, async () => {
    const fresh = Promise.withResolvers<void>();
    const node = await startThreads({
      node: "test",
      threads: 1,
      onThreadEvent: ({ type, epoch }) => {
        if (type === "ThreadReady" && epoch > 1) fresh.resolve();
      },
    });
    const { system } = node;
    const child = { restart: "permanent", shutdownMs: 1_000 } as const;
    const store = new MemoryStore();
    const journal = system.spawn({
      id: "journal",
      start: () => journalKeeper({ store }),
      mailbox: JOURNAL_MAILBOX,
      ...child,
    });
    const options: TallyOptions = { journal, snapshotEvery: 2 };
    const tally = system.spawn<TallyCommand>({
      id: "tally",
      start: placed(import.meta.resolve("./placed-tally.ts"), name, options),
      placement: { thread: 1 },
      ...child,
    });
    const ask = (request: (replyTo: ActorRef<TallyAnswer>) => TallyCommand) =>
      system.ask(tally, request, 20_000);
    try {
      for (const value of [1, 2, 3]) {
        await ask((replyTo) => ({ type: "Add", values: [value], replyTo }));
      }
      const bystander = system.spawn(childSpec<EchoCommand>("echo", "echo", { thread: 1 }));
      bystander.tell({ type: "Exit" });
      await fresh.promise;
      const answer = await ask((replyTo) => ({ type: "Get", replyTo }));
      assert.deepEqual(answer, { type: "Tally", all: [1, 2, 3] });
      const added = await ask((replyTo) => ({ type: "Add", values: [4], replyTo }));
      assert.deepEqual(added, { type: "Added", values: [4], all: [1, 2, 3, 4] });
    } finally {
      await node.stop();
    }
  });
}
