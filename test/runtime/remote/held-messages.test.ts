import assert from "node:assert/strict";
import { test } from "node:test";
import { HELD_MAX, HELD_MS_MAX } from "../../../runtime/limits.ts";
import { HeldMessages } from "../../../runtime/remote/held-messages.ts";
import { VirtualClock } from "../../../runtime/testing/virtual-clock.ts";
import { Timers } from "../../../runtime/timers.ts";

function holding() {
  const clock = new VirtualClock();
  const messages = new HeldMessages(new Timers(clock));
  const log: string[] = [];
  const hold = (number: number, name: string): void =>
    messages.hold({
      number,
      deliver: () => log.push(`${name} delivered`),
      giveUp: () => log.push(`${name} given up`),
    });
  return { clock, messages, log, hold };
}

test("HeldMessages delivers what waited for a number in order, once it is heard of", () => {
  const { clock, messages, log, hold } = holding();
  hold(1, "a");
  hold(2, "b");
  hold(1, "c");
  messages.release(1);
  assert.deepEqual(log, ["a delivered", "c delivered"]);
  clock.goTo(HELD_MS_MAX);
  messages.release(2);
  assert.deepEqual(log.slice(2), ["b given up"]);
});

test("HeldMessages holds so long and so many, and gives up the rest at once", () => {
  const { clock, log, hold } = holding();
  for (let i = 0; i < HELD_MAX; i += 1) hold(i, "early");
  clock.goTo(HELD_MS_MAX - 1);
  assert.deepEqual(log, []);
  hold(0, "late");
  assert.deepEqual(log, ["late given up"]);
  clock.goTo(HELD_MS_MAX);
  assert.equal(log.length, HELD_MAX + 1);
});

test("HeldMessages holds each for its whole time, whenever it came", () => {
  const { clock, messages, log, hold } = holding();
  hold(1, "early");
  clock.goTo(HELD_MS_MAX - 1);
  hold(2, "late");
  clock.goTo(HELD_MS_MAX);
  assert.deepEqual(log, ["early given up"]);
  messages.release(2);
  assert.deepEqual(log.slice(1), ["late delivered"]);
});
