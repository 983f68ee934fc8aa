import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup, stopped } from "../../../runtime/behavior.ts";
import type { ActorCell } from "../../../runtime/cell/actor-cell.ts";
import { Dispatcher } from "../../../runtime/dispatcher.ts";
import {
  BYTES_ON_CREDIT_MAX,
  CREDIT_AWAITED_MAX,
  OVERSHOOT_MIN,
  PUSH_BACK_MS_MAX,
} from "../../../runtime/limits.ts";
import type { Outbox } from "../../../runtime/remote/outbox.ts";
import { RemoteCredit } from "../../../runtime/remote/remote-credit.ts";
import { type ChildSpec, placed } from "../../../runtime/supervisor.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { type Simulation, simulate } from "../../../runtime/testing/simulation.ts";
import { VirtualClock } from "../../../runtime/testing/virtual-clock.ts";
import { Timers } from "../../../runtime/timers.ts";
import fc from "../../support/fc.ts";
import { actor } from "../support/actors.ts";

const MODULE = import.meta.resolve("../support/placed-actors.ts");

const on = <M>(thread: number, id: string, name: string, options: unknown): ChildSpec<M> => ({
  ...actor<M>(id, () => assert.fail("it is placed")),
  start: placed<M>(MODULE, name, options),
  placement: { thread },
});

const HOLD_MS = 1_000;

interface Sink {
  readonly ref: ActorRef<unknown>;
  readonly got: unknown[];
  depth(): number;
}

/** With backpressure; told `hold` it takes no message for `HOLD_MS`, after `end` it ends as well. */
function sinkOf(sim: Simulation, capacity: number): Sink {
  const got: unknown[] = [];
  const behavior = (): Behavior<unknown> =>
    setup((ctx) =>
      receive(
        (message) => {
          if (message === "hold" || message === "end") {
            const next = () => `after ${message}`;
            ctx.askAndHold(ctx.refAt("mycel://sim/user/nobody"), next, HOLD_MS, next, next);
          } else if (message === "after end") return stopped;
          else if (message !== "after hold") got.push(message);
          return same;
        },
        {
          onBytes: (_bytes, _start, _end, tag) => {
            got.push(tag);
            return same;
          },
        },
      ),
    );
  const mailbox = { capacity, overflow: "backpressure" as const };
  const ref = sim.system.spawn(actor<unknown>("sink", behavior, { mailbox }));
  const depth = () => sim.system.tree().find(({ path }) => path === ref.path)?.mailboxDepth ?? 0;
  return { ref, got, depth };
}

/** But those of the questions by which sinks hold. */
const lettersOf = ({ system }: Simulation): number =>
  system.deadLetters.total() - system.deadLetters.countByReason().noSuchActor;

test("RemoteCredit bounds a mailbox however many threads send, and loses and reorders nothing", () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.integer({ min: 2, max: 6 }),
      fc.integer({ min: 1, max: 200 }),
      async (seed, threads, capacity) => {
        const sim = simulate({ seed, threads });
        const { ref, got, depth } = sinkOf(sim, capacity);
        const count = 2 * capacity + 10;
        const senders = threads - 1;
        const tags = Array.from({ length: senders }, (_, i) => i + 1);
        ref.tell("hold");
        for (const thread of tags) {
          const tag = on<number>(0, `tag-${thread}`, "tagger", { to: ref, tag: thread });
          const to = sim.system.spawn({ ...tag, placement: { thread } });
          sim.system
            .spawn<"go">(on(thread, `flood-${thread}`, "flooder", { to, count }))
            .tell("go");
        }
        await sim.settle();
        const bound = Math.max(capacity, senders) + (capacity >> 1);
        assert.ok(depth() > 0 && depth() <= bound, `${depth()} wait, ${bound} may`);
        sim.advance(HOLD_MS);
        await sim.settle();
        for (const tag of tags) {
          const mine = (got as [number, number][]).filter(([of]) => of === tag);
          assert.deepEqual(
            mine.map(([, n]) => n),
            [...Array(count).keys()],
          );
        }
        assert.equal(lettersOf(sim), 0);
      },
    ),
    { numRuns: 40 },
  ));

test("RemoteCredit lets one handler send so much beyond its credit and refuses the rest", async () => {
  const sim = simulate({ threads: 2 });
  const { ref, got } = sinkOf(sim, 8);
  const report = createProbe<number>(sim.system);
  const pourer = sim.system.spawn(
    on<number>(1, "pourer", "pourer", { to: ref, report: report.ref }),
  );
  pourer.tell(4);
  await sim.settle();
  ref.tell("hold");
  pourer.tell(500);
  pourer.tell(1);
  await sim.settle();
  // Of a share of eight, three had been used.
  const taken = 5 + OVERSHOOT_MIN;
  assert.deepEqual(report.take(), [4, taken], "and the last one waits");
  sim.advance(HOLD_MS);
  await sim.settle();
  assert.deepEqual(report.messages, [1]);
  assert.equal(got.length, 4 + taken + 1);
});

