import assert from "node:assert/strict";
import { test } from "node:test";
import { receive, same } from "../../runtime/behavior.ts";
import { MESSAGE_TYPES_MAX, SAMPLE_EVERY } from "../../runtime/limits.ts";
import { Histogram, percentilesOf } from "../../runtime/metrics.ts";
import { placed } from "../../runtime/supervisor.ts";
import { simulate } from "../../runtime/testing/simulation.ts";
import fc from "../support/fc.ts";
import { actor } from "./support/actors.ts";

test("Histogram.percentileMs() is at most a factor of 1.42 above the true percentile", () => {
  const sample = fc.double({ min: 0.001, max: 9_000, noNaN: true });
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 300, size: "max" }), (samples) => {
      const histogram = new Histogram();
      for (const ms of samples) histogram.add(ms);
      const sorted = samples.toSorted((a, b) => a - b);
      for (const share of [0.5, 0.99, 1]) {
        const exact = sorted[Math.ceil(share * sorted.length) - 1] as number;
        const told = histogram.percentileMs(share);
        assert.ok(told >= exact * 0.999_999 && told <= exact * 1.42, `${told} for ${exact}`);
      }
    }),
  );
});

test("Histogram takes whatever a clock may give", () => {
  const histogram = new Histogram();
  for (const ms of [0, 1e-9, 1e9]) histogram.add(ms);
  assert.equal(percentilesOf([histogram]).samples, 3);
  assert.equal(percentilesOf([histogram, histogram]).samples, 6);
  assert.equal(percentilesOf([histogram]).maxMs, 1e9);
});

test("system.times() shows how long sampled messages waited, bytes as well", () => {
  const { system, run, clock } = simulate();
  const ref = system.spawn<string>(
    actor("timed", () => receive(() => same, { onBytes: () => same })),
  );
  run();
  for (let i = 0; i < SAMPLE_EVERY; i += 1) {
    ref.tell("x");
    ref.tellBytes(new Uint8Array(4), 0, 4, 0, 0);
  }
  clock.goTo(100);
  run();
  const [times] = system.times();
  assert.equal(times?.path, ref.path);
  assert.ok(times.wait.samples >= 1);
  assert.equal(times.wait.maxMs, 100);
  assert.ok(times.types.length >= 1);
  assert.ok(times.types.every(({ type }) => type === "string" || type === "Bytes"));
});

test("system.times() has something of each actor, though their messages come in rounds", () => {
  const { system, run } = simulate();
  const refs = Array.from({ length: 8 }, (_, i) =>
    system.spawn<string>(actor(`timed-${i}`, () => receive(() => same))),
  );
  run();
  for (let round = 0; round < 8 * SAMPLE_EVERY; round += 1) {
    for (const ref of refs) ref.tell("x");
    run();
  }
  const samples = system.times().map(({ wait }) => wait.samples);
  assert.equal(samples.length, refs.length);
  const all = samples.reduce((sum, each) => sum + each, 0);
  assert.ok(Math.abs(all - 64) < 8, `${all} of ${8 * 8 * SAMPLE_EVERY} are timed`);
});

test("system.times() keeps the times of message types apart, up to a bound", () => {
  const { system, run } = simulate();
  const ref = system.spawn<{ type: string }>(actor("timed", () => receive(() => same)));
  run();
  for (let i = 0; i < 40 * SAMPLE_EVERY; i += 1) {
    ref.tell({ type: `kind ${Math.floor(i / SAMPLE_EVERY)}` });
    run();
  }
  const types = system.times()[0]?.types ?? [];
  assert.equal(types.length, MESSAGE_TYPES_MAX + 1);
  const samples = types.map(({ type, handler }) => [type, handler.samples] as const);
  assert.ok((new Map(samples).get("other") ?? 0) > 1, "the rest is summed");
  const all = samples.reduce((sum, [, count]) => sum + count, 0);
  assert.equal(system.times()[0]?.wait.samples, all);
});

test("system.times() and system.threads() tell of all threads, dead letters of lost ones included", async () => {
  const sim = simulate({ threads: 3 });
  const echo = (thread: number) =>
    sim.system.spawn<unknown>({
      ...actor<unknown>(`echo-${thread}`, () => assert.fail("it is placed"), {
        restart: "permanent",
      }),
      start: placed(import.meta.resolve("./support/placed-actors.ts"), "echo", {}),
      placement: { thread },
    });
  const refs = [echo(1), echo(2)];
  const look = async () => {
    const refreshed = sim.system.refreshTree();
    sim.run();
    await refreshed;
    return new Map(sim.system.threads().map((info) => [info.thread, info]));
  };
  await sim.settle();
  for (let i = 0; i < 4 * SAMPLE_EVERY; i += 1) {
    for (const ref of refs) {
      ref.tell({ type: "Say", text: "hello", replyTo: sim.system.refAt("mycel://sim/user/none") });
    }
    sim.run();
  }
  await look();
  const times = sim.system.times().filter(({ path }) => path.includes("/echo-"));
  assert.deepEqual(
    times.map(({ path }) => path).sort(),
    refs.map(({ path }) => path),
  );
  assert.ok(times.every(({ types }) => types.some(({ type }) => type === "Say")));

  refs[0]?.tell({ type: "End" });
  await sim.settle();
  sim.system.refAt("mycel://sim/user/echo-2/none").tell("lost");
  await sim.settle();
  const before = await look();
  assert.deepEqual([...before.keys()].sort(), [0, 1, 2]);
  assert.equal(before.get(2)?.deadLetters.noSuchActor, 1);
  const [letter] = before.get(2)?.lastDeadLetters ?? [];
  assert.deepEqual([letter?.reason, letter?.type], ["noSuchActor", "string"]);
  assert.ok([...before.values()].every(({ heapBytes, actors }) => heapBytes > 0 && actors >= 0));

  sim.loseThread(2);
  sim.replaceThread(2);
  await sim.settle();
  sim.system.refAt("mycel://sim/user/echo-2/none").tell("lost again");
  await sim.settle();
  assert.equal((await look()).get(2)?.deadLetters.noSuchActor, 2);
});

test("Dispatcher.busyMs grows with what handlers take, and not while the thread is idle", () => {
  const { system, run, clock, advance } = simulate();
  const ref = system.spawn<number>(
    actor("worker", () =>
      receive((ms) => {
        clock.goTo(clock.monotonicMs() + ms);
        return same;
      }),
    ),
  );
  run();
  const busyMs = () => system.threads()[0]?.busyMs;
  assert.equal(busyMs(), 0);
  ref.tell(30);
  ref.tell(20);
  run();
  assert.equal(busyMs(), 50);
  advance(1_000);
  assert.equal(busyMs(), 50);
});
