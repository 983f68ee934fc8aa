import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { receive, same, setup } from "../../runtime/behavior.ts";
import type { MycelError } from "../../runtime/errors.ts";
import { type Listing, serviceKey } from "../../runtime/receptionist.ts";
import { type ChildSpec, placed } from "../../runtime/supervisor.ts";
import { createProbe } from "../../runtime/testing/probe.ts";
import { type Simulation, simulate } from "../../runtime/testing/simulation.ts";
import fc from "../support/fc.ts";
import { actor, fail, recordingLogger, type Script, scripted } from "./support/actors.ts";
import type { EchoCommand, ObserverCommand } from "./support/placed-actors.ts";

const MODULE = import.meta.resolve("./support/placed-actors.ts");

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

const threadOf = (sim: Simulation, path: string): number | undefined =>
  sim.system.tree().find((info) => info.path === path)?.thread;

async function refreshTree(sim: Simulation): Promise<void> {
  const refreshed = sim.system.refreshTree();
  sim.run();
  await refreshed;
}

test("a placed child lives on its thread; its address is the same as if it did not", async () => {
  const sim = simulate({ threads: 3 });
  const probe = createProbe<string>(sim.system);
  const echo = sim.system.spawn(on<EchoCommand>(2, "echo", "echo"));
  assert.equal(echo.path, "mycel://sim/user/echo");
  echo.tell({ type: "Say", text: "hello", replyTo: probe.ref });
  await sim.settle();
  assert.deepEqual(probe.messages, ["hello 1"]);
  await refreshTree(sim);
  assert.equal(threadOf(sim, echo.path), 2);
  assert.equal(threadOf(sim, probe.path), 0);
});

test("`any` spreads children over the workers, `main` and `parent` name one", async () => {
  const sim = simulate({ threads: 3 });
  const spec = (id: string, placement: "any" | "main" | "parent"): ChildSpec<EchoCommand> => ({
    ...on<EchoCommand>(0, id, "echo"),
    placement,
  });
  for (const id of ["a", "b", "c", "d"]) sim.system.spawn(spec(id, "any"));
  sim.system.spawn(spec("m", "main"));
  sim.system.spawn(spec("p", "parent"));
  await sim.settle();
  await refreshTree(sim);
  const threads = ["a", "b", "c", "d", "m", "p"].map((id) =>
    threadOf(sim, `mycel://sim/user/${id}`),
  );
  assert.deepEqual(threads, [1, 2, 1, 2, 0, 0]);
});

test("refs in messages and in options stay refs on every thread, from thread to thread", async () => {
  const sim = simulate({ threads: 3 });
  const probe = createProbe<string>(sim.system);
  const echo = sim.system.spawn(on<EchoCommand>(1, "echo", "echo"));
  const forwarder = sim.system.spawn(on<EchoCommand>(2, "forwarder", "forwarder", { to: echo }));
  forwarder.tell({ type: "Say", text: "via two", replyTo: probe.ref });
  await sim.settle();
  assert.deepEqual(probe.messages, ["via two 1"]);
});

test("bytes cross with their tag", async () => {
  const sim = simulate({ threads: 2 });
  const probe = createProbe<{ length: number; tag: number }>(sim.system);
  const forwarder = sim.system.spawn(on(1, "forwarder", "forwarder", { to: probe.ref }));
  forwarder.tellBytes(new Uint8Array(100), 10, 30, 77, 0);
  await sim.settle();
  assert.deepEqual(probe.messages, [{ length: 20, tag: 77 }]);
});

test("messages arrive in order and complete though the way is full again and again", async () => {
  for (let seed = 0; seed < 5; seed += 1) {
    const sim = simulate({ threads: 2, seed });
    const probe = createProbe<number>(sim.system);
    const flooder = sim.system.spawn<"go">(
      on(1, "flooder", "flooder", { to: probe.ref, count: 2_000 }),
    );
    flooder.tell("go");
    await sim.settle();
    assert.deepEqual(probe.messages, [...Array(2_000).keys()]);
  }
});

