/** A supervisor that gives up when its children fail too often, neither sooner nor later. */
import { memberSpec, newLedger } from "../actors/family.ts";
import { crashOf, NEVER_GIVES_UP, Stage } from "../stage.ts";
import { type Course, hold, type World } from "../world.ts";

const RESTARTS_MAX = 3;
const WITHIN_MS = 30;
const CHILDREN = ["a", "b", "c"] as const;

export const intensity: World = {
  name: "intensity",
  about: "a supervisor gives up at the one restart too many, and not before",
  steps: 300,
  faultsMax: 12,
  seedsInTest: 80,
  faults: crashOf(CHILDREN.map((id) => `top/parent/${id}`)),
  open(seed): Course {
    const stage = new Stage({ seed, supervision: NEVER_GIVES_UP });
    const ledger = newLedger();
    const children = CHILDREN.map((id) => memberSpec(id, [], { restart: "permanent" }));
    const rules = { restartsMax: RESTARTS_MAX, withinMs: WITHIN_MS };
    // Not directly under the root: the system would end.
    stage.sim.system.spawn(
      memberSpec(
        "top",
        [
          memberSpec("parent", children, {
            restart: "permanent",
            supervision: { strategy: "oneForOne", intensity: rules },
          }),
        ],
        { restart: "permanent", supervision: NEVER_GIVES_UP },
      ),
    );
    stage.sim.run();
    const checkGivenUp = (): void => {
      const restarts = stage.incarnation("top/parent");
      const expected = givenUp(stage.crashedMs);
      const what = () => `given up ${restarts} times, where the failures ask for ${expected}`;
      hold(restarts === expected, "restart intensity", what);
    };
    return stage.course(ledger.broken, "intensity", checkGivenUp);
  },
};

/** How often a supervisor gives up whose children fail at these times. */
function givenUp(failuresMs: readonly number[]): number {
  let within: number[] = [];
  let times = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const atMs of failuresMs) {
    // What else fails at that moment ends with its supervisor.
    if (atMs === lastMs) continue;
    within = [...within.filter((earlierMs) => atMs - earlierMs < WITHIN_MS), atMs];
    if (within.length <= RESTARTS_MAX) continue;
    times += 1;
    within = [];
    lastMs = atMs;
  }
  return times;
}
