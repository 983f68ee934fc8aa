import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { receive, same, setup, stopped } from "../../runtime/behavior.ts";
import type { MycelError } from "../../runtime/errors.ts";
import { RestartWindow } from "../../runtime/restart-intensity.ts";
import {
  type Exit,
  isRestarted,
  placed,
  type RestartType,
  type Strategy,
  type SupervisorSpec,
} from "../../runtime/supervisor.ts";
import { createProbe } from "../../runtime/testing/probe.ts";
import { type Simulation, simulate } from "../../runtime/testing/simulation.ts";
import fc from "../support/fc.ts";
import { actor, fail, recordingLogger, type Script, scripted } from "./support/actors.ts";

const NEVER_GIVES_UP = { restartsMax: 1_000_000, withinMs: 1 };

/** A supervisor of children `a`, `b`, `c` (or as given), with what they did. */
function family(
  strategy: Strategy,
  children: readonly [id: string, restart: RestartType][] = [
    ["a", "permanent"],
    ["b", "permanent"],
    ["c", "permanent"],
  ],
  intensity = NEVER_GIVES_UP,
  seed = 1,
): { sim: Simulation; log: string[]; child: (id: string) => ActorRef<Script> } {
  const sim = simulate({ seed });
  const log: string[] = [];
  sim.system.spawn({
    id: "family",
    strategy,
    intensity,
    children: children.map(([id, restart]) => scripted(id, log, { restart })),
  });
  sim.run();
  return { sim, log, child: (id) => sim.system.refAt(`mycel://sim/user/family/${id}`) };
}

const decisions: readonly [RestartType, Exit, boolean][] = [
  ["permanent", "normal", true],
  ["permanent", "fault", true],
  ["transient", "normal", false],
  ["transient", "fault", true],
  ["temporary", "normal", false],
  ["temporary", "fault", false],
];

for (const [restart, exit, again] of decisions) {
  test(`a ${restart} child that ends by ${exit} is ${again ? "started again" : "gone"}`, () => {
    assert.equal(isRestarted(restart, exit), again);
    const { sim, log, child } = family("oneForOne", [["a", restart]]);
    child("a").tell(exit === "fault" ? fail : () => stopped);
    sim.run();
    const lastSignal = exit === "fault" && again ? "PreRestart" : "PostStop";
    assert.deepEqual(log, ["a starts", `a ${lastSignal}`, ...(again ? ["a starts"] : [])]);
    assert.equal(
      sim.system.tree().some(({ path }) => path.endsWith("/a")),
      again,
    );
  });
}

const strategies: readonly [Strategy, readonly string[]][] = [
  ["oneForOne", ["b PreRestart", "b starts"]],
  [
    "oneForAll",
    ["c PreRestart", "b PreRestart", "a PreRestart", "a starts", "b starts", "c starts"],
  ],
  ["restForOne", ["c PreRestart", "b PreRestart", "b starts", "c starts"]],
];

for (const [strategy, expected] of strategies) {
  test(`${strategy} restarts whom it names: down in reverse order, up in order`, () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const { sim, log, child } = family(strategy, undefined, undefined, seed);
      assert.deepEqual([...log].sort(), ["a starts", "b starts", "c starts"]);
      log.length = 0;
      child("b").tell(fail);
      sim.run();
      const downs = expected.filter((line) => line.endsWith("PreRestart"));
      assert.deepEqual(log.slice(0, downs.length), downs);
      // Starts are asked for in order; the seed decides whose turn is first.
      assert.deepEqual(log.slice(downs.length).sort(), expected.slice(downs.length));
    }
  });
}

test("in operation children start in the order of their specs", () => {
  const sim = simulate({ order: "fifo" });
  const log: string[] = [];
  sim.system.spawn({
    id: "family",
    strategy: "oneForAll",
    intensity: NEVER_GIVES_UP,
    children: ["a", "b", "c"].map((id) => scripted(id, log, { restart: "permanent" })),
  });
  sim.run();
  assert.deepEqual(log, ["a starts", "b starts", "c starts"]);
  log.length = 0;
  sim.system.refAt<Script>("mycel://sim/user/family/b").tell(fail);
  sim.run();
  assert.deepEqual(log.slice(3), ["a starts", "b starts", "c starts"]);
});