test("a mailbox with backpressure lets senders on another thread wait, and loses nothing", async () => {
  for (let seed = 0; seed < 5; seed += 1) {
    const sim = simulate({ threads: 3, seed });
    const probe = createProbe<number>(sim.system);
    const mailbox = { capacity: 16, overflow: "backpressure" as const };
    const middle = sim.system.spawn(
      on<number>(2, "middle", "forwarder", { to: probe.ref }, { mailbox }),
    );
    sim.system.spawn<"go">(on(1, "flooder", "flooder", { to: middle, count: 1_000 })).tell("go");
    await sim.settle();
    assert.deepEqual(probe.messages, [...Array(1_000).keys()]);
    assert.equal(sim.system.deadLetters.total(), 0);
  }
});

test("a fault of a child elsewhere is handled by its parent here, and logged here with its stack", async () => {
  const { logger, errors } = recordingLogger();
  const sim = simulate({ threads: 2, logger });
  const probe = createProbe<string>(sim.system);
  const echo = sim.system.spawn(on<EchoCommand>(1, "echo", "echo"));
  echo.tell({ type: "Say", text: "one", replyTo: probe.ref });
  echo.tell({ type: "Fail" });
  echo.tell({ type: "Say", text: "two", replyTo: probe.ref });
  await sim.settle();
  assert.deepEqual(probe.messages, ["one 1", "two 1"]);
  assert.equal(errors.length, 1);
  const { err } = errors[0] as { err: Error };
  assert.match(err.stack ?? "", /placed-actors/);
});

test("a module that cannot be loaded elsewhere is a fault of the child here", async () => {
  const { logger, errors } = recordingLogger();
  const sim = simulate({ threads: 2, logger });
  sim.system.spawn({
    ...on(1, "absent", "absent", {}, { restart: "temporary" }),
    start: placed(`${MODULE}.absent`, "absent", {}),
  });
  await sim.settle();
  assert.equal((errors[0] as { err: MycelError }).err.code, "E_MODULE_LOAD");
});

test("Terminated comes from another thread, exactly once, and at once for the already ended", async () => {
  const sim = simulate({ threads: 2 });
  const probe = createProbe(sim.system);
  const echo = sim.system.spawn(on<EchoCommand>(1, "echo", "echo", {}, { restart: "temporary" }));
  await sim.settle();
  probe.watch(echo);
  probe.watch(echo);
  echo.tell({ type: "End" });
  await sim.settle();
  assert.deepEqual(probe.terminated, [echo.path]);
  probe.watch(echo);
  await sim.settle();
  assert.deepEqual(probe.terminated, [echo.path, echo.path]);
});

test("ask works across threads, from outside and with a deadline", async () => {
  const sim = simulate({ threads: 2 });
  const echo = sim.system.spawn(on<EchoCommand>(1, "echo", "echo"));
  const ask = (text: string) =>
    sim.system.ask<EchoCommand, string>(echo, (replyTo) => ({ type: "Say", text, replyTo }), 100);
  const answer = ask("asked");
  await sim.settle();
  assert.equal(await answer, "asked 1");
  sim.loseThread(1);
  const refused = assert.rejects(ask("lost"), { code: "E_ASK_TIMEOUT" });
  sim.advance(100);
  await refused;
});

test("the receptionist's list is the same on every thread", async () => {
  const sim = simulate({ threads: 3 });
  const key = serviceKey<EchoCommand>("echo");
  const probe = createProbe<Listing<EchoCommand>>(sim.system);
  const echo = sim.system.spawn(on<EchoCommand>(1, "echo", "echo", {}, { restart: "temporary" }));
  await sim.settle();
  sim.system.receptionist.subscribe(key, probe.ref);
  sim.system.receptionist.register(key, echo);
  await sim.settle();
  for (const { receptionist } of sim.systems) {
    assert.deepEqual(
      receptionist.find(key).map(({ path }) => path),
      [echo.path],
    );
  }
  echo.tell({ type: "End" });
  await sim.settle();
  for (const { receptionist } of sim.systems) assert.deepEqual(receptionist.find(key), []);
  assert.deepEqual(
    probe.messages.map(({ refs }) => refs.length),
    [0, 1, 0],
  );
});

test("a path is found from any thread, wherever the actor lives", async () => {
  const sim = simulate({ threads: 3 });
  const probe = createProbe<string>(sim.system);
  sim.system.spawn(on<EchoCommand>(1, "echo", "echo"));
  const finder = sim.system.spawn(
    on<{ path: string; message: unknown }>(2, "finder", "pathTeller"),
  );
  await sim.settle();
  finder.tell({
    path: "mycel://sim/user/echo",
    message: { type: "Say", text: "found", replyTo: probe.ref },
  });
  finder.tell({ path: "mycel://sim/user/none", message: "lost" });
  await sim.settle();
  assert.deepEqual(probe.messages, ["found 1"]);
  assert.deepEqual(
    sim.system.deadLetters.last().map(({ path, reason }) => [path, reason]),
    [["mycel://sim/user/none", "noSuchActor"]],
  );
});

