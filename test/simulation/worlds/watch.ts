/** Actors that end, watched from each thread: `Terminated` comes exactly once, and never of the living. */

import { placed } from "../../../runtime/supervisor.ts";
import fc from "../../support/fc.ts";
import { newLedger } from "../actors/mortals.ts";
import { crashOf, jump, loseThreadOf, NEVER_GIVES_UP, on, Stage } from "../stage.ts";
import { type Course, hold, type World } from "../world.ts";

const MODULE = import.meta.resolve("../actors/mortals.ts");
const THREADS = 3;
const WATCHERS = ["watcher-0", "watcher-1", "watcher-2"] as const;
const USER = "mycel://sim/user/";
const mortals = Array.from({ length: 40 }, (_, i) => `breeder/mortal-${i + 1}`);

export const watch: World = {
  name: "watch",
  about:
    "Terminated comes exactly once for each watch, whatever fails and whichever thread is lost",
  steps: 300,
  faultsMax: 12,
  seedsInTest: 80,
  faults: fc.oneof(crashOf([...mortals, "breeder", ...WATCHERS]), loseThreadOf([1, 2]), jump),
  async open(seed): Promise<Course> {
    const stage = new Stage({ seed, threads: THREADS, supervision: NEVER_GIVES_UP });
    const ledger = newLedger();
    const watchers = WATCHERS.map((id, thread) =>
      stage.sim.system.spawn<never>({
        id,
        start: placed(MODULE, "watcher", { id }),
        placement: on(thread),
        restart: "permanent",
        shutdownMs: 1_000,
      }),
    );
    stage.sim.system.spawn({
      id: "breeder",
      start: placed(MODULE, "breeder", { watchers, threads: THREADS }),
      placement: "main",
      restart: "permanent",
      shutdownMs: 1_000,
    });
    await stage.sim.promises();
    const lives = (path: string) => stage.cell(path.slice(USER.length)) !== undefined;
    let told = 0;
    const checkTold = (): void => {
      const now = [...ledger.watches.values()];
      const count = now.reduce((sum, { terminated }) => sum + terminated, 0);
      if (count === told) return;
      told = count;
      // One that is to live on a lost thread counts as ended for whoever watches it meanwhile.
      if (stage.everLost.size > 0) return;
      for (const { terminated, path } of now) {
        hold(terminated === 0 || !lives(path), "Terminated is true", () => `${path} lives`);
      }
    };
    const checkQuiet = (): void => {
      for (const { watcher, incarnation, path, terminated, unwatched } of ledger.watches.values()) {
        if (incarnation !== ledger.incarnations.get(watcher) || unwatched) continue;
        const what = () => `${terminated} times of ${path} to ${watcher}`;
        hold(terminated === 1 || lives(path), "Terminated comes exactly once", what);
        hold(!lives(path), "mortals end", () => path);
      }
    };
    return stage.course(ledger.broken, "Terminated comes exactly once", checkQuiet, checkTold);
  },
};
