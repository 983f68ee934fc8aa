import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { actor, fail, recordingLogger, scripted } from "../support/actors.ts";
import { sourcedTally, type TallyCommand } from "./placed-tally.ts";
import { NEVER_GIVES_UP, office } from "./tally-office.ts";

test("journalKeeper() has what comes in one turn share a commit", async () => {
  const store = new MemoryStore();
  let commits = 0;
  store.setSlow((commit) => {
    commits += 1;
    queueMicrotask(commit);
  });
  const at = office(store);
  const refs = Array.from({ length: 100 }, (_, i) =>
    at.tally(i % 2 === 0 ? "eventSourced" : "durable", { persistenceId: `tally-${i}` }),
  );
  await at.sim.settle();
  assert.equal(commits, 0);
  for (const [i, ref] of refs.entries()) at.add(ref, i);
  await at.sim.settle();
  assert.equal(at.probe.messages.length, 100);
  assert.ok(commits < 5, `${commits} commits`);
});

test("journalKeeper() answers a recovery when the writes before it are on disk", async () => {
  const { logger, errors } = recordingLogger();
  const store = new MemoryStore();
  const at = office(store, { logger });
  store.setSlow((commit) => void at.sim.clock.after(3_000, commit));
  const family = at.sim.system.spawn(
    scripted("family", [], {
      supervision: { strategy: "oneForAll", intensity: NEVER_GIVES_UP },
    }),
  );
  family.tell((ctx) => {
    const tally = ctx.spawn(
      actor<TallyCommand>("tally", () => sourcedTally({ journal: at.journal }), {
        restart: "permanent",
      }),
    );
    const bomb = ctx.spawn(scripted("bomb", [], { restart: "permanent" }));
    ctx.startTimer("add", () => void at.add(tally, 1), 1_000);
    ctx.startTimer("halt", () => void bomb.tell(fail), 2_000);
    ctx.startTimer("get", () => void tally.tell({ type: "Get", replyTo: at.probe.ref }), 2_500);
    return undefined;
  });
  at.sim.advance(2_600);
  await at.sim.settle();
  assert.deepEqual(at.probe.messages, []);
  at.sim.advance(5_000);
  await at.sim.settle();
  assert.deepEqual(at.probe.messages, [{ type: "Tally", all: [1] }]);
  assert.equal(errors.length, 1);
});

test("an actor whose journal does not answer fails, and its supervisor decides", async () => {
  const { logger, errors } = recordingLogger();
  const store = new MemoryStore();
  const at = office(store, { logger });
  const ref = at.tally("eventSourced");
  await at.sim.settle();
  store.setSlow((commit) => void at.sim.clock.after(20_000, commit));
  at.add(ref, 1, 2);
  at.sim.advance(14_999);
  await at.sim.settle();
  assert.deepEqual(errors, []);
  at.sim.advance(1);
  await at.sim.settle();
  assert.deepEqual(
    (errors as { err: { code: string } }[]).map(({ err }) => err.code),
    ["E_ASK_TIMEOUT"],
  );
  at.sim.advance(10_000);
  store.setSlow(queueMicrotask);
  await at.sim.settle();
  // The first was on disk in the end, though nobody was told so.
  assert.deepEqual(at.probe.messages, [{ type: "Added", values: [2], all: [1, 2] }]);
});
