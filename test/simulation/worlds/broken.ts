/**
 * Breaks on purpose, so that one can see how a failing run is found, made small, told and replayed: an
 * actor that counts is expected to remember its count over a crash, and forgets it.
 */

import { type Behavior, receive, same, setup } from "../../../runtime/behavior.ts";
import fc from "../../support/fc.ts";
import { crashOf, jump, loseThreadOf, Stage } from "../stage.ts";
import { type Course, hold, type World } from "../world.ts";

const counted = { last: 0, mostEver: 0 };

const counter = (): Behavior<"tick"> =>
  setup((ctx) => {
    let count = 0;
    ctx.startPeriodicTimer("tick", "tick", 1);
    return receive(() => {
      count += 1;
      counted.last = count;
      counted.mostEver = Math.max(counted.mostEver, count);
      return same;
    });
  });

const idler = (): Behavior<never> => receive(() => same);

export const broken: World = {
  name: "broken",
  about: "breaks on purpose: what a failing run looks like",
  steps: 200,
  faultsMax: 12,
  seedsInTest: 0,
  faults: fc.oneof(crashOf(["counter", "idler"]), loseThreadOf([1]), jump),
  open(seed): Course {
    const stage = new Stage({ seed, threads: 2 });
    Object.assign(counted, { last: 0, mostEver: 0 });
    for (const [id, start] of Object.entries({ counter, idler })) {
      stage.sim.system.spawn({ id, start, restart: "permanent", shutdownMs: 1_000 });
    }
    return {
      sim: stage.sim,
      inflict: (fault, step) => stage.inflict(fault, step),
      step: (step) => stage.step(step),
      check: () =>
        hold(
          counted.last === counted.mostEver,
          "a count is never forgotten",
          () => `${counted.last} after ${counted.mostEver}`,
        ),
      heal: () => stage.heal(),
      checkQuiet() {},
    };
  },
};