test("a lost thread's actors are Terminated and come back on the fresh one under their address", async () => {
  const { logger, errors } = recordingLogger();
  const sim = simulate({ threads: 3, logger });
  const probe = createProbe<string>(sim.system);
  const echo = sim.system.spawn(on<EchoCommand>(1, "echo", "echo"));
  const forwarder = sim.system.spawn(on<EchoCommand>(2, "forwarder", "forwarder", { to: echo }));
  await sim.settle();
  probe.watch(echo);
  sim.run();
  sim.loseThread(1);
  await sim.settle();
  assert.deepEqual(probe.terminated, [echo.path]);
  assert.equal((errors[0] as { err: MycelError }).err.code, "E_THREAD_LOST");
  echo.tell({ type: "Say", text: "too early", replyTo: probe.ref });
  assert.equal(sim.system.deadLetters.countByReason().threadLost, 1);
  sim.replaceThread(1);
  await sim.settle();
  echo.tell({ type: "Say", text: "back", replyTo: probe.ref });
  forwarder.tell({ type: "Say", text: "through", replyTo: probe.ref });
  await sim.settle();
  assert.deepEqual([...probe.messages].sort(), ["back 1", "through 2"]);
});

test("a message that is not plain data becomes a dead letter `cannotCross` and is refused", async () => {
  const sim = simulate({ threads: 2 });
  const forwarder = sim.system.spawn<unknown>(on(1, "forwarder", "forwarder", { to: 0 }));
  assert.equal(forwarder.tell({ callback: () => {} }), false);
  assert.equal(sim.system.deadLetters.countByReason().cannotCross, 1);
});

test("shutdown stops children on other threads in order as well", async () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const sim = simulate({ threads: 2, seed });
    const log: string[] = [];
    const onSignal = () => {
      log.push(`first PostStop, ${sim.systems[1]?.tree().length} elsewhere`);
      return same;
    };
    sim.system.spawn(actor("first", () => receive(() => same, { onSignal })));
    sim.system.spawn(on(1, "second", "echo"));
    sim.system.spawn(scripted("third", log));
    await sim.settle();
    const stopping = sim.system.shutdown();
    await sim.settle();
    await stopping;
    assert.deepEqual(log, ["third starts", "third PostStop", "first PostStop, 0 elsewhere"]);
  }
});

test("whatever order the seed takes, order holds between threads and nothing is lost", () => {
  return fc.assert(
    fc.asyncProperty(fc.integer(), async (seed) => {
      const sim = simulate({ threads: 4, seed });
      const probe = createProbe<number>(sim.system);
      let next: ActorRef<number> = probe.ref;
      for (const thread of [3, 2, 1]) {
        next = sim.system.spawn(on<number>(thread, `hop-${thread}`, "forwarder", { to: next }));
      }
      for (let i = 0; i < 100; i += 1) {
        if (i === 40) await sim.settle();
        assert.equal(next.tell(i), true);
      }
      await sim.settle();
      assert.deepEqual(probe.messages, [...Array(100).keys()]);
    }),
    { numRuns: 10 },
  );
});

test("a sender whose message cannot cross goes on", async () => {
  const sim = simulate({ threads: 2 });
  const log: string[] = [];
  const forwarder = sim.system.spawn<unknown>(on(1, "forwarder", "forwarder", { to: 0 }));
  const sender = sim.system.spawn(scripted("sender", log));
  sender.tell(() => {
    log.push(`sent: ${forwarder.tell({ callback: () => {} })}`);
    return undefined;
  });
  sender.tell(() => {
    log.push("goes on");
    return undefined;
  });
  await sim.settle();
  assert.deepEqual(log, ["sender starts", "sent: false", "goes on"]);
});

