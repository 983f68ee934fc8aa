/** Actors that enter themselves at the receptionist and leave: in the end the list is the same everywhere. */

import { placed } from "../../../runtime/supervisor.ts";
import fc from "../../support/fc.ts";
import { KEYS, newLedger } from "../actors/listed.ts";
import { crashOf, endOf, jump, loseThreadOf, NEVER_GIVES_UP, on, Stage } from "../stage.ts";
import { type Course, hold, type World } from "../world.ts";

const MODULE = import.meta.resolve("../actors/listed.ts");
const THREADS = 3;
const LISTED = Array.from({ length: 6 }, (_, i) => `listed-${i}`);
const USER = "mycel://sim/user/";

export const receptionist: World = {
  name: "receptionist",
  about: "the list is the same on every thread in the end, and subscribers know it",
  steps: 300,
  faultsMax: 12,
  seedsInTest: 40,
  faults: fc.oneof(crashOf(LISTED), endOf(LISTED), loseThreadOf([1, 2]), jump),
  async open(seed): Promise<Course> {
    const stage = new Stage({ seed, threads: THREADS, supervision: NEVER_GIVES_UP });
    const ledger = newLedger();
    const spawn = (name: string, id: string, thread: number, restart: "permanent" | "transient") =>
      stage.sim.system.spawn<never>({
        id,
        start: placed(MODULE, name, { id }),
        placement: on(thread),
        restart,
        shutdownMs: 1_000,
      });
    for (let thread = 0; thread < THREADS; thread += 1) {
      spawn("subscriber", `subscriber-${thread}`, thread, "permanent");
    }
    for (const [i, id] of LISTED.entries()) spawn("listed", id, i % THREADS, "transient");
    await stage.sim.promises();
    const course = stage.course(ledger.broken, "receptionist", () => {
      for (const { id } of KEYS) {
        const [first = [], ...others] = stage.sim.systems.map(({ receptionist }) =>
          receptionist
            .find({ id })
            .map(({ path }) => path)
            .sort(),
        );
        for (const other of others) {
          const differ = () => `${id}: ${other.map(nameOf)} and ${first.map(nameOf)}`;
          hold(String(other) === String(first), "the list is the same everywhere", differ);
        }
        for (const path of first) {
          const isThere = stage.cell(nameOf(path)) !== undefined;
          hold(isThere, "who has ended is not listed", () => path);
        }
        // With a thread its actors' entries are lost, though they start again.
        if (stage.everLost.size === 0) {
          const entered = [...(ledger.entered.get(id) ?? [])].sort();
          const living = entered.filter((path) => stage.cell(nameOf(path)) !== undefined);
          const differ = () => `${id}: ${living.map(nameOf)} entered, ${first.map(nameOf)} listed`;
          hold(String(living) === String(first), "who has entered is listed", differ);
        }
        for (let thread = 0; thread < THREADS; thread += 1) {
          const told = ledger.told.get(`subscriber-${thread} ${id}`) ?? [];
          const differ = () => `${thread} ${id}: told ${told.map(nameOf)}, is ${first.map(nameOf)}`;
          hold(String(told) === String(first), "subscribers know the list", differ);
        }
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

const nameOf = (path: string): string => path.slice(USER.length);
