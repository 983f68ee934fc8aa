/**
 * Savina's counting, in windows on every side alike: a sender without flow control measures how a
 * queue grows.
 *
 *   producer ──Add × 512, Get──▶ counter ──Total──▶ producer ──▶ the next window
 */
import { same } from "../../runtime/behavior.ts";
import type { Program, Told } from "./program.ts";

/** Half of the bare loop's ring and of our mailboxes: nobody ever waits for room. */
const WINDOW = 512;

type ToCounter = { readonly type: "Add"; readonly by: number } | { readonly type: "Get" };
type ToProducer = { readonly type: "Total"; readonly total: number };

export const counting: Program = {
  name: "counting",
  unit: "message",
  unitsPerStep: 1,
  steps: { smoke: 2_000 },
  aims: [
    { peer: "nact", atLeast: 15 },
    { peer: "Erlang", atLeast: 1 },
  ],
  run: (side, steps) =>
    new Promise((resolve) => {
      let left = steps;
      const producer: Told<ToProducer> = side.actor<ToProducer>("producer", () => ({ total }) => {
        const window = Math.min(left, WINDOW);
        left -= window;
        for (let n = 0; n < window; n++) counter.tell({ type: "Add", by: 1 });
        if (window > 0) counter.tell({ type: "Get" });
        else resolve(total);
        return same;
      });
      const counter = side.actor<ToCounter>("counter", () => {
        let total = 0;
        return (message) => {
          if (message.type === "Add") total += message.by;
          else producer.tell({ type: "Total", total });
          return same;
        };
      });
      producer.tell({ type: "Total", total: 0 });
    }),
};