test("oneForAll does not bring a temporary child back", () => {
  const { sim, log, child } = family("oneForAll", [
    ["a", "permanent"],
    ["b", "temporary"],
  ]);
  log.length = 0;
  child("a").tell(fail);
  sim.run();
  assert.deepEqual(log, ["b PostStop", "a PreRestart", "a starts"]);
});

test("a restart keeps address and mailbox, loses state, timers and the message in hand", () => {
  const sim = simulate();
  const log: string[] = [];
  const ref = sim.system.spawn<string>(
    actor(
      "counter",
      () =>
        setup((ctx) => {
          let count = 0;
          return receive((message) => {
            if (message === "fail") throw new Error("told to");
            if (message === "timer") ctx.startTimer("t", "timed", 10);
            count += 1;
            log.push(`${message} ${count}`);
            return same;
          });
        }),
      { restart: "permanent" },
    ),
  );
  for (const message of ["timer", "x", "fail", "y"]) ref.tell(message);
  sim.advance(100);
  assert.deepEqual(log, ["timer 1", "x 2", "y 1"]);
});

test("a failed actor handles nothing until its parent has decided, but its end by its parent", () => {
  const { sim, log, child } = family("oneForOne", [["a", "temporary"]]);
  child("a").tell(fail);
  child("a").tell(() => {
    log.push("never");
    return undefined;
  });
  sim.run();
  assert.deepEqual(log, ["a starts", "a PostStop"]);
  assert.equal(sim.system.deadLetters.countByReason().stopped, 1);
});

test("a fault in setup is a fault like any other, bounded by the intensity", async () => {
  const sim = simulate();
  let starts = 0;
  sim.system.spawn({
    id: "family",
    strategy: "oneForOne",
    intensity: { restartsMax: 2, withinMs: 1_000 },
    children: [
      actor(
        "never",
        () =>
          setup<never>(() => {
            starts += 1;
            throw new Error("no port");
          }),
        { restart: "permanent" },
      ),
    ],
  });
  sim.run();
  assert.equal(starts, 3);
  const { cause } = await sim.system.terminated;
  assert.equal((cause as MycelError).code, "E_RESTART_INTENSITY");
});

test("RestartWindow admits as many restarts as any window of its length may hold", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 60, size: "max" }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 100 }),
      (gaps, restartsMax, withinMs) => {
        const window = new RestartWindow({ restartsMax, withinMs });
        const atMs: number[] = [];
        let nowMs = 0;
        for (const gap of gaps) {
          nowMs += gap;
          atMs.push(nowMs);
          const within = atMs.filter((ms) => nowMs - ms < withinMs).length;
          assert.equal(window.admits(nowMs), within <= restartsMax);
        }
      },
    ),
  );
});

test("one restart too many and the supervisor fails; its own supervisor starts it anew", () => {
  const sim = simulate();
  const log: string[] = [];
  const inner: SupervisorSpec = {
    id: "inner",
    strategy: "oneForOne",
    intensity: { restartsMax: 2, withinMs: 1_000 },
    children: [
      scripted("a", log, { restart: "permanent" }),
      scripted("b", log, { restart: "permanent" }),
    ],
  };
  sim.system.spawn({
    id: "outer",
    strategy: "oneForOne",
    intensity: { restartsMax: 1, withinMs: 1_000 },
    children: [inner],
  });
  sim.run();
  const a = (): ActorRef<Script> => sim.system.refAt("mycel://sim/user/outer/inner/a");
  for (let i = 0; i < 2; i += 1) {
    a().tell(fail);
    sim.run();
  }
  const innerInfo = () => sim.system.tree().find(({ path }) => path.endsWith("/inner"));
  assert.equal(innerInfo()?.restarts, 0);
  log.length = 0;
  a().tell(fail);
  sim.run();
  assert.equal(innerInfo()?.restarts, 1);
  assert.deepEqual(log.slice(0, 2), ["b PostStop", "a PostStop"]);
  assert.deepEqual(log.slice(2).sort(), ["a starts", "b starts"]);
});

