/**
 * Our side of bench latency: 800 leaves, half of them on the main thread, where the source is, and half
 * on a worker.
 *
 *   `latency 4000` ──stdin──▶ 4,000 ms of load ──stdout──▶ `4000.2 400000 …`: ms, counted, µs of each share
 */
import { createInterface } from "node:readline";
import { placed } from "../../runtime/supervisor.ts";
import { startThreads } from "../../runtime/threads/node-threads.ts";
import { until } from "../../test/support/until.ts";
import { FAILS_AT_ONCE, unlessEnded } from "../failing.ts";
import { collectGarbage } from "../garbage.ts";
import { countsBytes, LatencyCounts } from "./latency-counts.ts";
import { type LeafOptions, source, type ToSource } from "./load-actors.ts";

const LEAVES = 800;
const THREADS = 2;
const SHARES = [0.5, 0.99, 0.999, 1] as const;
const SPEC = { restart: "permanent", shutdownMs: 1_000 } as const;

const shared = { counts: new SharedArrayBuffer(countsBytes(THREADS)) };
const counts = new LatencyCounts(shared.counts);
const threads = await startThreads({
  node: "bench",
  threads: THREADS - 1,
  shared,
  supervision: FAILS_AT_ONCE,
});
const { system } = threads;
const module = import.meta.resolve("./load-actors.ts");
const leaves = Array.from({ length: LEAVES }, (_, n) => {
  const thread = n % THREADS;
  const start = placed<never, LeafOptions>(module, "leaf", { thread });
  return system.spawn<never>({ ...SPEC, id: `leaf${n}`, start, placement: { thread } });
});
const from = system.spawn<ToSource>({ ...SPEC, id: "source", start: () => source(leaves) });

for await (const line of createInterface({ input: process.stdin })) {
  const forMs = Number(line.split(" ")[1]);
  counts.clear();
  collectGarbage();
  const startedAt = performance.now();
  const { promise, resolve } = Promise.withResolvers<number>();
  from.tell({ type: "Send", forMs, whenSent: resolve });
  const sent = await unlessEnded(threads, promise);
  const ms = performance.now() - startedAt;
  await until(() => counts.total === sent);
  const us = SHARES.map((share) => counts.percentileUs(share));
  process.stdout.write(`${[ms, counts.total, ...us].join(" ")}\n`);
}
await threads.stop();
