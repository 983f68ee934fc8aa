import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { receive, same } from "../../../runtime/behavior.ts";
import {
  TRACE_DEPTH_MAX,
  TRACE_HOPS_KEPT,
  TRACE_LEASE_MS_MAX,
  TRACED_ACTORS_MAX,
} from "../../../runtime/limits.ts";
import { type ChildSpec, placed } from "../../../runtime/supervisor.ts";
import { type Simulation, simulate } from "../../../runtime/testing/simulation.ts";
import type { Hop, TraceReport } from "../../../runtime/watching/tracing.ts";
import { actor } from "../support/actors.ts";

const MODULE = import.meta.resolve("./placed-tracees.ts");
const GOLDEN = fileURLToPath(new URL("./one-trace.txt", import.meta.url));

const on = <M>(
  thread: number,
  id: string,
  name: string,
  options: unknown = {},
  rest: Partial<ChildSpec<M>> = {},
): ChildSpec<M> => ({
  ...actor<M>(id, () => assert.fail("it is placed"), { restart: "permanent", ...rest }),
  start: placed<M>(MODULE, name, options),
  placement: { thread },
});

/** Follows an actor; `hops` grows as its threads are asked. */
function follow(sim: Simulation, path: string) {
  const hops: Hop[] = [];
  const seen = { missed: 0 };
  const stop = sim.system.trace(path, (report: TraceReport) => {
    hops.push(...report.hops);
    seen.missed += report.missed;
  });
  sim.run();
  return { hops, seen, stop };
}

async function letPass(sim: Simulation, ms: number): Promise<void> {
  await sim.settle();
  for (let passed = 0; passed < ms; passed += 10) {
    sim.advance(10);
    await sim.settle();
  }
}

const short = (path: string | null): string => path?.split("/").slice(4).join("/") ?? "outside";

/** A hop a line, each below the one whose handler sent it. */
function drawn(hops: readonly Hop[], parent: number | null = null, depth = 0): string {
  return hops
    .filter((hop) => hop.parent === parent)
    .map((hop) => {
      const { from, to, type, thread, waitMs, handlerMs, outcome } = hop;
      const way = `${short(from)} ──▶ ${short(to)}: ${type}`;
      const how = `thread ${thread}, waited ${waitMs}, took ${handlerMs}, ${outcome}`;
      return `${"  ".repeat(depth)}${way}   (${how})\n${drawn(hops, hop.hop, depth + 1)}`;
    })
    .join("");
}

test("system.trace() follows one causal id through every hop, over threads", async () => {
  const sim = simulate({ threads: 3, order: "fifo" });
  const oracle = sim.system.spawn(on<never>(1, "oracle", "oracle"));
  const sink = sim.system.spawn(on<never>(2, "sink", "sink", { path: "mycel://sim/user/nobody" }));
  const worker = sim.system.spawn(on<never>(1, "worker", "worker", { oracle, sink }));
  await letPass(sim, 10);
  const { hops, seen, stop } = follow(sim, worker.path);
  worker.tellBytes(new Uint8Array(4), 0, 4, 0, 0);
  await letPass(sim, 300);
  stop();
  worker.tellBytes(new Uint8Array(4), 0, 4, 0, 0);
  await letPass(sim, 300);

  assert.equal(new Set(hops.map(({ trace }) => trace)).size, 1, "one causal id");
  assert.equal(seen.missed, 0);
  const header =
    "What one message of bytes leads to, over three threads in virtual time; tracing.test.ts makes it,\n" +
    "UPDATE_GOLDEN=1 rewrites it.\n\n";
  const text = header + drawn(hops);
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, text);
  assert.equal(readFileSync(GOLDEN, "utf8"), text, "UPDATE_GOLDEN=1 rewrites it; read the diff");
});

test("system.trace() changes neither order nor outcome, whatever the seed", async () => {
  const heardWith = async (seed: number, traced: boolean): Promise<number[]> => {
    const sim = simulate({ threads: 2, seed });
    const a = sim.system.spawn(on<number | object>(1, "a", "pinger"));
    const heard: number[] = [];
    const b = sim.system.spawn<number>(
      actor("b", () =>
        receive((n) => {
          heard.push(n);
          return same;
        }),
      ),
    );
    a.tell({ to: b });
    await sim.settle();
    if (traced) follow(sim, b.path);
    for (let n = 1; n <= 200; n += 1) {
      // Traced from the fiftieth on: those told before and after are one order.
      if (traced && n === 50) follow(sim, a.path);
      while (!a.tell(n)) sim.run();
      if (n % 7 === 0) sim.run(1);
    }
    sim.advance(500);
    return heard;
  };
  const all = Array.from({ length: 200 }, (_, n) => n);
  for (let seed = 1; seed <= 20; seed += 1) {
    assert.deepEqual(await heardWith(seed, false), all);
    assert.deepEqual(await heardWith(seed, true), all);
  }
});

