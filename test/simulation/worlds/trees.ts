/**
 * Supervision trees over three threads: whatever fails, whoever must run ends up running, and once; and
 * shutdown goes against the order of starting.
 *
 *   all (oneForAll)   rest (restForOne)   one (oneForOne)
 *   ├── a  thread 1   ├── a  main         ├── a  thread 1: child  thread 2
 *   ├── b  main       ├── b  thread 2     ├── b  thread 2: child  main
 *   └── c  thread 2   └── c  main         └── c  transient
 */

import type { ChildSpec, Strategy } from "../../../runtime/supervisor.ts";
import fc from "../../support/fc.ts";
import { memberSpec, newLedger } from "../actors/family.ts";
import { cellOn } from "../cell-on.ts";
import { crashOf, endOf, jump, loseThreadOf, NEVER_GIVES_UP, on, Stage } from "../stage.ts";
import { type Course, hold, type World } from "../world.ts";

const { intensity } = NEVER_GIVES_UP;
const SIBLINGS = ["a", "b", "c"] as const;

const permanent = (id: string, thread: number, specs: readonly ChildSpec<never>[] = []) =>
  memberSpec(id, specs, { restart: "permanent", placement: on(thread) });

const parent = (id: string, strategy: Strategy, specs: readonly ChildSpec<never>[]) =>
  memberSpec(id, specs, { restart: "permanent", supervision: { strategy, intensity } });

const SPECS: readonly ChildSpec<never>[] = [
  parent("all", "oneForAll", [permanent("a", 1), permanent("b", 0), permanent("c", 2)]),
  parent("rest", "restForOne", [permanent("a", 0), permanent("b", 2), permanent("c", 0)]),
  parent("one", "oneForOne", [
    permanent("a", 1, [permanent("child", 2)]),
    permanent("b", 2, [permanent("child", 0)]),
    memberSpec("c", [], { restart: "transient", placement: on(0) }),
  ]),
];
const TRANSIENT = "one/c";
const ALL = SPECS.flatMap(({ id }) => [id, ...SIBLINGS.map((sibling) => `${id}/${sibling}`)]);
const GRANDCHILDREN = ["one/a/child", "one/b/child"];
const PERMANENT = [...ALL, ...GRANDCHILDREN].filter((actor) => actor !== TRANSIENT);

export const trees: World = {
  name: "trees",
  about:
    "each permanent actor ends up running, and once; siblings restart together; shutdown in order",
  steps: 250,
  faultsMax: 12,
  seedsInTest: 50,
  faults: fc.oneof(
    { weight: 3, arbitrary: crashOf([...PERMANENT, TRANSIENT]) },
    endOf([...PERMANENT, TRANSIENT]),
    loseThreadOf([1, 2]),
    jump,
  ),
  async open(seed): Promise<Course> {
    const stage = new Stage({ seed, threads: 3, supervision: NEVER_GIVES_UP });
    const ledger = newLedger();
    for (const spec of SPECS) stage.sim.system.spawn(spec);
    await stage.sim.promises();
    return stage.course(
      ledger.broken,
      "trees",
      async () => {
        for (const actor of PERMANENT) {
          const living = countOf(stage, actor);
          hold(living === 1, "a permanent actor ends up running", () => `${living} of ${actor}`);
        }
        checkTogether(stage);
        ledger.ended.length = 0;
        const end = stage.sim.system.shutdown();
        await stage.heal();
        const ended = await Promise.race([end.then(() => true), stage.sim.promises()]);
        hold(ended === true, "shutdown ends", () => "it goes on");
        checkShutdownOrder(ledger.ended);
      },
      () => checkOnce(stage),
    );
  },
};

function countOf(stage: Stage, actor: string): number {
  const path = stage.path(actor);
  return stage.systems().filter((system) => cellOn(system, path) !== undefined).length;
}

/** On no two threads at a time. */
function checkOnce(stage: Stage): void {
  for (const actor of ALL) {
    hold(countOf(stage, actor) <= 1, "an actor runs once", () => `${actor} lives on two threads`);
  }
}

/** What is lost with a thread starts from 0 again, so that it can no longer be compared. */
function checkTogether(stage: Stage): void {
  if (stage.everLost.size > 0) return;
  const counts = (id: string) => SIBLINGS.map((each) => stage.incarnation(`${id}/${each}`) ?? -1);
  const all = counts("all");
  hold(new Set(all).size === 1, "oneForAll restarts all", () => all.join(", "));
  const [a = 0, b = 0, c = 0] = counts("rest");
  hold(a <= b && b <= c, "restForOne restarts the rest", () => [a, b, c].join(", "));
}

/** Of siblings the one that was started last ends first. */
function checkShutdownOrder(ended: readonly string[]): void {
  const places = ALL.map((actor) => ended.indexOf(`mycel://sim/user/${actor}`));
  for (const [i, { id }] of SPECS.entries()) {
    const [own = 0, a = 0, b = 0, c = 0] = places.slice(4 * i, 4 * i + 4);
    const order = () => `${id} ${own}, its children ${[a, b, c].join(", ")}`;
    hold(c < b && b < a && a < own, "the last started ends first", order);
    const before = SPECS[i - 1]?.id;
    if (before === undefined) continue;
    const isLater = own < (places[4 * (i - 1)] ?? 0);
    hold(isLater, "the last started ends first", () => `${id} ends after ${before}`);
  }
}
