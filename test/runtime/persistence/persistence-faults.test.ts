import assert from "node:assert/strict";
import { test } from "node:test";
import { receive, same } from "../../../runtime/behavior.ts";
import { JOURNAL_MAILBOX, journalKeeper } from "../../../runtime/persistence/journal-keeper.ts";
import type { JournalCommand } from "../../../runtime/persistence/journal-messages.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { type ChildSpec, placed } from "../../../runtime/supervisor.ts";
import { createProbe, type Probe } from "../../../runtime/testing/probe.ts";
import { type Simulation, simulate } from "../../../runtime/testing/simulation.ts";
import fc from "../../support/fc.ts";
import { actor, fail, type Script, scripted } from "../support/actors.ts";
import type { TallyAnswer, TallyCommand, TallyOptions } from "./placed-tally.ts";
import { NEVER_GIVES_UP } from "./tally-office.ts";

const MODULE = import.meta.resolve("./placed-tally.ts");
/** A disk that is slow, one that is slower than actors wait for, and one that is well again. */
const STORE_SLOW_MS = [3_000, 20_000, 0];
const TALLY = "mycel://sim/user/family/tally";
const JOURNAL = "mycel://sim/user/vault/journal";

const bombOf = (parent: string): string => `mycel://sim/user/${parent}/bomb`;

type Step =
  | { readonly do: "add"; readonly count: number }
  | { readonly do: "run"; readonly boxes: number }
  | { readonly do: "move"; readonly to: number }
  | {
      readonly do:
        | "get"
        | "fail"
        | "rest"
        | "halt"
        | "settle"
        | "pass"
        | "loseThread"
        | "loseNode"
        | "loseJournal"
        | "full"
        | "slow";
    };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant("add" as const),
        count: fc.integer({ min: 1, max: 3 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("run" as const),
        boxes: fc.integer({ min: 1, max: 6 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("move" as const), to: fc.nat(2) }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constantFrom("get", "settle", "pass" as const) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom(
          "fail",
          "rest",
          "halt",
          "loseThread",
          "loseNode",
          "loseJournal",
          "full",
          "slow" as const,
        ),
      }),
    },
  ),
  { maxLength: 40, size: "max" },
);

interface Node {
  readonly sim: Simulation;
  readonly store: MemoryStore;
  readonly probe: Probe<TallyAnswer>;
  lost: boolean;
  isFull: boolean;
}

/** The tally lives on thread 1, all else on the main thread. A bomb takes its sibling along. */
async function start(
  store: MemoryStore,
  seed: number,
  name: string,
  options: Partial<TallyOptions>,
): Promise<Node> {
  const supervision = { strategy: "oneForOne", intensity: NEVER_GIVES_UP } as const;
  const sim = simulate({ seed, threads: 3, supervision });
  const beside = async <C>(parent: string, spec: ChildSpec<C>): Promise<void> => {
    const strategy = "oneForAll";
    const family = sim.system.spawn(
      scripted(parent, [], {
        restart: "permanent",
        supervision: { strategy, intensity: NEVER_GIVES_UP },
      }),
    );
    family.tell((ctx) => void ctx.spawn(spec));
    family.tell((ctx) => void ctx.spawn(scripted("bomb", [], { restart: "permanent" })));
    await sim.settle();
  };
  await beside<JournalCommand>(
    "vault",
    actor("journal", () => journalKeeper({ store }), {
      mailbox: JOURNAL_MAILBOX,
      restart: "permanent",
    }),
  );
  const journal = sim.system.refAt<JournalCommand>(JOURNAL);
  await beside<TallyCommand>("family", {
    id: "tally",
    start: placed(MODULE, name, { ...options, journal }),
    restart: "permanent",
    shutdownMs: 1_000,
    placement: { thread: 1 },
  });
  return { sim, store, probe: createProbe<TallyAnswer>(sim.system), lost: false, isFull: false };
}

/** All answers of all incarnations, in the order they came. */
async function live(
  seed: number,
  name: string,
  options: Partial<TallyOptions>,
  happenings: readonly Step[],
): Promise<{ answers: TallyAnswer[]; sent: number; end: readonly number[] }> {
  let node = await start(new MemoryStore(), seed, name, options);
  const answers: TallyAnswer[] = [];
  let sent = 0;
  let slow = 0;
  const tell = (command: TallyCommand) => node.sim.system.refAt<TallyCommand>(TALLY).tell(command);
  const get = () => tell({ type: "Get", replyTo: node.probe.ref });
  for (const step of happenings) {
    switch (step.do) {
      case "add": {
        const values = Array.from({ length: step.count }, () => sent++);
        tell({ type: "Add", values, replyTo: node.probe.ref });
        break;
      }
      case "get":
        get();
        break;
      case "fail":
        tell({ type: "Fail" });
        break;
      case "rest":
        tell({ type: "Rest" });
        break;
      case "halt":
        node.sim.system.refAt<Script>(bombOf("family")).tell(fail);
        break;
      case "run":
        node.sim.run(step.boxes);
        break;
      case "move":
        void node.sim.system.move(TALLY, step.to);
        break;
      case "settle":
        await node.sim.settle();
        break;
      case "pass":
        node.sim.advance(6_000);
        await node.sim.settle();
        break;
      case "loseThread":
        if (node.lost) node.sim.replaceThread(1);
        else node.sim.loseThread(1);
        node.lost = !node.lost;
        break;
      case "full":
        node.isFull = !node.isFull;
        node.store.setFull(node.isFull);
        break;
      case "slow": {
        const { clock } = node.sim;
        const ms = STORE_SLOW_MS[slow++ % STORE_SLOW_MS.length] as number;
        if (ms === 0) node.store.setSlow(queueMicrotask);
        else node.store.setSlow((commit) => void clock.after(ms, commit));
        break;
      }
      case "loseJournal":
        node.sim.system.refAt<Script>(bombOf("vault")).tell(fail);
        break;
      case "loseNode":
        answers.push(...node.probe.take());
        node = await start(node.store.reopened(), seed + sent, name, options);
        break;
    }
  }
  node.store.setFull(false);
  node.store.setSlow(queueMicrotask);
  if (node.lost) node.sim.replaceThread(1);
  // What waits for an answer that does not come has failed by then, and recovered.
  for (let round = 0; round < 4; round += 1) {
    await node.sim.settle();
    node.sim.advance(20_000);
  }
  await node.sim.settle();
  answers.push(...node.probe.take());
  get();
  await node.sim.settle();
  const last = node.probe.take().at(-1);
  assert.equal(last?.type, "Tally", "it answers in the end");
  return { answers, sent, end: last.all };
}

