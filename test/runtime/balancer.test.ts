import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../runtime/clock.ts";
import { chooseMove, type ThreadLoad } from "../../runtime/moves/balancer.ts";
import { type ChildSpec, placed } from "../../runtime/supervisor.ts";
import { startThreads } from "../../runtime/threads/node-threads.ts";
import fc from "../support/fc.ts";

/** Generous, for two busy cores. */
const WAIT_MS_MAX = 90_000;

const MOVERS = import.meta.resolve("./support/placed-movers.ts");

const load = (thread: number, share: number, actors: Record<string, number> = {}): ThreadLoad => ({
  thread,
  share,
  actors: Object.entries(actors).map(([path, part]) => ({ path, share: part })),
});

const CASES: [what: string, loads: ThreadLoad[], to: { path: string; to: number } | undefined][] = [
  ["nothing where one thread is all there is", [load(1, 1, { a: 1 })], undefined],
  ["nothing where all are as busy", [load(1, 0.9, { a: 0.5 }), load(2, 0.8)], undefined],
  ["nothing where all are idle", [load(1, 0.2, { a: 0.2 }), load(2, 0)], undefined],
  ["the half of two", [load(1, 1, { a: 0.5, b: 0.5 }), load(2, 0)], { path: "a", to: 2 }],
  ["what evens best", [load(1, 1, { a: 0.7, b: 0.2, c: 0.1 }), load(2, 0.5)], { path: "b", to: 2 }],
  ["nobody who is all the load", [load(1, 1, { a: 1 }), load(2, 0)], undefined],
  ["to the idlest", [load(1, 1, { a: 0.3 }), load(2, 0.4), load(3, 0.1)], { path: "a", to: 3 }],
];

for (const [what, loads, move] of CASES) {
  test(`chooseMove() takes ${what}`, () => {
    assert.deepEqual(
      chooseMove(loads, () => true),
      move,
    );
  });
}

test("chooseMove() leaves the two threads more even than before, and who rests where he is", () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const loads = fc.array(fc.tuple(share, fc.array(share, { maxLength: 4 })), { maxLength: 4 });
  fc.assert(
    fc.property(loads, fc.nat(4), (threads, resting) => {
      const all = threads.map(([total, parts], i) => {
        const actors = parts.map((part, j) => [`${i}-${j}`, (part * total) / parts.length]);
        return load(i + 1, total, Object.fromEntries(actors));
      });
      const move = chooseMove(all, (path) => !path.endsWith(`-${resting}`));
      if (move === undefined) return;
      assert.ok(!move.path.endsWith(`-${resting}`));
      const from = all.find(({ actors }) => actors.some(({ path }) => path === move.path));
      const to = all.find(({ thread }) => thread === move.to);
      assert.ok(from !== undefined && to !== undefined);
      const moved = from.actors.find(({ path }) => path === move.path)?.share ?? 0;
      const before = from.share - to.share;
      assert.ok(Math.abs(before - 2 * moved) < before);
    }),
  );
});

test("the balancer takes one of two busy actors to the idle thread", async () => {
  const node = await startThreads({ node: "test", threads: 2, balance: { everyMs: 50 } });
  try {
    const spinner = (id: string): ChildSpec<"work"> => ({
      id,
      start: placed<"work">(MOVERS, "spinner", {}),
      restart: "permanent",
      shutdownMs: 1_000,
      placement: "any",
    });
    // Dealt out in turn: a and c come to one thread, b and d to the other.
    const [a, , c] = ["a", "b", "c", "d"].map((id) => node.system.spawn<"work">(spinner(id)));
    a?.tell("work");
    c?.tell("work");
    const endMs = systemClock.monotonicMs() + WAIT_MS_MAX;
    for (;;) {
      assert.ok(systemClock.monotonicMs() < endMs, "waited in vain");
      await node.system.refreshTree();
      const busy = node.system.tree().filter(({ path }) => path === a?.path || path === c?.path);
      if (busy.length === 2 && busy[0]?.thread !== busy[1]?.thread) break;
    }
  } finally {
    await node.stop();
  }
});
