/** Asks between threads of those who answer once, twice, late or never: each has exactly one outcome. */

import { placed } from "../../../runtime/supervisor.ts";
import fc from "../../support/fc.ts";
import { newLedger } from "../actors/askers.ts";
import { crashOf, jump, loseThreadOf, NEVER_GIVES_UP, on, Stage } from "../stage.ts";
import { type Course, hold, type World } from "../world.ts";

const MODULE = import.meta.resolve("../actors/askers.ts");
const THREADS = 3;
const ACTORS = Array.from({ length: THREADS }, (_, thread) => [
  `asker-${thread}`,
  `answerer-${thread}`,
]).flat();

export const asks: World = {
  name: "asks",
  about: "each ask has one outcome, the answer or the time-out, and none after a restart",
  steps: 300,
  faultsMax: 12,
  seedsInTest: 40,
  faults: fc.oneof(crashOf(ACTORS), loseThreadOf([1, 2]), jump),
  async open(seed): Promise<Course> {
    const stage = new Stage({ seed, threads: THREADS, supervision: NEVER_GIVES_UP, pipes: true });
    const ledger = newLedger();
    const spawn = (name: string, thread: number, options: object) =>
      stage.sim.system.spawn<never>({
        id: `${name}-${thread}`,
        start: placed(MODULE, name, { id: `${name}-${thread}`, ...options }),
        placement: on(thread),
        restart: "permanent",
        shutdownMs: 1_000,
      });
    const threads = Array.from({ length: THREADS }, (_, thread) => thread);
    const answerers = threads.map((thread) => spawn("answerer", thread, {}));
    for (const thread of threads) spawn("asker", thread, { answerers });
    await stage.sim.promises();
    const course = stage.course(ledger.broken, "an ask has one outcome", () => {
      for (const [n, { asker, incarnation, answers, timeouts }] of ledger.asks.entries()) {
        if (incarnation !== ledger.incarnations.get(asker)) continue;
        const what = () => `ask ${n} of ${asker}: ${answers} answers, ${timeouts} time-outs`;
        const isInHand = stage.inHand.length > 0;
        hold(answers + timeouts === 1 || isInHand, "an ask has one outcome", what);
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