for (const name of ["sourcedTally", "durableTally"]) {
  test(`${name}: whatever fails when, nobody hears of a state that is not on disk, and what was confirmed is there`, () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.record({
          snapshotEvery: fc.integer({ min: 1, max: 5 }),
          dropsEvents: fc.boolean(),
          rejects: fc.boolean(),
          passivateAfterMs: fc.constantFrom(1_000, 3_000),
        }),
        steps,
        async (seed, options, happenings) => {
          const { answers, sent, end } = await live(seed, name, options, happenings);
          // Values are 0, 1, 2, … as they were sent: none twice, none out of order.
          assert.deepEqual(
            [...end],
            [...new Set(end)].sort((a, b) => a - b),
          );
          assert.ok(end.every((value) => value >= 0 && value < sent));
          let heard = 0;
          for (const answer of answers) {
            if (answer.type === "Rejected") continue;
            assert.deepEqual(
              answer.all,
              end.slice(0, answer.all.length),
              "a state that came to nothing",
            );
            assert.ok(answer.all.length >= heard, "the state went back");
            heard = answer.all.length;
            if (answer.type === "Added")
              assert.deepEqual(answer.all.slice(-answer.values.length), answer.values);
          }
        },
      ),
      { numRuns: 150 },
    ));
}

for (const name of ["sourcedTally", "durableTally"]) {
  test(`${name} moves to another thread when what it writes is on disk, and answers first`, async () => {
    const node = await start(new MemoryStore(), 1, name, { passivateAfterMs: 1_000 });
    const { sim, store, probe } = node;
    const tally = sim.system.refAt<TallyCommand>(TALLY);
    const add = (...values: number[]): void => {
      for (const value of values) tally.tell({ type: "Add", values: [value], replyTo: probe.ref });
    };
    add(1);
    await sim.settle();
    store.setSlow((commit) => void sim.clock.after(500, commit));
    add(2, 3);
    await sim.settle();
    let outcome: unknown;
    void sim.system.move(TALLY, 2).then((ended) => {
      outcome = ended;
    });
    await sim.settle();
    sim.advance(400);
    await sim.settle();
    assert.equal(outcome, undefined);
    store.setSlow(queueMicrotask);
    sim.advance(100);
    await sim.settle();
    sim.advance(100);
    await sim.settle();
    assert.deepEqual(outcome, { ok: true, value: undefined });
    assert.deepEqual(
      probe.messages.map((answer) => "all" in answer && answer.all),
      [[1], [1, 2], [1, 2, 3]],
    );
    add(4);
    await sim.settle();
    const refreshed = sim.system.refreshTree();
    sim.run();
    await refreshed;
    const infos = sim.system.tree().filter(({ path }) => path === TALLY);
    assert.deepEqual(
      infos.map(({ thread, failures }) => [thread, failures]),
      [[2, 0]],
    );
    assert.equal(probe.messages.length, 4);
    assert.equal(sim.system.deadLetters.total(), 0);
  });

  test(`${name} moves though it always has something to write`, async () => {
    const { sim, store } = await start(new MemoryStore(), 1, name, {});
    const tally = sim.system.refAt<TallyCommand>(TALLY);
    store.setSlow((commit) => void sim.clock.after(100, commit));
    const feeder = sim.system.spawn<TallyAnswer>(
      actor("feeder", () =>
        receive((answer) => {
          const values = answer.type === "Added" ? [answer.all.length + 9] : [0];
          tally.tell({ type: "Add", values, replyTo: feeder });
          return same;
        }),
      ),
    );
    // Ten at a time: its mailbox is never empty.
    for (let i = 0; i < 10; i += 1) {
      tally.tell({ type: "Add", values: [i], replyTo: feeder });
    }
    await sim.settle();
    let outcome: unknown;
    void sim.system.move(TALLY, 2).then((ended) => {
      outcome = ended;
    });
    for (let ms = 0; ms < 2_500; ms += 100) {
      sim.advance(100);
      await sim.settle();
    }
    assert.deepEqual(outcome, { ok: true, value: undefined });
    const probe = createProbe<TallyAnswer>(sim.system);
    tally.tell({ type: "Get", replyTo: probe.ref });
    sim.advance(2_000);
    for (let ms = 0; ms < 2_000; ms += 100) {
      sim.advance(100);
      await sim.settle();
    }
    const [answer] = probe.messages;
    const all = answer?.type === "Tally" ? answer.all : [];
    assert.ok(all.length > 10);
    assert.deepEqual(all, [...all.keys()]);
  });
}
