/**
 * What an idle actor holds when there are 1,000,000 of them: each has a closure of its own, has handled
 * one message, and its mailbox is drained. On the way there: how fast they are made in fresh memory.
 *
 *   heap and external memory after a collection (Erlang: erlang:memory(total)), less that before
 */
import { invariant } from "../runtime/invariant.ts";
import type { Contender } from "./contender.ts";
import { type Bench, median } from "./harness.ts";
import { ErlangPeer, NO_ERLANG } from "./peers/erlang.ts";
import { type SideName, startSide } from "./savina/start-side.ts";

const ACTORS = { smoke: 5_000, full: 1_000_000 } as const;
/** nact's need 1.5 GB. */
const HEAP_MB_MAX = 6_144;

export const memory: Bench = {
  name: "memory",
  question: "What does an idle actor hold, and how fast are a million made?",
  run: async (harness) => {
    if (NO_ERLANG) harness.say(NO_ERLANG);
    const actors = harness.smoke ? ACTORS.smoke : ACTORS.full;
    const bytes: Record<string, number[]> = {};

    /** A fresh process each, so that memory comes from the system and not from an earlier round. */
    const measure = (name: string, start: () => Contender, program: string) => async () => {
      const contender = start();
      try {
        const [ms, greeted, heldBytes] = await contender.ask(program, actors);
        invariant(
          ms !== undefined && heldBytes !== undefined,
          `${name} answers with three numbers`,
        );
        invariant(greeted === actors, `every actor of ${name} was greeted`);
        bytes[name] ??= [];
        bytes[name].push(heldBytes / actors);
        return (actors / ms) * 1_000;
      } finally {
        await contender.stop();
      }
    };
    const side = (name: SideName) => {
      const nodeFlags = [`--max-old-space-size=${HEAP_MB_MAX}`];
      const start = () => startSide(name, { nodeFlags, flags: ["--bytes"] });
      return measure(name, start, "spawn, kept alive");
    };
    const erlang = (name: string, program: string) =>
      measure(name, () => new ErlangPeer(1, ["bytes"]), program);

    await harness.compareRates({
      name: "spawn to 1,000,000",
      unit: "actor",
      rounds: 3,
      ours: side("ours"),
      peers: {
        nact: side("nact"),
        ...(!NO_ERLANG && {
          Erlang: erlang("Erlang", "spawn, kept alive"),
          "hibernated Erlang": erlang("hibernated Erlang", "spawn, hibernated"),
        }),
      },
      aims: [
        { peer: "nact", atLeast: 5 },
        { peer: "Erlang", atLeast: 2.5 },
      ],
    });
    const { ours = [], ...others } = bytes;
    const peers = Object.entries(others).map(([peer, each]) => [peer, median(each)]);
    harness.report("idle actor", "byte", median(ours), {
      min: Math.min(...ours),
      max: Math.max(...ours),
      peers: Object.fromEntries(peers),
      aims: [{ atMost: 400 }],
    });
  },
};
