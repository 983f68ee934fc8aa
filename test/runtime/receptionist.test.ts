import assert from "node:assert/strict";
import { test } from "node:test";
import { receive, same, setup, stopped } from "../../runtime/behavior.ts";
import { type Listing, serviceKey } from "../../runtime/receptionist.ts";
import { createProbe } from "../../runtime/testing/probe.ts";
import { simulate } from "../../runtime/testing/simulation.ts";
import { actor, scripted } from "./support/actors.ts";

const HUB = serviceKey<string>("hub");

test("Receptionist.subscribe() tells the list now and after each change, until the actor stops", () => {
  const { system, run } = simulate();
  const probe = createProbe<Listing<string>>(system);
  const hub = (id: string) =>
    system.spawn(
      actor<string>(id, () =>
        setup((ctx) => {
          ctx.receptionist.register(HUB, ctx.self);
          ctx.receptionist.register(HUB, ctx.self);
          return receive(() => stopped);
        }),
      ),
    );
  system.receptionist.subscribe(HUB, probe.ref);
  run();
  const first = hub("first");
  run();
  const second = hub("second");
  run();
  first.tell("end");
  run();
  system.receptionist.deregister(HUB, second);
  run();
  const lists = probe.messages.map(({ refs }) => refs.map(({ path }) => path.split("/").at(-1)));
  assert.deepEqual(lists, [[], ["first"], ["first", "second"], ["second"], []]);
  assert.deepEqual(system.receptionist.find(HUB), []);
});

test("Receptionist forgets a subscriber that has stopped", () => {
  const { system, run } = simulate();
  const subscriber = system.spawn<unknown>(actor("subscriber", () => receive(() => stopped)));
  system.receptionist.subscribe(HUB, subscriber);
  run();
  const hub = system.spawn(actor<string>("hub", () => receive(() => same)));
  system.receptionist.register(HUB, hub);
  run();
  assert.equal(system.deadLetters.total(), 0);
});

test("Receptionist keeps the entry over a restart, since the address stays", () => {
  const { system, run } = simulate();
  const ref = system.spawn(scripted("hub", [], { restart: "permanent" }));
  system.receptionist.register(serviceKey("scripted"), ref);
  ref.tell(() => {
    throw new Error("told to");
  });
  run();
  assert.deepEqual(system.receptionist.find(serviceKey("scripted")), [ref]);
});