test("RemoteCredit counts bytes: large byte messages wait for room in the ring, and none is lost", async () => {
  const sim = simulate({ threads: 3 });
  const { ref, got } = sinkOf(sim, 8_192);
  const report = createProbe<number>(sim.system);
  const bytes = 200_000;
  ref.tell("hold");
  let taken = 0;
  for (const thread of [1, 2]) {
    const options = { to: ref, report: report.ref, bytes };
    const id = `pourer-${thread}`;
    const pourer = sim.system.spawn(on<number>(thread, id, "pourer", options));
    for (let i = 0; i < 10; i += 1) pourer.tell(10);
  }
  await sim.settle();
  const waiting = sim.system.tree().find(({ path }) => path === ref.path)?.mailboxDepth ?? 0;
  assert.ok(waiting > 0 && waiting * bytes < BYTES_ON_CREDIT_MAX / 2);
  for (let i = 0; i < 100; i += 1) sim.advance(HOLD_MS);
  await sim.settle();
  for (const each of report.messages) taken += each;
  assert.equal(report.messages.length, 20);
  assert.equal(got.length, taken);
  assert.equal(lettersOf(sim), 0);
});

test("RemoteCredit ends with its mailbox: who waits goes on, and what was held is a dead letter", async () => {
  const sim = simulate({ threads: 2 });
  const { ref } = sinkOf(sim, 8);
  const report = createProbe<number>(sim.system);
  const pourer = sim.system.spawn(
    on<number>(1, "pourer", "pourer", { to: ref, report: report.ref }),
  );
  ref.tell("end");
  for (let i = 0; i < 3; i += 1) pourer.tell(20);
  await sim.settle();
  assert.deepEqual(report.messages, [20]);
  sim.advance(HOLD_MS);
  await sim.settle();
  assert.deepEqual(report.messages, [20, 20, 20]);
  assert.equal(sim.system.deadLetters.countByReason().stopped, 60);
});

test("RemoteCredit of a mailbox on a lost thread is waited for no more", async () => {
  const sim = simulate({ threads: 3 });
  const report = createProbe<number>(sim.system);
  const deaf = { ...on<number>(1, "deaf", "deaf", {}), restart: "permanent" as const };
  const mailbox = { capacity: 4, overflow: "backpressure" as const };
  const ref = sim.system.spawn({ ...deaf, mailbox });
  const pourer = sim.system.spawn(
    on<number>(2, "pourer", "pourer", { to: ref, report: report.ref }),
  );
  for (let i = 0; i < 3; i += 1) pourer.tell(20);
  await sim.settle();
  assert.deepEqual(report.messages, [20]);
  sim.loseThread(1);
  await sim.settle();
  assert.deepEqual(report.messages, [20, 20, 20]);
  const lost = sim.systems[2]?.deadLetters.countByReason().threadLost ?? 0;
  assert.ok(lost >= 40 && lost < 60, "what was held, and what was sent later");
  sim.replaceThread(1);
  await sim.settle();
  for (let i = 0; i < 3; i += 1) pourer.tell(1);
  await sim.settle();
  assert.equal(report.messages.length, 6, "credit begins anew on the fresh thread");
});

test("RemoteCredit takes a burst from code outside actors before the mailbox has said how much room it has", async () => {
  const sim = simulate({ threads: 2 });
  const report = createProbe<number>(sim.system);
  const mailbox = { capacity: 4, overflow: "backpressure" as const };
  const pourer = sim.system.spawn({
    ...on<unknown>(1, "pourer", "pourer", { to: report.ref, report: report.ref }),
    mailbox,
  });
  const burst = Array.from({ length: CREDIT_AWAITED_MAX + 2 }, () => pourer.tell(1));
  assert.equal(burst.lastIndexOf(true), CREDIT_AWAITED_MAX, "and what it began with");
  assert.equal(burst.at(-1), false);
  await sim.settle();
  assert.equal(report.messages.length, 2 * (CREDIT_AWAITED_MAX + 1));
});

test("RemoteCredit is waited for so long and then refused until it comes", async () => {
  const sim = simulate({ threads: 2 });
  const report = createProbe<number>(sim.system);
  const mailbox = { capacity: 4, overflow: "backpressure" as const };
  const ref = sim.system.spawn({ ...on<number>(1, "deaf", "deaf", {}), mailbox });
  const near = sim.system.spawn(actor<number>("near", () => pourHere(ref, report.ref)));
  near.tell(10);
  near.tell(10);
  await sim.settle();
  assert.deepEqual(report.messages, [10]);
  sim.advance(PUSH_BACK_MS_MAX);
  await sim.settle();
  assert.deepEqual(report.messages, [10, 0]);
});

test("RemoteCredit takes credit that nobody here has asked for, and sends on it", () => {
  const clock = new VirtualClock();
  const dispatcher = new Dispatcher<ActorCell<never>>(clock, { defer() {} });
  const written: unknown[] = [];
  const outbox = {
    write: (_lane: number, _to: unknown, message: unknown) => {
      written.push(message);
      return "sent";
    },
  } as unknown as Outbox;
  const credit = new RemoteCredit(dispatcher, new Timers(clock), 2, () => outbox);
  const to = { path: "sink", number: 5 };
  credit.onCredit(1, to.number, { messages: 2, bytes: 0 });
  for (let i = 0; i < 3; i += 1) credit.tell(to, 1, to, i, 0);
  assert.deepEqual(written, [0, 1]);
});

const pourHere = (to: ActorRef<number>, report: ActorRef<number>): Behavior<number> =>
  receive((count) => {
    report.tell(Array.from({ length: count }, (_, i) => i).filter((i) => to.tell(i)).length);
    return same;
  });
