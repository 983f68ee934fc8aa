import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { receive, same } from "../../../runtime/behavior.ts";
import { type ChildSpec, placed } from "../../../runtime/supervisor.ts";
import { startThreads } from "../../../runtime/threads/node-threads.ts";
import type { Seen, TallyCommand } from "../support/placed-movers.ts";

const MOVERS = import.meta.resolve("../support/placed-movers.ts");
const MOVES = 100;
const EACH = 50;

const on = <M>(thread: number, id: string, name: string, options: unknown): ChildSpec<M> => ({
  id,
  start: placed<M>(MOVERS, name, options),
  restart: "permanent",
  shutdownMs: 1_000,
  placement: { thread },
});

test("an actor is moved a hundred times between real threads while all of them write to it", async () => {
  const node = await startThreads({ node: "test", threads: 2 });
  try {
    const seen: Seen[] = [];
    const complete = Promise.withResolvers<void>();
    const all = 3 * MOVES * EACH;
    const ear = node.system.spawn<Seen>({
      id: "ear",
      start: () =>
        receive((message) => {
          seen.push(message);
          if (seen.length === all) complete.resolve();
          return same;
        }),
      restart: "temporary",
      shutdownMs: 1_000,
    });
    const tally = node.system.spawn(on<TallyCommand>(1, "tally", "tally", { to: ear }));
    const writers = [0, 1, 2].map((thread) =>
      node.system.spawn<{ send: number } | { told: ActorRef<number> }>(
        on(thread, `writer-${thread}`, "writer", { name: `writer-${thread}`, to: tally }),
      ),
    );
    for (let move = 0; move < MOVES; move += 1) {
      for (const writer of writers) writer.tell({ send: EACH });
      assert.deepEqual(await node.system.move(tally.path, move % 3), {
        ok: true,
        value: undefined,
      });
    }
    await complete.promise;
    for (const thread of writers.keys()) {
      const numbers = seen.flatMap(({ from, n }) => (from === `writer-${thread}` ? [n] : []));
      assert.deepEqual(
        numbers,
        Array.from({ length: MOVES * EACH }, (_, i) => i + 1),
      );
    }
    assert.deepEqual(
      seen.map(({ handled }) => handled),
      Array.from({ length: all }, (_, i) => i + 1),
    );
  } finally {
    await node.stop();
  }
});
