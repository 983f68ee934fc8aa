/** Timers that are started, replaced and cancelled: each that must come comes once, in time and in order. */

import { placed } from "../../../runtime/supervisor.ts";
import fc from "../../support/fc.ts";
import { newLedger } from "../actors/timed.ts";
import { crashOf, jump, loseThreadOf, NEVER_GIVES_UP, on, Stage } from "../stage.ts";
import { type Course, hold, type World } from "../world.ts";

const MODULE = import.meta.resolve("../actors/timed.ts");
const ACTORS = ["timed-0", "timed-1", "timed-2"] as const;

export const timers: World = {
  name: "timers",
  about:
    "timers come once, in time and in order, and none that was cancelled or is of before a restart",
  steps: 200,
  faultsMax: 12,
  seedsInTest: 80,
  faults: fc.oneof(crashOf(ACTORS), loseThreadOf([1]), jump),
  async open(seed): Promise<Course> {
    const stage = new Stage({ seed, threads: 2, supervision: NEVER_GIVES_UP });
    const ledger = newLedger();
    for (const [i, id] of ACTORS.entries()) {
      stage.sim.system.spawn({
        id,
        start: placed(MODULE, "timed", { id }),
        placement: on(i % 2),
        restart: "permanent",
        shutdownMs: 1_000,
      });
    }
    await stage.sim.promises();
    const course = stage.course(ledger.broken, "timers", () => {
      for (const [id, armed] of ledger.armed) {
        const keys = [...armed.keys()].join(", ");
        hold(armed.size === 0, "a started timer comes", () => `${keys} of ${id} have not come`);
      }
    });
    return {
      ...course,
      heal: () => {
        ledger.isClosing = true;
        return course.heal();
      },
    };
  },
};
