/** Savina's thread ring: 100 actors in a circle, each passes one token on to the next. */
import { same } from "../../runtime/behavior.ts";
import type { Program, Told } from "./program.ts";

const ACTORS = 100;

type Token = { readonly type: "Token"; readonly hops: number };

export const threadRing: Program = {
  name: "thread ring",
  unit: "message",
  unitsPerStep: 1,
  steps: { smoke: 2_000 },
  aims: [
    { peer: "nact", atLeast: 5 },
    { peer: "Erlang", atLeast: 1.2 },
  ],
  run: (side, steps) =>
    new Promise((resolve) => {
      const ring: Told<Token>[] = [];
      const member = (n: number): Told<Token> =>
        side.actor<Token>(`member${n}`, () => ({ hops }) => {
          if (hops === steps) resolve(hops);
          else (ring[(n + 1) % ACTORS] as Told<Token>).tell({ type: "Token", hops: hops + 1 });
          return same;
        });
      for (let n = 0; n < ACTORS; n++) ring.push(member(n));
      ring[0]?.tell({ type: "Token", hops: 1 });
    }),
};
