import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type ChildSpec, placed } from "../../runtime/supervisor.ts";
import { createProbe, type Probe } from "../../runtime/testing/probe.ts";
import { type Simulation, simulate } from "../../runtime/testing/simulation.ts";
import fc from "../support/fc.ts";
import type { Seen, TallyCommand } from "./support/placed-movers.ts";

const MOVERS = import.meta.resolve("./support/placed-movers.ts");

const mover = <M>(
  id: string,
  name: string,
  thread: number,
  options: unknown,
  rest: Partial<ChildSpec<M>> = {},
): ChildSpec<M> => ({
  id,
  start: placed<M>(MOVERS, name, options),
  restart: "permanent",
  shutdownMs: 1_000,
  placement: { thread },
  ...rest,
});

type Writer = ActorRef<{ send: number } | { told: ActorRef<number> }>;

const THREADS = 4;

interface Scene {
  readonly sim: Simulation;
  readonly probe: Probe<Seen>;
  readonly tally: ActorRef<TallyCommand>;
  /** On each thread one that writes messages, and one that writes bytes. */
  readonly writers: readonly Writer[];
}

async function scene(seed: number, rest: Partial<ChildSpec<TallyCommand>> = {}): Promise<Scene> {
  const sim = simulate({ threads: THREADS, seed });
  const probe = createProbe<Seen>(sim.system);
  const tally = sim.system.spawn(mover<TallyCommand>("tally", "tally", 1, { to: probe.ref }, rest));
  const writers = Array.from({ length: 2 * THREADS }, (_, i) => {
    const thread = i % THREADS;
    const options = i < THREADS ? {} : { tag: thread };
    return sim.system.spawn<{ send: number } | { told: ActorRef<number> }>(
      mover(`writer-${i}`, "writer", thread, { name: `writer-${i}`, to: tally, ...options }),
    );
  });
  await sim.settle();
  return { sim, probe, tally, writers };
}

type Step =
  | { readonly write: number; readonly count: number }
  | { readonly moveTo: number }
  | { readonly run: number }
  | "settle";

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ write: fc.nat(2 * THREADS - 1), count: fc.integer({ min: 1, max: 200 }) }),
    fc.record({ moveTo: fc.nat(THREADS - 1) }),
    fc.record({ run: fc.integer({ min: 1, max: 6 }) }),
    fc.constant("settle" as const),
  ),
  { maxLength: 40, size: "max" },
);

async function told({ sim, writers }: Scene): Promise<number[]> {
  const answers = createProbe<number>(sim.system);
  for (const writer of writers) {
    writer.tell({ told: answers.ref });
    await sim.settle();
  }
  return [...answers.messages];
}

const countTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

test("messages and bytes of every sender arrive once and in order while their receiver moves", () =>
  fc.assert(
    fc.asyncProperty(fc.integer(), steps, async (seed, happenings) => {
      const stage = await scene(seed);
      const { sim, probe, tally, writers } = stage;
      const moves: Promise<unknown>[] = [];
      for (const step of happenings) {
        if (step === "settle") await sim.settle();
        else if ("run" in step) sim.run(step.run);
        else if ("moveTo" in step) moves.push(sim.system.move(tally.path, step.moveTo));
        else writers[step.write]?.tell({ send: step.count });
      }
      await sim.settle();
      await Promise.all(moves);
      const counts = await told(stage);
      for (const [i, count] of counts.entries()) {
        const from = i < THREADS ? `writer-${i}` : `bytes ${i % THREADS}`;
        const numbers = probe.messages.filter((seen) => seen.from === from).map(({ n }) => n);
        const sent = countTo(count).map((n) => (i < THREADS ? n : n % 256));
        assert.deepEqual(numbers, sent, from);
      }
      assert.deepEqual(
        probe.messages.map(({ handled }) => handled),
        countTo(probe.messages.length),
      );
      assert.equal(
        sim.systems.reduce((sum, each) => sum + each.deadLetters.total(), 0),
        0,
      );
    }),
    { numRuns: 100 },
  ));

test("system.move() takes an actor to another thread and back, with its state", async () => {
  const { sim, probe, tally } = await scene(1);
  const visited: (number | undefined)[] = [];
  for (const to of [2, 0, 3, 1]) {
    const moving = sim.system.move(tally.path, to);
    await sim.settle();
    assert.deepEqual(await moving, { ok: true, value: undefined });
    const refreshed = sim.system.refreshTree();
    sim.run();
    await refreshed;
    const infos = sim.system.tree().filter(({ path }) => path === tally.path);
    assert.equal(infos.length, 1);
    visited.push(infos[0]?.thread);
    tally.tell({ type: "Note", from: "me", n: to });
    await sim.settle();
  }
  assert.deepEqual(visited, [2, 0, 3, 1]);
  assert.deepEqual(
    probe.messages.map(({ n, handled }) => [n, handled]),
    [
      [2, 1],
      [0, 2],
      [3, 3],
      [1, 4],
    ],
  );
});

test("system.move() to a thread that is lost before the order arrives leaves the actor where it is", async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { sim, probe, tally } = await scene(seed);
    const moving = sim.system.move(tally.path, 2);
    sim.loseThread(2);
    await sim.settle();
    assert.deepEqual(await moving, { ok: false, error: "threadLost" });
    tally.tell({ type: "Note", from: "me", n: 1 });
    await sim.settle();
    assert.deepEqual(probe.messages, [{ from: "me", n: 1, handled: 1 }]);
  }
});
