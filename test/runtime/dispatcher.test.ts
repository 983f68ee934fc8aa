import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../runtime/clock.ts";
import { Dispatcher, type Runnable } from "../../runtime/dispatcher.ts";
import { BOX_MS_MAX } from "../../runtime/limits.ts";

/** A clock that only handlers move. */
class WorkClock implements Clock {
  ms = 0;

  nowMs(): number {
    return this.ms;
  }

  monotonicMs(): number {
    return this.ms;
  }

  after(): () => void {
    return () => {};
  }
}

/** Never runs out of work, each turn of which takes `turnMs`. */
class Busy implements Runnable {
  turns = 0;
  readonly #clock: WorkClock;
  readonly #dispatcher: Dispatcher<Busy>;
  readonly #turnMs: number;

  constructor(clock: WorkClock, dispatcher: Dispatcher<Busy>, turnMs: number) {
    this.#clock = clock;
    this.#dispatcher = dispatcher;
    this.#turnMs = turnMs;
  }

  runTurn(): number {
    this.turns += 1;
    this.#clock.ms += this.#turnMs;
    this.#dispatcher.enqueue(this);
    return 64;
  }
}

test("Dispatcher yields to the event loop after its time box, and goes on in the next", () => {
  const clock = new WorkClock();
  const boxes: (() => void)[] = [];
  const dispatcher = new Dispatcher<Busy>(clock, { defer: (box) => boxes.push(box) });
  const busy = new Busy(clock, dispatcher, 0.1);
  dispatcher.enqueue(busy);
  for (let box = 0; box < 10; box += 1) {
    const beganMs = clock.ms;
    const turns = busy.turns;
    assert.equal(boxes.length, 1, "one box is asked for, however much work there is");
    boxes.shift()?.();
    assert.ok(busy.turns > turns);
    // The clock is looked at every few turns, so a box is over its time by as much at most.
    assert.ok(clock.ms - beganMs <= 1.5 * BOX_MS_MAX, `box ${box} took ${clock.ms - beganMs} ms`);
  }
});

test("Dispatcher looks at the clock more often when handlers are slow", () => {
  const clock = new WorkClock();
  const boxes: (() => void)[] = [];
  const dispatcher = new Dispatcher<Busy>(clock, { defer: (box) => boxes.push(box) });
  dispatcher.enqueue(new Busy(clock, dispatcher, 5));
  for (let box = 0; box < 20; box += 1) boxes.shift()?.();
  const beganMs = clock.ms;
  boxes.shift()?.();
  assert.equal(clock.ms - beganMs, 5, "one slow turn, then the event loop");
});

test("Dispatcher runs actors in the order they had work, or as the scheduler picks", () => {
  const order = (pick?: (count: number) => number): string => {
    const ran: string[] = [];
    const boxes: (() => void)[] = [];
    const dispatcher = new Dispatcher<Runnable>(new WorkClock(), {
      defer: (box) => boxes.push(box),
      ...(pick && { pick }),
    });
    for (const name of ["a", "b", "c", "d"]) {
      dispatcher.enqueue({
        runTurn: () => {
          ran.push(name);
          return 1;
        },
      });
    }
    boxes.shift()?.();
    return ran.join("");
  };
  assert.equal(order(), "abcd");
  assert.equal(order((count) => count - 1).at(0), "d");
});

test("Dispatcher runs on after a box that threw", () => {
  const boxes: (() => void)[] = [];
  const dispatcher = new Dispatcher<Runnable>(new WorkClock(), { defer: (box) => boxes.push(box) });
  let turns = 0;
  dispatcher.outside = {
    takeIn: () => assert.fail("a bug of the kernel"),
    sendOut() {},
    rest: () => false,
  };
  dispatcher.enqueue({ runTurn: () => ++turns });
  assert.throws(() => boxes.shift()?.());
  dispatcher.outside = undefined;
  boxes.shift()?.();
  assert.equal(turns, 1);
});
