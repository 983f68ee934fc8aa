/**
 * Savina's big: 120 actors, each sends a ping to one of them by chance, awaits the pong, and does so
 * `steps` times. Chance is Savina's own generator, the same on every side.
 */
import { same } from "../../runtime/behavior.ts";
import type { Program, Told } from "./program.ts";

const ACTORS = 120;

type ToMember =
  | { readonly type: "Ping"; readonly replyTo: Told<ToMember> }
  | { readonly type: "Pong" }
  | { readonly type: "Start" };

export const big: Program = {
  name: "big",
  unit: "message",
  unitsPerStep: 2 * ACTORS,
  steps: { smoke: 20 },
  aims: [{ peer: "Erlang", atLeast: 2.5 }],
  run: (side, steps) =>
    new Promise((resolve) => {
      let handled = 0;
      let atWork = ACTORS;
      const members: Told<ToMember>[] = [];
      const member = (n: number): Told<ToMember> => {
        const self: Told<ToMember> = side.actor<ToMember>(`member${n}`, () => {
          let left = steps;
          let chance = n;
          return (message) => {
            if (message.type !== "Start") handled += 1;
            if (message.type === "Ping") {
              message.replyTo.tell({ type: "Pong" });
              return same;
            }
            if (left > 0) {
              left -= 1;
              chance = (chance * 1_309 + 13_849) & 0xffff;
              (members[chance % ACTORS] as Told<ToMember>).tell({ type: "Ping", replyTo: self });
              return same;
            }
            atWork -= 1;
            if (atWork === 0) resolve(handled);
            return same;
          };
        });
        return self;
      };
      for (let n = 0; n < ACTORS; n++) members.push(member(n));
      for (const each of members) each.tell({ type: "Start" });
    }),
};