test("shutdown ends when a thread is lost that was asked to stop an actor", async () => {
  const sim = simulate({ threads: 2 });
  const probe = createProbe<string>(sim.system);
  const forEver = { shutdownMs: Number.POSITIVE_INFINITY };
  sim.system.spawn(on(1, "clinger", "clinger", { to: probe.ref }, forEver));
  await sim.settle();
  let ended = false;
  const stopping = sim.system.shutdown().then(() => {
    ended = true;
  });
  await sim.settle();
  assert.deepEqual([probe.messages, ended], [["PostStop"], false]);
  sim.loseThread(1);
  await sim.settle();
  assert.ok(ended);
  await stopping;
});

test("a restart of all goes on when a thread is lost that was asked to halt one of them", async () => {
  const sim = simulate({ threads: 2 });
  const log: string[] = [];
  const probe = createProbe<string>(sim.system);
  const forEver = { shutdownMs: Number.POSITIVE_INFINITY };
  sim.system.spawn({
    id: "family",
    strategy: "oneForAll",
    intensity: { restartsMax: 1, withinMs: 1_000 },
    children: [
      scripted("here", log, { restart: "permanent" }),
      on(1, "clinger", "clinger", { to: probe.ref }, forEver),
    ],
  });
  await sim.settle();
  sim.system.refAt<Script>("mycel://sim/user/family/here").tell(fail);
  await sim.settle();
  assert.deepEqual([probe.messages, log], [["PreRestart"], ["here starts"]]);
  sim.loseThread(1);
  sim.replaceThread(1);
  await sim.settle();
  assert.deepEqual(log, ["here starts", "here PreRestart", "here starts"]);
  await refreshTree(sim);
  assert.equal(threadOf(sim, "mycel://sim/user/family/clinger"), 1);
});

test("a lost thread is one failure for a supervisor, however many children it had there", async () => {
  const sim = simulate({ threads: 2 });
  const ids = Array.from({ length: 10 }, (_, i) => `echo-${i}`);
  sim.system.spawn({
    id: "family",
    strategy: "oneForOne",
    intensity: { restartsMax: 2, withinMs: 60_000 },
    children: ids.map((id) => on(1, id, "echo")),
  });
  await sim.settle();
  for (let loss = 0; loss < 2; loss += 1) {
    sim.loseThread(1);
    sim.replaceThread(1);
    await sim.settle();
  }
  await refreshTree(sim);
  for (const id of ids) assert.equal(threadOf(sim, `mycel://sim/user/family/${id}`), 1);
  sim.loseThread(1);
  let code: unknown;
  void sim.system.terminated.then(({ cause }) => {
    code = (cause as MycelError).code;
  });
  await sim.settle();
  assert.equal(code, "E_RESTART_INTENSITY", "the third loss within the time is one too many");
});

test("actors on two threads that push back on each other do not wait for each other for ever", async () => {
  const sim = simulate({ threads: 3 });
  const rest = { mailbox: { capacity: 4, overflow: "backpressure" as const } };
  type Message = number | { readonly to: ActorRef<number> };
  const left = sim.system.spawn(on<Message>(1, "left", "multiplier", {}, rest));
  const right = sim.system.spawn(on<Message>(2, "right", "multiplier", {}, rest));
  left.tell({ to: right });
  right.tell({ to: left });
  await sim.settle();
  left.tell(9);
  await sim.settle();
  sim.advance(600_000);
  await refreshTree(sim);
  const waiting = sim.system.tree().reduce((sum, { mailboxDepth }) => sum + mailboxDepth, 0);
  assert.equal(waiting, 0);
});

test("Receptionist.register() of an actor that has ended on another thread enters nobody", async () => {
  const sim = simulate({ threads: 3 });
  const key = serviceKey<EchoCommand>("echo");
  const echo = sim.system.spawn(on<EchoCommand>(1, "echo", "echo", {}, { restart: "temporary" }));
  echo.tell({ type: "End" });
  await sim.settle();
  sim.system.receptionist.register(key, echo);
  sim.system.receptionist.register(key, sim.system.refAt("mycel://sim/user/never"));
  await sim.settle();
  for (const { receptionist } of sim.systems) assert.deepEqual(receptionist.find(key), []);
});

test("Receptionist.register() of an actor known by its path enters it on every thread until it ends", async () => {
  const sim = simulate({ threads: 3 });
  const key = serviceKey<EchoCommand>("echo");
  const echo = sim.system.spawn(on<EchoCommand>(1, "echo", "echo", {}, { restart: "temporary" }));
  await sim.settle();
  sim.systems[2]?.receptionist.register(key, sim.systems[2].refAt(echo.path));
  await sim.settle();
  const found = (): number[] =>
    sim.systems.map(({ receptionist }) => receptionist.find(key).length);
  assert.deepEqual(found(), [1, 1, 1]);
  echo.tell({ type: "End" });
  await sim.settle();
  assert.deepEqual(found(), [0, 0, 0]);
});

