import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../runtime/random.ts";
import { type ChildSpec, type Placement, placed, type Strategy } from "../../runtime/supervisor.ts";
import { createProbe } from "../../runtime/testing/probe.ts";
import { type Simulation, simulate } from "../../runtime/testing/simulation.ts";
import fc from "../support/fc.ts";
import type { EchoCommand } from "./support/placed-actors.ts";

const MODULE = import.meta.resolve("./support/placed-actors.ts");
const NEVER_GIVES_UP = { restartsMax: 1_000_000, withinMs: 1 };
const STRATEGIES: readonly Strategy[] = ["oneForOne", "oneForAll", "restForOne"];
const PLACEMENTS: readonly Placement[] = [
  { thread: 1 },
  { thread: 2 },
  { thread: 3 },
  "main",
  "parent",
];

/** Trees of supervisors and their children over four threads, and the children's paths. */
async function forest(seed: number): Promise<{ sim: Simulation; leaves: string[]; all: string[] }> {
  const random = seededRandom(seed);
  const anyOf = <T>(choices: readonly T[]): T => choices[random.below(choices.length)] as T;
  const leaves: string[] = [];
  const all = ["mycel://sim/user"];
  const grow = (parent: string, id: string, depth: number): ChildSpec<never> => {
    const path = `${parent}/${id}`;
    all.push(path);
    if (depth === 0) leaves.push(path);
    const specs = Array.from({ length: depth === 0 ? 0 : 1 + random.below(3) }, (_, i) =>
      grow(path, `${id}-${i}`, depth - 1),
    );
    return {
      id,
      start: placed(MODULE, depth === 0 ? "echo" : "family", { specs }),
      restart: "permanent",
      shutdownMs: Number.POSITIVE_INFINITY,
      placement: anyOf(PLACEMENTS),
      supervision: { strategy: anyOf(STRATEGIES), intensity: NEVER_GIVES_UP },
    };
  };
  const supervision = { strategy: "oneForOne", intensity: NEVER_GIVES_UP } as const;
  const sim = simulate({ threads: 4, seed, supervision });
  for (const id of ["a", "b", "c"]) sim.system.spawn(grow("mycel://sim/user", id, 2));
  await sim.settle();
  return { sim, leaves, all };
}

type Step =
  | { readonly fail: number }
  | { readonly lose: number }
  | { readonly run: number }
  | "settle";

/** `lose` of a thread that is lost already has it replaced. */
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ fail: fc.nat(100) }),
    fc.record({ lose: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ run: fc.integer({ min: 1, max: 8 }) }),
    fc.constant("settle" as const),
  ),
  { maxLength: 20, size: "max" },
);

/** Returns the threads that are lost in the end. */
async function happen(
  { sim, leaves }: Awaited<ReturnType<typeof forest>>,
  happenings: readonly Step[],
): Promise<Set<number>> {
  const lost = new Set<number>();
  for (const step of happenings) {
    if (step === "settle") await sim.settle();
    else if ("run" in step) sim.run(step.run);
    else if ("fail" in step) {
      const path = leaves[step.fail % leaves.length] as string;
      sim.system.refAt<EchoCommand>(path).tell({ type: "Fail" });
    } else if (lost.delete(step.lose)) sim.replaceThread(step.lose);
    else {
      lost.add(step.lose);
      sim.loseThread(step.lose);
    }
  }
  return lost;
}

test("whatever fails and whichever threads are lost, each actor ends up running, and once", () =>
  fc.assert(
    fc.asyncProperty(fc.integer(), steps, async (seed, happenings) => {
      const office = await forest(seed);
      const { sim, leaves, all } = office;
      for (const thread of await happen(office, happenings)) sim.replaceThread(thread);
      await sim.settle();
      const probe = createProbe<string>(sim.system);
      const refreshed = sim.system.refreshTree();
      sim.run();
      await refreshed;
      const running = sim.system.tree().map(({ path }) => path);
      assert.deepEqual(running.sort(), [...all, probe.path].sort());
      for (const path of leaves) {
        const text = `at ${path}`;
        sim.system.refAt<EchoCommand>(path).tell({ type: "Say", text, replyTo: probe.ref });
      }
      await sim.settle();
      assert.equal(probe.messages.length, leaves.length);
    }),
    { numRuns: 60 },
  ));

test("whatever has failed and whichever threads are lost, also meanwhile, shutdown ends", () =>
  fc.assert(
    fc.asyncProperty(fc.integer(), steps, steps, async (seed, before, meanwhile) => {
      const office = await forest(seed);
      await happen(office, before);
      const stopping = office.sim.system.shutdown();
      await happen(
        office,
        meanwhile.filter((step) => step === "settle" || !("fail" in step)),
      );
      await office.sim.settle();
      assert.deepEqual(await Promise.race([stopping, "goes on"]), undefined);
    }),
    { numRuns: 60 },
  ));
