/**
 * Savina's two fork-joins, both with its bit of arithmetic for each message:
 *
 *   create      40,000 actors at a time, each handles one message and ends
 *   throughput  60 actors that live on, a message to each in turn
 */
import { same, stopped } from "../../runtime/behavior.ts";
import { invariant } from "../../runtime/invariant.ts";
import type { Program, Told } from "./program.ts";

const BATCH = 40_000;
const WORKERS = 60;

type ToParent = { readonly left: number };
type Work = { readonly type: "Work"; readonly angle: number };

export const forkJoinCreate: Program = {
  name: "fork-join create",
  unit: "actor",
  unitsPerStep: 1,
  steps: { smoke: 500 },
  aims: [{ peer: "Erlang", atLeast: 1.5 }],
  hasChildren: true,
  run: (side, steps) =>
    new Promise((resolve) => {
      let handled = 0;
      let toEnd = 0;
      const parent: Told<ToParent> = side.actor<ToParent>("parent", (self) => {
        const child = self.children<Work>(() => ({ angle }) => {
          compute(angle);
          handled += 1;
          toEnd -= 1;
          if (toEnd === 0) parent.tell({ left: steps - handled });
          return stopped;
        });
        return ({ left }) => {
          toEnd = Math.min(left, BATCH);
          for (let n = toEnd; n > 0; n--) child().tell({ type: "Work", angle: ANGLE });
          if (left === 0) resolve(handled);
          return same;
        };
      });
      parent.tell({ left: steps });
    }),
};

/** The source goes on with the next round when it comes to its own message, unless it has to wait. */
export const forkJoinThroughput: Program = {
  name: "fork-join throughput",
  unit: "message",
  unitsPerStep: WORKERS,
  /** At most Savina's: Erlang's mailboxes have no bound, and filling them takes it minutes. */
  steps: { smoke: 50, most: 10_000 },
  aims: [{ peer: "Erlang", atLeast: 1 }],
  run: (side, steps) =>
    new Promise((resolve) => {
      let handled = 0;
      let working = WORKERS;
      const worker = (n: number): Told<Work> =>
        side.actor<Work>(`worker${n}`, () => {
          let left = steps;
          return ({ angle }) => {
            compute(angle);
            handled += 1;
            left -= 1;
            if (left > 0) return same;
            working -= 1;
            if (working === 0) resolve(handled);
            return stopped;
          };
        });
      const workers = Array.from({ length: WORKERS }, (_, n) => worker(n));
      const source: Told<ToParent> = side.actor<ToParent>("source", () => ({ left }) => {
        for (const each of workers) each.tell({ type: "Work", angle: ANGLE });
        if (left > 1) source.tell({ left: left - 1 });
        return same;
      });
      source.tell({ left: steps });
    }),
};

/** Savina's; it comes in a message, so that no compiler knows its sine. */
const ANGLE = 37.2;

function compute(angle: number): void {
  const sine = Math.sin(angle);
  invariant(sine * sine > 0, "the angle is Savina's");
}
