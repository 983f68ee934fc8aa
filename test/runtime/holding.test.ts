import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { receive, stopped } from "../../runtime/behavior.ts";
import { createProbe } from "../../runtime/testing/probe.ts";
import { simulate } from "../../runtime/testing/simulation.ts";
import { actor, fail, type Script, scripted } from "./support/actors.ts";

interface Question {
  readonly replyTo: ActorRef<string>;
}

function heldActor(rest = {}) {
  const sim = simulate();
  const log: string[] = [];
  const asked = createProbe<Question>(sim.system);
  const ref = sim.system.spawn(scripted("a", log, rest));
  const hold: Script = (ctx) => {
    ctx.askAndHold<Question, string>(
      asked.ref,
      (replyTo) => ({ replyTo }),
      1_000,
      (answer) => () => void log.push(`answer ${answer}`),
      () => () => void log.push("no answer"),
    );
    return undefined;
  };
  const say =
    (text: string): Script =>
    () =>
      void log.push(text);
  return { sim, log, asked, ref, hold, say };
}

test("ctx.askAndHold() lets no message pass before the answer, and signals do pass", async () => {
  const { sim, log, asked, ref, hold, say } = heldActor();
  const other = sim.system.spawn(actor<"stop">("o", () => receive(() => stopped)));
  ref.tell((ctx) => {
    ctx.watch(other as never);
    ctx.startTimer("soon", say("timer"), 10);
    ctx.pipeToSelf(
      Promise.resolve(),
      () => say("promise"),
      () => say("promise"),
    );
    return hold(ctx);
  });
  ref.tell(say("data"));
  other.tell("stop");
  await sim.settle();
  sim.advance(100);
  assert.deepEqual(log, ["a starts", "a Terminated"]);
  asked.messages[0]?.replyTo.tell("yes");
  sim.run();
  assert.deepEqual(log.slice(2), ["answer yes", "promise", "timer", "data"]);
});

test("ctx.askAndHold() ends with the answer's absence, and may be asked for again at once", () => {
  const { sim, log, ref, hold, say } = heldActor();
  ref.tell((ctx) => {
    hold(ctx);
    return undefined;
  });
  ref.tell(hold);
  ref.tell(say("data"));
  sim.advance(999);
  assert.deepEqual(log, ["a starts"]);
  sim.advance(1);
  assert.deepEqual(log, ["a starts", "no answer"]);
  sim.advance(1_000);
  assert.deepEqual(log, ["a starts", "no answer", "no answer", "data"]);
});

test("ctx.askAndHold() counts towards the mailbox's bound and its pressure on senders", () => {
  const { sim, log, ref, hold, say } = heldActor({
    mailbox: { capacity: 3, overflow: "refuse" },
  });
  ref.tell(hold);
  sim.run();
  for (const text of ["1", "2", "3", "4"]) ref.tell(say(text));
  sim.run();
  assert.equal(sim.system.deadLetters.countByReason().mailboxFull, 1);
  sim.advance(1_000);
  assert.deepEqual(log, ["a starts", "no answer", "1", "2", "3"]);
});

test("ctx.askAndHold() is over with a restart, and a late answer is a dead letter", () => {
  const { sim, log, asked, ref, hold, say } = heldActor({ restart: "permanent" });
  ref.tell((ctx) => {
    hold(ctx);
    return fail(ctx);
  });
  ref.tell(say("data"));
  sim.run();
  assert.deepEqual(log, ["a starts", "a PreRestart", "a starts", "data"]);
  asked.messages[0]?.replyTo.tell("late");
  sim.run();
  assert.equal(sim.system.deadLetters.countByReason().lateAnswer, 1);
  assert.equal(log.length, 4);
});

test("ctx.askAndHold() is for one answer at a time", () => {
  const { sim, log, ref, hold } = heldActor();
  ref.tell((ctx) => {
    hold(ctx);
    return hold(ctx);
  });
  sim.run();
  assert.deepEqual(log, ["a starts", "a PostStop"]);
});

test("ctx.askAndHold() does not keep an actor from being stopped", async () => {
  const { sim, log, ref, hold } = heldActor();
  ref.tell(hold);
  sim.run();
  const done = sim.system.shutdown();
  sim.run();
  await done;
  assert.deepEqual(log, ["a starts", "a PostStop"]);
});