test("a traced actor that moves stays traced, and its messages in order", async () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const sim = simulate({ threads: 3, seed });
    const a = sim.system.spawn(on<number | object>(1, "a", "pinger"));
    const heard: number[] = [];
    const b = sim.system.spawn<number>(
      actor("b", () =>
        receive((n) => {
          heard.push(n);
          return same;
        }),
      ),
    );
    a.tell({ to: b });
    await sim.settle();
    const { hops } = follow(sim, a.path);
    const tell = (from: number, to: number): void => {
      for (let n = from; n <= to; n += 1) while (!a.tell(n)) sim.run();
    };
    tell(1, 40);
    const moved = sim.system.move(a.path, 2);
    tell(41, 80);
    sim.run(seed);
    tell(81, 100);
    await letPass(sim, 300);
    assert.ok((await moved).ok);
    tell(101, 120);
    await letPass(sim, 300);
    assert.deepEqual(
      heard,
      Array.from({ length: 120 }, (_, n) => n),
      `seed ${seed}`,
    );
    const toA = hops.filter(({ to, outcome }) => to === a.path && outcome === "handled");
    const there = toA.filter(({ thread }) => thread === 2).length;
    assert.ok(there >= 20 && there < toA.length, `seed ${seed}: ${there} of ${toA.length}`);
    assert.equal(hops.filter(({ to }) => to === b.path).length, toA.length, "each led to one");
  }
});

test("a trace ends at its depth, and when its hops find no room they are counted as missed", async () => {
  const sim = simulate({ threads: 2 });
  const a = sim.system.spawn(on<number | object>(1, "a", "pinger"));
  const b = sim.system.spawn(on<number | object>(1, "b", "pinger"));
  a.tell({ to: b });
  b.tell({ to: a });
  await sim.settle();
  const { hops, seen } = follow(sim, a.path);
  a.tell(TRACE_DEPTH_MAX + 5);
  await letPass(sim, 100);
  const first = hops.filter(({ trace }) => trace === hops[0]?.trace);
  assert.equal(first.length, TRACE_DEPTH_MAX);

  hops.length = 0;
  const often = 2 * TRACE_HOPS_KEPT;
  for (let i = 0; i < often; i += 1) {
    while (!a.tell(0)) sim.run();
    if (i % 16 === 0) sim.run();
  }
  await letPass(sim, 200);
  assert.ok(hops.length > 0 && hops.length <= TRACE_HOPS_KEPT, `${hops.length}`);
  assert.equal(seen.missed, often - hops.length);
});

test("tracing ends by itself when nobody asks any more, and is bounded in actors", async () => {
  const sim = simulate({ threads: 2 });
  const a = sim.system.spawn(on<number>(1, "a", "pinger"));
  await sim.settle();
  const stops = Array.from({ length: TRACED_ACTORS_MAX }, () => follow(sim, a.path).stop);
  assert.throws(() => follow(sim, a.path));
  sim.advance(TRACE_LEASE_MS_MAX * 2);
  assert.equal((sim.systems[1] as { tracing?: { isOn: boolean } }).tracing?.isOn, true);
  for (const stop of stops) stop();
  sim.run();
  assert.equal((sim.systems[1] as { tracing?: { isOn: boolean } }).tracing?.isOn, false);
});

test("a traced message that is dropped or refused ends its trace with the reason", () => {
  const cases = [
    { overflow: "refuse", outcomes: ["handled", "mailboxFull"] },
    { overflow: "dropOldest", outcomes: ["droppedOldest", "handled"] },
    { overflow: "dropNewest", outcomes: ["droppedNewest", "handled"] },
    { overflow: "backpressure", outcomes: ["handled", "refused"] },
  ] as const;
  for (const { overflow, outcomes } of cases) {
    const sim = simulate();
    const ref = sim.system.spawn<string>(
      actor("full", () => receive(() => same), { mailbox: { capacity: 1, overflow } }),
    );
    sim.run();
    const { hops } = follow(sim, ref.path);
    ref.tell("first");
    ref.tell("second");
    sim.advance(200);
    assert.deepEqual(hops.map(({ outcome }) => outcome).sort(), [...outcomes].sort(), overflow);
  }
});

test("a conflating mailbox keeps the trace of the message that stays", () => {
  const sim = simulate();
  const ref = sim.system.spawn<{ key: string; n: number }>(
    actor("latest", () => receive(() => same), {
      mailbox: { capacity: 4, overflow: "conflate", conflateBy: ({ key }) => key },
    }),
  );
  sim.run();
  const { hops } = follow(sim, ref.path);
  for (const [n, key] of ["a", "b", "a", "c", "b"].entries()) ref.tell({ key, n });
  sim.advance(200);
  assert.deepEqual(
    hops.map(({ outcome }) => outcome),
    ["handled", "handled", "handled"],
  );
});