test("a message told by path that its receiver has no room for is a dead letter", async () => {
  const sim = simulate({ threads: 2 });
  const mailbox = { capacity: 4, overflow: "backpressure" as const };
  const slow = sim.system.spawn(actor<number>("slow", () => receive(() => same), { mailbox }));
  const finder = sim.system.spawn(
    on<{ path: string; message: unknown }>(1, "finder", "pathTeller"),
  );
  await sim.settle();
  for (let i = 0; i < 40; i += 1) finder.tell({ path: slow.path, message: i });
  await sim.settle();
  const handled = sim.system.tree().find(({ path }) => path === slow.path)?.processed ?? 0;
  const { mailboxFull } = sim.system.deadLetters.countByReason();
  assert.ok(mailboxFull > 0, "it was full");
  assert.equal(handled + mailboxFull, 40);
});

test("a supervisor elsewhere that gives up directly under the root ends the system", async () => {
  const sim = simulate({ threads: 2 });
  const echo = { ...on<EchoCommand>(1, "echo", "echo"), placement: "parent" as const };
  const rest = {
    supervision: { strategy: "oneForOne", intensity: { restartsMax: 0, withinMs: 1_000 } },
  } as const;
  sim.system.spawn(on(1, "family", "family", { specs: [echo] }, rest));
  await sim.settle();
  sim.system.refAt<EchoCommand>("mycel://sim/user/family/echo").tell({ type: "Fail" });
  let code: unknown;
  void sim.system.terminated.then(({ cause }) => {
    code = (cause as MycelError).code;
  });
  await sim.settle();
  assert.equal(code, "E_RESTART_INTENSITY");
});

test("shutdown stops a child here of a parent elsewhere in its order", async () => {
  const sim = simulate({ threads: 2 });
  const probe = createProbe<string>(sim.system);
  const mourner = { ...on(0, "mourner", "mourner", { to: probe.ref }), placement: "main" as const };
  sim.system.spawn(on(1, "family", "family", { specs: [mourner] }));
  await sim.settle();
  const ended: string[] = [];
  const last = sim.system.spawn(
    actor<never>("last", () =>
      setup((ctx) =>
        receive(() => same, {
          onSignal: () => {
            const held = new Promise<void>((resolve) => setImmediate(resolve));
            ctx.pipeToSelf(
              held,
              () => assert.fail("it has ended"),
              () => assert.fail("it has ended"),
            );
            ended.push(`last, ${probe.messages.length} before`);
            return same;
          },
        }),
      ),
    ),
  );
  await sim.settle();
  assert.ok(last);
  const stopping = sim.system.shutdown();
  await sim.settle();
  await stopping;
  assert.deepEqual([ended, probe.messages], [["last, 0 before"], ["PostStop"]]);
});

test("a ref that arrives before the actor it means reaches it all the same", async () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const sim = simulate({ threads: 3, seed });
    const probe = createProbe<string>(sim.system);
    const key = serviceKey<string>("late");
    const echo = sim.system.spawn(on<EchoCommand>(1, "echo", "echo"));
    const around = sim.system.spawn(on<EchoCommand>(2, "around", "forwarder", { to: echo }));
    const observer = sim.system.spawn(on<ObserverCommand>(1, "observer", "observer"));
    const tellsObserver = sim.system.spawn(
      on<ObserverCommand>(2, "tells-observer", "forwarder", { to: observer }),
    );
    await sim.settle();
    // More than the way takes at once, so that the last one's spawning waits.
    for (let i = 0; i < 70; i += 1) sim.system.spawn(on(1, `one-of-many-${i}`, "echo"));
    const rest = { restart: "temporary" } as const;
    const last = sim.system.spawn(on<string>(1, "last", "forwarder", { to: probe.ref }, rest));
    const brief = sim.system.spawn(on<EchoCommand>(1, "brief", "echo", {}, rest));
    around.tell({ type: "Say", text: "hello", replyTo: last });
    tellsObserver.tell({ ref: brief });
    sim.systems[2]?.receptionist.register(
      key,
      sim.systems[2].decodeRef(sim.system.encodeRef(last)) as ActorRef<string>,
    );
    await sim.settle();
    assert.deepEqual(probe.messages, ["hello 1"]);
    for (const { receptionist } of sim.systems) assert.equal(receptionist.find(key).length, 1);
    brief.tell({ type: "End" });
    await sim.settle();
    const refreshed = sim.system.refreshTree();
    sim.run();
    await refreshed;
    assert.equal(sim.system.deadLetters.total(), 0);
    const seen = sim.system.ask(
      observer,
      (replyTo: ActorRef<readonly string[]>) => ({ replyTo }),
      1_000,
    );
    await sim.settle();
    assert.deepEqual(await seen, [brief.path]);
  }
});

