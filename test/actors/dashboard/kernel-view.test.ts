import assert from "node:assert/strict";
import { test } from "node:test";
import { KernelView } from "../../../actors/dashboard/kernel-view.ts";
import { receive, same } from "../../../runtime/behavior.ts";
import { SAMPLE_EVERY } from "../../../runtime/limits.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import type { RingStats } from "../../../runtime/threads/ring-stats.ts";

const ring = (from: number, to: number, sent: number): RingStats => ({
  ...{ from, to, lane: "data", sent, received: sent - 1, full: 2 },
  ...{ waitingBytes: 0, capacityBytes: 1_024 },
});

test("KernelView makes rates and shares of two looks, and none of one", async () => {
  const sim = simulate();
  const ref = sim.system.spawn<{ type: string; ms: number }>({
    id: "worker",
    start: () =>
      receive(({ ms }) => {
        sim.clock.goTo(sim.clock.monotonicMs() + ms);
        return same;
      }),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  sim.run();
  const view = new KernelView(sim.system, () => [ring(0, 1, 10), ring(1, 0, 5)]);
  const look = async () => {
    const { actors, kernel, types } = await view.read();
    const actor = actors.find(({ path }) => path === ref.path);
    assert.ok(actor !== undefined);
    return { actor, thread: kernel.threads[0], letters: kernel.deadLetters, types };
  };

  const first = await look();
  assert.deepEqual([first.actor.rate, first.actor.times], [null, null]);
  assert.equal(first.thread?.busyShare, null);
  assert.deepEqual([first.thread?.sent, first.thread?.received, first.thread?.full], [10, 4, 2]);

  for (let i = 0; i < 5 * SAMPLE_EVERY; i += 1) ref.tell({ type: i % 2 ? "A" : "B", ms: 1 });
  sim.system.refAt("mycel://sim/user/none").tell({ type: "Lost" });
  sim.advance(2_000);
  const second = await look();
  assert.equal(second.actor.rate, 320, "640 messages in 2 s");
  assert.equal(second.thread?.rate, 320);
  assert.equal(second.thread?.busyShare, 0.32);
  assert.ok(second.actor.times !== null && second.actor.times.handler.p50Ms >= 1);
  assert.deepEqual(second.letters.byReason["noSuchActor"], 1);
  assert.deepEqual(second.letters.last, [
    { ...second.letters.last[0], type: "Lost", reason: "noSuchActor", thread: 0 },
  ]);
  assert.ok((second.types.get(ref.path) ?? []).length > 0);

  sim.advance(1_000);
  assert.equal((await look()).actor.rate, 0);
  assert.equal((await look()).actor.rate, null, "no time has passed");
});
