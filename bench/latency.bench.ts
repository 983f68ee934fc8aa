/**
 * How long a message waits under a load that does not wait for anybody: 100,000 a second, 64 bytes each,
 * over 800 leaves on two threads. Times are stamped when sent, on every side alike.
 */
import { fileURLToPath } from "node:url";
import { invariant } from "../runtime/invariant.ts";
import { Contender } from "./contender.ts";
import { type Bench, mapValues } from "./harness.ts";
import { erlangPeers } from "./peers/erlang.ts";

/** Of one round; the first is not counted. */
const LOAD_MS = { smoke: 100, warmUp: 1_000, full: 4_000 } as const;
const MESSAGES_PER_MS = 100;
const ROUNDS = 5;

const SHARES = [
  { name: "p50", aims: [] },
  { name: "p99", aims: [{ peer: "Erlang", atMost: 1 }] },
  { name: "p99.9", aims: [{ peer: "Erlang", atMost: 1 }] },
  { name: "longest", aims: [] },
] as const;

export const latency: Bench = {
  name: "latency",
  question: "How long does a message wait at 100,000 a second over 800 leaves on two threads?",
  run: async (harness) => {
    const contenders: Record<string, Contender> = {
      ours: new Contender(process.execPath, [PROGRAM]),
      ...erlangPeers(harness),
    };
    try {
      if (!harness.smoke)
        for (const each of Object.values(contenders)) await load(each, LOAD_MS.warmUp);
      const forMs = harness.smoke ? LOAD_MS.smoke : LOAD_MS.full;
      const { ours = [], ...peers } = await harness.inTurn(
        contenders,
        (each) => load(each, forMs),
        ROUNDS,
      );
      SHARES.forEach(({ name, aims }, at) => {
        const of = (rounds: readonly (readonly number[])[]) =>
          rounds.map((us) => us[at] ?? Number.NaN);
        harness.compareRounds({
          name,
          unit: "µs",
          aims,
          ours: of(ours),
          peers: mapValues(peers, of),
        });
      });
    } finally {
      for (const each of Object.values(contenders)) await each.stop();
    }
  },
};

const PROGRAM = fileURLToPath(new URL("./latency/load.program.ts", import.meta.url));

/** Of each of `SHARES`, µs. */
async function load(contender: Contender, forMs: number): Promise<readonly number[]> {
  const [_ms, counted, ...us] = await contender.ask("latency", forMs);
  invariant(counted === forMs * MESSAGES_PER_MS, "every message of the load was counted");
  // None below a microsecond: it is a count of whole ones.
  return us.map((each) => Math.max(each, 1));
}