test("a child spec that is not plain data is refused at once, also when the way has no room", async () => {
  const sim = simulate({ threads: 2 });
  const probe = createProbe<string>(sim.system);
  for (let i = 0; i < 70; i += 1) sim.system.spawn(on(1, `one-of-many-${i}`, "echo"));
  assert.throws(() => sim.system.spawn(on(1, "wrong", "echo", { callback: () => {} })), {
    code: "E_INPUT",
  });
  const echo = sim.system.spawn(on<EchoCommand>(1, "echo", "echo"));
  await sim.settle();
  echo.tell({ type: "Say", text: "here", replyTo: probe.ref });
  await sim.settle();
  assert.deepEqual(probe.messages, ["here 1"]);
  const ended = sim.system.shutdown();
  await sim.settle();
  await ended;
});

test("Receptionist.subscribe() of an actor elsewhere is kept by its own thread, until it stops", async () => {
  const sim = simulate({ threads: 3 });
  const key = serviceKey<EchoCommand>("echo");
  const probe = createProbe<unknown>(sim.system);
  const subscriber = sim.system.spawn<Listing<EchoCommand>>(
    on(1, "subscriber", "forwarder", { to: probe.ref }),
  );
  await sim.settle();
  sim.system.receptionist.subscribe(key, subscriber);
  sim.systems[2]?.receptionist.subscribe(key, sim.systems[2].refAt(subscriber.path));
  await sim.settle();
  assert.equal(probe.take().length, 2, "the list as it is, for each wish");
  sim.loseThread(1);
  sim.replaceThread(1);
  await sim.settle();
  const before = sim.system.deadLetters.total();
  const echo = sim.system.spawn(on<EchoCommand>(2, "echo", "echo"));
  await sim.settle();
  sim.system.receptionist.register(key, echo);
  await sim.settle();
  assert.deepEqual(probe.messages, [], "the one that has taken its place has not subscribed");
  assert.equal(sim.system.deadLetters.total(), before);
});

test("Terminated is told to no watcher of a lost thread, nor kept for it", async () => {
  const sim = simulate({ threads: 2 });
  const watched = sim.system.spawn(scripted("watched", []));
  const observer = sim.system.spawn(on<ObserverCommand>(1, "observer", "observer"));
  const byPath = sim.system.spawn(on<ObserverCommand>(1, "by-path", "observer"));
  await sim.settle();
  observer.tell({ ref: watched });
  const path = sim.systems[1]?.refAt<never>(watched.path);
  assert.ok(path !== undefined);
  byPath.tell({ ref: path });
  await sim.settle();
  const { watch } = (watched as unknown as { state: { watch: { isIdle: boolean } } }).state;
  assert.equal(watch.isIdle, false);
  sim.loseThread(1);
  assert.equal(watch.isIdle, true);
});

test("what is told to children as soon as they are spawned finds them, though the way is full", async () => {
  const sim = simulate({ threads: 2 });
  const probe = createProbe<number>(sim.system);
  // More than a way takes at once.
  const count = 200;
  const parent = sim.system.spawn(scripted("parent", []));
  parent.tell((ctx) => {
    const spawn = (_: unknown, i: number) =>
      ctx.spawn(on<number>(1, `child-${i}`, "forwarder", { to: probe.ref }));
    const children = Array.from({ length: count }, spawn);
    for (const [i, child] of children.reverse().entries()) child.tell(i);
    return undefined;
  });
  await sim.settle();
  assert.deepEqual(probe.messages.length, count);
  assert.equal(sim.system.deadLetters.total(), 0);
});
