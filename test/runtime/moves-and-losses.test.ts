import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type ChildSpec, type Placement, placed } from "../../runtime/supervisor.ts";
import { createProbe } from "../../runtime/testing/probe.ts";
import { type Simulation, simulate } from "../../runtime/testing/simulation.ts";
import fc from "../support/fc.ts";
import type { Seen, TallyCommand } from "./support/placed-movers.ts";

const MOVERS = import.meta.resolve("./support/placed-movers.ts");
const FAMILY = import.meta.resolve("./support/placed-actors.ts");
const NEVER_GIVES_UP = { restartsMax: 1_000_000, withinMs: 1 };
const SUPERVISION = { strategy: "oneForOne", intensity: NEVER_GIVES_UP } as const;
const THREADS = 4;

const spec = <M>(
  id: string,
  module: string,
  name: string,
  placement: Placement,
  options: unknown,
): ChildSpec<M> => ({
  id,
  start: placed<M>(module, name, options),
  restart: "transient",
  shutdownMs: 1_000,
  placement,
  supervision: SUPERVISION,
});

type Step =
  | { readonly write: number; readonly count: number }
  | { readonly moveTo: number }
  | { readonly fail: true }
  | { readonly lose: number }
  | { readonly run: number }
  | "settle";

/** `lose` of a thread that is lost already has it replaced. */
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ write: fc.nat(THREADS - 1), count: fc.nat(100) }) },
    { weight: 3, arbitrary: fc.record({ moveTo: fc.nat(THREADS - 1) }) },
    { weight: 1, arbitrary: fc.record({ fail: fc.constant(true as const) }) },
    { weight: 2, arbitrary: fc.record({ lose: fc.integer({ min: 1, max: THREADS - 1 }) }) },
    { weight: 4, arbitrary: fc.record({ run: fc.integer({ min: 1, max: 8 }) }) },
    { weight: 1, arbitrary: fc.constant("settle" as const) },
  ),
  { maxLength: 30, size: "max" },
);

/** Where the actor is to live, and where its parent: the root, or a family on a worker. */
const homes = fc.record({
  placement: fc.constantFrom<Placement>("any", "parent", { thread: 2 }),
  parent: fc.constantFrom<"root" | Placement>("root", { thread: 1 }, "any"),
});

async function threadsOf(sim: Simulation, path: string): Promise<number[]> {
  const refreshed = sim.system.refreshTree();
  sim.run();
  await refreshed;
  return sim.system.tree().flatMap((info) => (info.path === path ? [info.thread] : []));
}

test("whichever threads are lost while an actor moves, it ends up running, and once", () =>
  fc.assert(
    fc.asyncProperty(fc.integer(), homes, steps, async (seed, home, happenings) => {
      const sim = simulate({ threads: THREADS, seed, supervision: SUPERVISION });
      const probe = createProbe<Seen>(sim.system);
      const mover = spec<TallyCommand>("tally", MOVERS, "tally", home.placement, { to: probe.ref });
      let path = "mycel://sim/user/tally";
      if (home.parent === "root") sim.system.spawn(mover);
      else {
        sim.system.spawn(spec("family", FAMILY, "family", home.parent, { specs: [mover] }));
        path = "mycel://sim/user/family/tally";
      }
      await sim.settle();
      const tally = sim.system.refAt<TallyCommand>(path);
      const writers = Array.from({ length: THREADS }, (_, thread) =>
        sim.system.spawn<{ send: number }>(
          spec(
            `writer-${thread}`,
            MOVERS,
            "writer",
            { thread },
            {
              name: `writer-${thread}`,
              to: tally,
            },
          ),
        ),
      );
      const mourners = Array.from({ length: THREADS }, (_, thread) =>
        sim.system.spawn<{ replyTo: ActorRef<number> }>(
          spec(`mourner-${thread}`, MOVERS, "mourner", { thread }, { ref: tally }),
        ),
      );
      await sim.settle();

      const moves: Promise<unknown>[] = [];
      const lost = new Set<number>();
      const everLost = new Set<number>();
      for (const step of happenings) {
        if (step === "settle") await sim.settle();
        else if ("run" in step) sim.run(step.run);
        else if ("fail" in step) tally.tell({ type: "Fail" });
        else if ("moveTo" in step) moves.push(sim.system.move(path, step.moveTo));
        else if ("write" in step) writers[step.write]?.tell({ send: step.count });
        else if (lost.delete(step.lose)) sim.replaceThread(step.lose);
        else {
          lost.add(step.lose);
          everLost.add(step.lose);
          sim.loseThread(step.lose);
        }
      }
      for (const thread of lost) sim.replaceThread(thread);
      await sim.settle();
      sim.advance(60_000);
      await sim.settle();
      await Promise.all(moves);

      assert.equal((await threadsOf(sim, path)).length, 1);
      for (const thread of writers.keys()) {
        const from = `writer-${thread}`;
        // A writer that is restarted counts from the beginning.
        if (everLost.has(thread)) continue;
        const numbers = probe.messages.flatMap((seen) => (seen.from === from ? [seen.n] : []));
        for (const [i, n] of numbers.entries()) {
          assert.ok(i === 0 || n > (numbers[i - 1] as number), `${from}: ${numbers}`);
        }
      }
      const before = await answers(sim, mourners);
      sim.system.refAt<TallyCommand>(path).tell({ type: "Note", from: "last", n: 1 });
      await sim.settle();
      assert.equal(probe.messages.filter(({ from }) => from === "last").length, 1);
      sim.system.refAt<TallyCommand>(path).tell({ type: "End" });
      await sim.settle();
      const after = await answers(sim, mourners);
      assert.equal(after.length, THREADS);
      if (home.parent === "root") {
        assert.deepEqual(
          after,
          before.map((ends) => ends + 1),
        );
      }
      assert.deepEqual(await threadsOf(sim, path), []);
    }),
    { numRuns: 150 },
  ));

async function answers(
  sim: Simulation,
  mourners: readonly ActorRef<{ replyTo: ActorRef<number> }>[],
) {
  const probe = createProbe<number>(sim.system);
  for (const mourner of mourners) {
    mourner.tell({ replyTo: probe.ref });
    await sim.settle();
  }
  return [...probe.messages];
}
