import assert from "node:assert/strict";
import { test } from "node:test";
import { passive, receive, same, setup, stopped } from "../../runtime/behavior.ts";
import { createProbe } from "../../runtime/testing/probe.ts";
import { simulate } from "../../runtime/testing/simulation.ts";
import fc from "../support/fc.ts";
import { actor, type Script, scripted } from "./support/actors.ts";

const rest: Script = () => passive;

test("a passive actor keeps its address and starts anew with the next message", () => {
  const sim = simulate();
  const log: string[] = [];
  const ref = sim.system.spawn(scripted("a", log));
  ref.tell(rest);
  sim.run();
  assert.deepEqual(log, ["a starts", "a PostStop"]);
  sim.advance(60_000);
  assert.equal(log.length, 2);
  ref.tell(() => void log.push("told"));
  sim.run();
  assert.deepEqual(log.slice(2), ["a starts", "told"]);
});

test("a passive actor loses no message of a stream, and keeps their order", () =>
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.nat(7), { maxLength: 200 }), (seed, steps) => {
      const sim = simulate({ seed });
      const got: number[] = [];
      let starts = 0;
      const ref = sim.system.spawn(
        actor<{ readonly n: number; readonly rests: boolean }>("a", () =>
          setup((ctx) => {
            starts += 1;
            let first: number | undefined;
            return receive((message) => {
              const { n, rests } = message;
              // The stash has a part in it as well: what it holds comes back first.
              if (first === undefined && n % 5 === 4 && starts % 2 === 0) {
                first = n;
                ctx.stash(message);
                return passive;
              }
              first ??= n;
              got.push(n);
              return rests ? passive : same;
            });
          }),
        ),
      );
      for (const [n, step] of steps.entries()) {
        ref.tell({ n, rests: step < 3 });
        if (step % 2 === 0) sim.run(1);
      }
      sim.run();
      assert.deepEqual(
        got,
        steps.map((_, n) => n),
      );
      assert.equal(sim.system.deadLetters.total(), 0);
    }),
  ));

test("a passive actor can be watched, stopped and restarted with its siblings", () => {
  const sim = simulate();
  const log: string[] = [];
  const parent = sim.system.spawn(
    scripted("p", log, {
      supervision: { strategy: "oneForAll", intensity: { restartsMax: 3, withinMs: 1_000 } },
    }),
  );
  const probe = createProbe(sim.system);
  parent.tell((ctx) => void ctx.spawn(scripted("a", log, { restart: "permanent" })));
  parent.tell((ctx) => void ctx.spawn(scripted("b", log, { restart: "permanent" })));
  sim.run();
  const [a, b] = ["a", "b"].map((id) => sim.system.refAt<Script>(`${parent.path}/${id}`));
  probe.watch(a as never);
  a?.tell(rest);
  sim.run();
  log.length = 0;
  b?.tell(() => {
    throw new Error("told to fail");
  });
  sim.run();
  assert.deepEqual(log, ["b PreRestart", "a starts", "b starts"]);
  a?.tell(rest);
  sim.run();
  assert.deepEqual(probe.terminated, []);
  parent.tell((ctx) => void ctx.stop(ctx.child("a") as never));
  sim.run();
  assert.deepEqual(probe.terminated, [a?.path]);
});

test("a passive actor's timers and watches are lost, and nothing wakes it but a message", () => {
  const sim = simulate();
  const log: string[] = [];
  const other = sim.system.spawn(scripted("o", log));
  const ref = sim.system.spawn(scripted("a", log));
  ref.tell((ctx) => {
    ctx.startPeriodicTimer("beat", () => void log.push("beat"), 1_000);
    ctx.watch(other as never);
    return passive;
  });
  sim.run();
  log.length = 0;
  other.tell((ctx) => void ctx.startTimer("end", () => stopped, 500));
  sim.advance(10_000);
  assert.deepEqual(log, ["o PostStop"]);
});

test("an actor with a child, an ask or a promise under way does not become passive", async () => {
  const sim = simulate();
  const log: string[] = [];
  const silent = sim.system.spawn(actor("silent", () => receive(() => same)));
  const busy: [string, Script][] = [
    ["child", (ctx) => void ctx.spawn(scripted("kid", []))],
    [
      "ask",
      (ctx) => {
        const done: Script = () => void log.push("ask settled");
        const answered = (): Script => done;
        ctx.ask(silent, (replyTo) => replyTo as never, 1_000, answered, answered);
        return undefined;
      },
    ],
    [
      "promise",
      (ctx) => {
        const done: Script = () => void log.push("promise settled");
        ctx.pipeToSelf(
          Promise.resolve(),
          () => done,
          () => done,
        );
        return undefined;
      },
    ],
  ];
  for (const [id, begin] of busy) {
    const ref = sim.system.spawn(scripted(id, log));
    ref.tell(begin);
    ref.tell(rest);
  }
  sim.run();
  await sim.settle();
  sim.advance(1_000);
  assert.deepEqual(log.sort(), [
    "ask settled",
    "ask starts",
    "child starts",
    "promise settled",
    "promise starts",
  ]);
  // What was under way is over.
  for (const id of ["ask", "promise"]) {
    sim.system.refAt<Script>(`mycel://sim/user/${id}`).tell(rest);
  }
  sim.run();
  assert.equal(log.filter((line) => line.endsWith("PostStop")).length, 2);
});
