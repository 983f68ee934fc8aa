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
  seedsInTest: 150,
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
    let crashes = 0;
    let failuresMs: number[] = [];
    let givenUp = 0;
    const model = (): void => {
      const nowMs = stage.sim.clock.monotonicMs();
      for (; crashes < stage.inHand.length; crashes += 1) {
        failuresMs = [...failuresMs.filter((atMs) => nowMs - atMs < WITHIN_MS), nowMs];
        if (failuresMs.length <= RESTARTS_MAX) continue;
        givenUp += 1;
        failuresMs = [];
        // What else fails at this step ends with its supervisor.
        break;
      }
      crashes = stage.inHand.length;
    };
    const checkGivenUp = (): void => {
      const restarts = stage.incarnation("top/parent");
      const what = () => `given up ${restarts} times, where the failures ask for ${givenUp}`;
      hold(restarts === givenUp, "restart intensity", what);
    };
    return stage.course(ledger.broken, "intensity", checkGivenUp, model);
  },
};
