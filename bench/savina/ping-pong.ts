/** Savina's ping-pong: two actors and one message under way, which says whom to answer. */
import { same } from "../../runtime/behavior.ts";
import type { Program, Told } from "./program.ts";

type ToPing = { readonly type: "Start" } | { readonly type: "Pong" };
type ToPong = { readonly type: "Ping"; readonly replyTo: Told<ToPing> };

export const pingPong: Program = {
  name: "ping-pong",
  unit: "message",
  unitsPerStep: 2,
  steps: { smoke: 1_000 },
  aims: [
    { peer: "nact", atLeast: 5 },
    { peer: "Erlang", atLeast: 1.2 },
  ],
  run: (side, steps) =>
    new Promise((resolve) => {
      let left = steps;
      let pongs = 0;
      const pong = side.actor<ToPong>("pong", () => ({ replyTo }) => {
        replyTo.tell({ type: "Pong" });
        return same;
      });
      const ping: Told<ToPing> = side.actor<ToPing>("ping", () => ({ type }) => {
        if (type === "Pong") pongs += 1;
        if (left > 0) pong.tell({ type: "Ping", replyTo: ping });
        else resolve(2 * pongs);
        left -= 1;
        return same;
      });
      ping.tell({ type: "Start" });
    }),
};