test("failures spread over time never add up to a failure of the supervisor", () => {
  const { sim, child } = family("oneForOne", [["a", "permanent"]], {
    restartsMax: 2,
    withinMs: 1_000,
  });
  for (let i = 0; i < 20; i += 1) {
    child("a").tell(fail);
    sim.advance(500);
  }
  const restarts = sim.system.tree().map(({ restarts: each }) => each);
  assert.deepEqual(restarts, [0, 0, 20]);
});

test("when the root's supervisor gives up the system ends, in order, and says why", async () => {
  const { sim, log, child } = family("oneForOne", undefined, { restartsMax: 0, withinMs: 1_000 });
  log.length = 0;
  child("b").tell(fail);
  sim.run();
  const { cause } = await sim.system.terminated;
  assert.equal((cause as MycelError).code, "E_RESTART_INTENSITY");
  assert.deepEqual(log, ["c PostStop", "b PostStop", "a PostStop"]);
  assert.deepEqual(sim.system.tree(), []);
});

test("system.shutdown() stops the last started first, children before parents", async () => {
  const sim = simulate();
  const log: string[] = [];
  for (const id of ["first", "second"]) {
    sim.system.spawn(scripted(id, log)).tell((ctx) => {
      ctx.spawn(scripted(`${id}-x`, log));
      ctx.spawn(scripted(`${id}-y`, log));
      return undefined;
    });
  }
  sim.run();
  log.length = 0;
  const stopping = sim.system.shutdown();
  sim.run();
  await stopping;
  assert.deepEqual(log, [
    "second-y PostStop",
    "second-x PostStop",
    "second PostStop",
    "first-y PostStop",
    "first-x PostStop",
    "first PostStop",
  ]);
  assert.deepEqual(await sim.system.terminated, { cause: undefined });
});

test("children that an actor spawned are supervised by it and stopped before it restarts", () => {
  const sim = simulate();
  const log: string[] = [];
  sim.system.spawn({
    id: "top",
    strategy: "oneForOne",
    intensity: NEVER_GIVES_UP,
    children: [
      scripted("parent", log, {
        restart: "permanent",
        supervision: { strategy: "oneForOne", intensity: { restartsMax: 1, withinMs: 1_000 } },
      }),
    ],
  });
  sim.run();
  sim.system.refAt<Script>("mycel://sim/user/top/parent").tell((ctx) => {
    ctx.spawn(scripted("child", log, { restart: "permanent" }));
    return undefined;
  });
  sim.run();
  const child = sim.system.refAt<Script>("mycel://sim/user/top/parent/child");
  child.tell(fail);
  sim.run();
  assert.deepEqual(log, ["parent starts", "child starts", "child PreRestart", "child starts"]);
  log.length = 0;
  child.tell(fail);
  sim.run();
  assert.deepEqual(log, ["child PostStop", "parent PreRestart", "parent starts"]);
});

test("ctx.stop() ends a child for good, whatever its restart type", () => {
  const sim = simulate();
  const log: string[] = [];
  const parent = sim.system.spawn(scripted("parent", log));
  parent.tell((ctx) => {
    const child = ctx.spawn(scripted("child", log, { restart: "permanent" }));
    ctx.stop(child);
    return undefined;
  });
  sim.run();
  assert.ok(!sim.system.tree().some(({ path }) => path.endsWith("/child")));
});

test("ctx.spawn() refuses an id in use, and an id that is no part of a path, as bugs", () => {
  const { logger, errors } = recordingLogger();
  const sim = simulate({ logger });
  for (const ids of [["x", "x"], ["a/b"], [""]]) {
    const parent = sim.system.spawn(scripted(`parent-${ids.length}-${ids[0]?.length}`, []));
    parent.tell((ctx) => {
      for (const id of ids) ctx.spawn(scripted(id, []));
      return undefined;
    });
    sim.run();
  }
  assert.equal(errors.length, 3);
});

