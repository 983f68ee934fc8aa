/**
 * How fast a parent makes children that live on (not one of Savina's): each is told one message, so
 * that it has really begun, and the run is over when all have been greeted.
 */
import { same } from "../../runtime/behavior.ts";
import type { Program } from "./program.ts";

type Hello = { readonly type: "Hello" };

export const spawn: Program = {
  name: "spawn, kept alive",
  unit: "actor",
  unitsPerStep: 1,
  /** 150 MB of nact's actors: far from the heap's bound, where its last resort would be measured. */
  steps: { smoke: 200, most: 100_000 },
  aims: [
    { peer: "nact", atLeast: 5 },
    { peer: "Erlang", atLeast: 2.5 },
  ],
  hasChildren: true,
  run: (side, steps) =>
    new Promise((resolve) => {
      let greeted = 0;
      const parent = side.actor<Hello>("parent", (self) => {
        const child = self.children<Hello>(() => {
          let count = 0;
          return () => {
            count += 1;
            greeted += count;
            if (greeted === steps) resolve(greeted);
            return same;
          };
        });
        return () => {
          for (let n = 0; n < steps; n++) child().tell({ type: "Hello" });
          return same;
        };
      });
      parent.tell({ type: "Hello" });
    }),
};
