/**
 * What an idle actor holds when there are 1,000,000 of them: each has a closure of its own, has handled
 * one message, and its mailbox is drained. On the way there: how fast they are made in fresh memory.
 *
 *   heap and external memory after a collection (Erlang: erlang:memory(total)), less that before
 */
import { invariant } from "../runtime/invariant.ts";
import type { Contender } from "./contender.ts";
import { type Bench, mapValues } from "./harness.ts";
import { NO_ERLANG, startErlang } from "./peers/erlang.ts";
import { type SideName, startSide } from "./savina/start-side.ts";

const ACTORS = { smoke: 5_000, full: 1_000_000 } as const;
/** nact's need 1.5 GB. */
const HEAP_MB_MAX = 6_144;
/** Memory is the same each time, and one round takes some twenty seconds. */
const ROUNDS = 3;

export const memory: Bench = {
  name: "memory",
  question: "What does an idle actor hold, and how fast are a million made?",
  run: async (harness) => {
    if (NO_ERLANG) harness.say(NO_ERLANG);
    const actors = harness.smoke ? ACTORS.smoke : ACTORS.full;
    const side = (name: SideName): Measured => {
      const nodeFlags = [`--max-old-space-size=${HEAP_MB_MAX}`];
      return [() => startSide(name, { nodeFlags, flags: ["--bytes"] }), "spawn, kept alive"];
    };
    const erlang = (program: string): Measured => [() => startErlang(1, ["bytes"]), program];

    const { ours = [], ...peers } = await harness.inTurn(
      {
        ours: side("ours"),
        nact: side("nact"),
        ...(!NO_ERLANG && {
          Erlang: erlang("spawn, kept alive"),
          "hibernated Erlang": erlang("spawn, hibernated"),
        }),
      },
      (contender) => makeAll(contender, actors),
      ROUNDS,
    );
    harness.compareRounds({
      name: "spawn to 1,000,000",
      unit: "actor/s",
      ours: ours.map(({ rate }) => rate),
      peers: mapValues(peers, (rounds) => rounds.map(({ rate }) => rate)),
      aims: [
        { peer: "nact", atLeast: 5 },
        { peer: "Erlang", atLeast: 2.5 },
      ],
    });
    harness.compareRounds({
      name: "idle actor",
      unit: "byte",
      ours: ours.map(({ bytes }) => bytes),
      peers: mapValues(peers, (rounds) => rounds.map(({ bytes }) => bytes)),
      aims: [{ atMost: 400 }],
    });
  },
};

type Measured = readonly [start: () => Contender, program: string];

/** In a fresh process, so that memory comes from the system and not from an earlier round. */
async function makeAll([start, program]: Measured, actors: number) {
  const contender = start();
  try {
    const [ms = Number.NaN, greeted, heldBytes = Number.NaN] = await contender.ask(program, actors);
    invariant(greeted === actors, "every actor was greeted");
    return { rate: (actors / ms) * 1_000, bytes: heldBytes / actors };
  } finally {
    await contender.stop();
  }
}
