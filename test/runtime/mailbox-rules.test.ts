import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { CONTROL_LANE_MAX } from "../../runtime/limits.ts";
import { type MailboxSpec, placed } from "../../runtime/supervisor.ts";
import { createProbe } from "../../runtime/testing/probe.ts";
import { simulate } from "../../runtime/testing/simulation.ts";
import { actor, scripted } from "./support/actors.ts";

const MODULE = import.meta.resolve("./support/placed-actors.ts");

interface Item {
  readonly type: "Value" | "Urgent";
  readonly key: string;
  readonly n: number;
}

const item = (type: Item["type"], key: string, n: number): Item => ({ type, key, n });

const telling = (to: ActorRef<number>): Behavior<number> =>
  receive((n) => {
    to.tell(n);
    return same;
  });

const RULES = {
  capacity: 8,
  overflow: "conflate",
  conflateBy: "key",
  isControl: ["Urgent"],
} as const;

for (const thread of [0, 1]) {
  test(`mailbox rules by name hold for an actor on thread ${thread}`, async () => {
    const sim = simulate({ threads: 2 });
    const probe = createProbe<Item>(sim.system);
    const to = sim.system.spawn<Item>({
      id: "named",
      start: placed<Item>(MODULE, "forwarder", { to: probe.ref }),
      restart: "temporary",
      shutdownMs: 1_000,
      placement: { thread },
      mailbox: RULES,
    });
    const sent = [
      item("Value", "a", 1),
      item("Value", "b", 2),
      item("Value", "a", 3),
      item("Urgent", "a", 4),
    ];
    for (const each of sent) to.tell(each);
    await sim.settle();
    assert.deepEqual(
      probe.messages.map(({ n }) => n),
      [4, 3, 2],
    );
  });
}

test("mailbox rules that throw are a fault of the receiver, and the message is not lost", () => {
  const broken = (): never => {
    throw new Error("a broken rule");
  };
  const rules: readonly MailboxSpec<number>[] = [
    { capacity: 8, overflow: "refuse", isControl: broken },
    { capacity: 8, overflow: "conflate", conflateBy: broken },
  ];
  for (const mailbox of rules) {
    const { system, run } = simulate();
    const log: string[] = [];
    const probe = createProbe<number>(system);
    const receiver = system.spawn(
      actor<number>("receiver", () => telling(probe.ref), {
        mailbox,
        restart: "permanent",
      }),
    );
    const sender = system.spawn(scripted("sender", log));
    sender.tell(() => {
      log.push(`told: ${receiver.tell(7)}`);
      return undefined;
    });
    run();
    assert.deepEqual(log, ["sender starts", "told: true"]);
    assert.deepEqual(probe.messages, [7]);
    const { failures, restarts } = system.tree().find(({ path }) => path === receiver.path) ?? {};
    assert.deepEqual([failures, restarts], [1, 1]);
  }
});

test("mailbox rules that throw do so for a message from another thread as well", async () => {
  const sim = simulate({ threads: 2 });
  const probe = createProbe<number>(sim.system);
  const receiver = sim.system.spawn(
    actor<number>("receiver", () => telling(probe.ref), {
      mailbox: {
        capacity: 8,
        overflow: "refuse",
        isControl: () => {
          throw new Error("a broken rule");
        },
      },
      restart: "permanent",
    }),
  );
  const forwarder = sim.system.spawn<number>({
    ...actor<number>("forwarder", () => assert.fail("it is placed")),
    start: placed<number>(MODULE, "forwarder", { to: receiver }),
    placement: { thread: 1 },
  });
  forwarder.tell(1);
  await sim.settle();
  forwarder.tell(2);
  await sim.settle();
  assert.deepEqual(probe.messages, [1, 2]);
});

test("control messages beyond the lane's bound are refused; own timers and answers find room", () => {
  const { system, run, advance } = simulate();
  const log: string[] = [];
  const mailbox = { capacity: 8, overflow: "refuse", isControl: (n: number) => n === 0 } as const;
  const receiver: ActorRef<number> = system.spawn(
    actor<number>(
      "receiver",
      () =>
        setup((ctx) => {
          const none = ctx.refAt("mycel://sim/user/none");
          const after = (n: number) => () => n;
          ctx.startTimer("t", -1, 10);
          ctx.ask(none, () => "", 10, after(-2), after(-2));
          ctx.askAndHold(none, () => "", 1_000, after(-3), after(-3));
          return receive((n) => {
            if (n < 0) log.push(`${n}`);
            return same;
          });
        }),
      { mailbox },
    ),
  );
  run();
  for (let i = 0; i < CONTROL_LANE_MAX; i += 1) assert.equal(receiver.tell(0), true);
  assert.equal(receiver.tell(0), false);
  advance(10);
  assert.deepEqual(log, [], "it holds");
  advance(1_000);
  assert.deepEqual(log, ["-3", "-1", "-2"]);
  assert.equal(system.deadLetters.countByReason().controlFull, 1);
});