test("a fault is logged once, by the supervisor, with its cause", () => {
  const { logger, errors } = recordingLogger();
  const sim = simulate({ logger });
  for (const restart of ["permanent", "temporary"] as const) {
    sim.system.spawn(scripted(restart, [], { restart })).tell(fail);
  }
  sim.run();
  const logged = errors.map((fields) => fields as { child: string; err: Error });
  assert.deepEqual(logged.map(({ child }) => child).sort(), [
    "mycel://sim/user/permanent",
    "mycel://sim/user/temporary",
  ]);
  for (const { err } of logged) assert.equal(err.message, "told to fail");
});

test("whatever fails when, each child of oneForAll and restForOne ends up running", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom<Strategy>("oneForOne", "oneForAll", "restForOne"),
      fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 20, size: "max" }),
      (seed, strategy, failing) => {
        const { sim, log, child } = family(strategy, undefined, undefined, seed);
        for (const id of failing) child(id).tell(fail);
        sim.run();
        for (const id of ["a", "b", "c"]) {
          const starts = log.filter((line) => line === `${id} starts`).length;
          const ends = log.filter((line) => line === `${id} PreRestart`).length;
          assert.equal(starts, ends + 1);
        }
        const before = log.length;
        for (const id of ["a", "b", "c"]) {
          child(id).tell(() => {
            log.push(`${id} answers`);
            return undefined;
          });
        }
        sim.run();
        assert.equal(log.length, before + 3);
      },
    ),
  );
});

test("a child given by module has its messages held until the module is loaded", async () => {
  const sim = simulate();
  const probe = createProbe<string>(sim.system);
  const echo = sim.system.spawn<unknown>({
    id: "echo",
    start: placed(import.meta.resolve("./support/placed-actors.ts"), "echo", {}),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  echo.tell({ type: "Say", text: "hello", replyTo: probe.ref });
  sim.run();
  assert.deepEqual(probe.messages, []);
  await sim.settle();
  assert.deepEqual(probe.messages, ["hello 1"]);
});

test("a module that cannot be loaded, or lacks the export, is a fault of the child", async () => {
  const { logger, errors } = recordingLogger();
  const sim = simulate({ logger });
  const here = import.meta.resolve("./support/placed-actors.ts");
  for (const [id, start] of [
    ["nowhere", placed(import.meta.resolve("./support/absent.ts"), "echo", {})],
    ["nameless", placed(here, "absent", {})],
  ] as const) {
    sim.system.spawn({ id, start, restart: "temporary", shutdownMs: 1_000 });
  }
  await sim.settle();
  const codes = errors.map((fields) => (fields as { err: MycelError }).err.code);
  assert.deepEqual(codes, ["E_MODULE_LOAD", "E_MODULE_LOAD"]);
  assert.equal(sim.system.tree().length, 1);
});

test("a child killed with its parent in the midst of a restart is Terminated and leaves nothing", () => {
  const sim = simulate();
  const probe = createProbe(sim.system);
  /** Holds each of its ends for ever. */
  const clinger = (id: string) =>
    actor<"fail">(
      id,
      () =>
        setup((ctx) =>
          receive(
            () => {
              throw new Error("told to");
            },
            {
              onSignal: () => {
                const never = (): never => assert.fail("the promise never settles");
                ctx.pipeToSelf(new Promise<never>(() => {}), never, never);
                return same;
              },
            },
          ),
        ),
      { restart: "permanent", shutdownMs: Number.POSITIVE_INFINITY },
    );
  const parent = sim.system.spawn(scripted("parent", []));
  parent.tell((ctx) => {
    ctx.spawn(clinger("restarting"));
    ctx.spawn(clinger("stopping"));
    return undefined;
  });
  sim.run();
  const restarting = sim.system.refAt<"fail">("mycel://sim/user/parent/restarting");
  probe.watch(restarting);
  restarting.tell("fail");
  sim.run();
  restarting.tell("fail");
  parent.tell(() => stopped);
  sim.advance(1_000);
  assert.deepEqual(probe.terminated, [restarting.path]);
  assert.equal(sim.system.deadLetters.countByReason().stopped, 1);
});
