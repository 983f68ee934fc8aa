import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../runtime/testing/virtual-clock.ts";
import { Timer, Timers } from "../../runtime/timers.ts";
import fc from "../support/fc.ts";

class Named extends Timer {
  readonly #name: number;
  readonly #fired: number[];

  constructor(name: number, fired: number[]) {
    super();
    this.#name = name;
    this.#fired = fired;
  }

  fire(): void {
    this.#fired.push(this.#name);
  }
}

test("Timers fire in order of time, then of starting; a cancelled or restarted one as last told", () => {
  const step = fc.record({
    name: fc.integer({ min: 0, max: 20 }),
    delayMs: fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: "max" }), (steps) => {
      const clock = new VirtualClock();
      const timers = new Timers(clock);
      const fired: number[] = [];
      const named = Array.from({ length: 21 }, (_, name) => new Named(name, fired));
      const model = new Map<number, { dueMs: number; order: number }>();
      for (const [order, { name, delayMs }] of steps.entries()) {
        const timer = named[name] as Named;
        if (delayMs === undefined) {
          timers.cancel(timer);
          model.delete(name);
        } else {
          timers.start(timer, delayMs);
          model.set(name, { dueMs: delayMs, order });
        }
        assert.equal(timers.count, model.size);
      }
      const expected = [...model].sort(([, a], [, b]) => a.dueMs - b.dueMs || a.order - b.order);
      for (let ms = 0; ms <= 50; ms += 1) {
        while ((clock.nextMs() ?? Number.POSITIVE_INFINITY) <= ms) clock.goTo(ms);
        clock.goTo(ms);
        const due = expected.filter(([, { dueMs }]) => dueMs <= ms).map(([name]) => name);
        assert.deepEqual(fired, due);
      }
    }),
  );
});

test("Timers begun from a timer that fires have their own time", () => {
  const clock = new VirtualClock();
  const timers = new Timers(clock);
  const fired: number[] = [];
  class Again extends Timer {
    fire(): void {
      fired.push(clock.monotonicMs());
      if (fired.length < 3) timers.start(this, 10);
    }
  }
  timers.start(new Again(), 10);
  for (let next = clock.nextMs(); next !== undefined; next = clock.nextMs()) clock.goTo(next);
  assert.deepEqual(fired, [10, 20, 30]);
});
