import assert from "node:assert/strict";
import { test } from "node:test";
import { stopped } from "../../runtime/behavior.ts";
import { createProbe } from "../../runtime/testing/probe.ts";
import { simulate } from "../../runtime/testing/simulation.ts";
import fc from "../support/fc.ts";
import { fail, scripted } from "./support/actors.ts";

test("ctx.watch() brings Terminated exactly once, however often it is asked for and whenever", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(fc.constantFrom("watch", "end", "run"), { minLength: 1, maxLength: 12 }),
      (seed, steps) => {
        const { system, run } = simulate({ seed });
        const probe = createProbe(system);
        const watched = system.spawn(scripted("watched", []));
        run();
        for (const step of steps) {
          if (step === "run") run();
          else if (step === "end") watched.tell(() => stopped);
          else if (probe.terminated.length === 0) probe.watch(watched);
        }
        run();
        const expected = steps.includes("watch") && steps.includes("end") ? 1 : 0;
        assert.equal(probe.terminated.length, expected);
      },
    ),
  );
});

test("ctx.watch() of an actor that has stopped, or never was, brings Terminated as well", () => {
  const { system, run } = simulate();
  const probe = createProbe(system);
  const ended = system.spawn(scripted("ended", []));
  ended.tell(() => stopped);
  run();
  probe.watch(ended);
  probe.watch(system.refAt("mycel://sim/user/never"));
  run();
  assert.deepEqual(probe.terminated, ["mycel://sim/user/ended", "mycel://sim/user/never"]);
});

test("ctx.unwatch() brings none, also when the end was on its way", () => {
  const { system, run } = simulate();
  const probe = createProbe(system);
  const watched = system.spawn(scripted("watched", []));
  run();
  probe.watch(watched);
  watched.tell(() => stopped);
  run();
  assert.equal(probe.terminated.length, 1);
  const second = system.spawn(scripted("second", []));
  run();
  probe.watch(second);
  second.tell(() => stopped);
  probe.unwatch(second);
  run();
  assert.equal(probe.terminated.length, 1);
});

test("a restart is no end: Terminated comes only when the actor stops for good, with the cause", () => {
  const { system, run } = simulate();
  const probe = createProbe(system);
  const permanent = system.spawn(scripted("permanent", [], { restart: "permanent" }));
  const temporary = system.spawn(scripted("temporary", [], { restart: "temporary" }));
  run();
  probe.watch(permanent);
  probe.watch(temporary);
  permanent.tell(fail);
  temporary.tell(fail);
  run();
  assert.equal(probe.signals.length, 1);
  const [signal] = probe.signals;
  assert.ok(signal?.type === "Terminated");
  assert.equal(signal.ref.path, temporary.path);
  assert.equal((signal.cause as Error).message, "told to fail");
});

test("a restarted watcher watches no more than its new incarnation asks for", () => {
  const { system, run } = simulate();
  const log: string[] = [];
  const watcher = system.spawn(scripted("watcher", log, { restart: "permanent" }));
  const watched = system.spawn(scripted("watched", log));
  watcher.tell((ctx) => {
    ctx.watch(watched);
    return undefined;
  });
  watcher.tell(fail);
  run();
  watched.tell(() => stopped);
  run();
  assert.ok(!log.includes("watcher Terminated"));
});

test("ctx.watch() brings Terminated also when the request comes behind the order to stop", () => {
  const { system, run } = simulate();
  const probe = createProbe(system);
  const parent = system.spawn(scripted("parent", []));
  run();
  parent.tell((ctx) => {
    const child = ctx.spawn(scripted("child", []));
    ctx.stop(child);
    probe.watch(child);
    return undefined;
  });
  run();
  assert.deepEqual(probe.terminated, ["mycel://sim/user/parent/child"]);
});
