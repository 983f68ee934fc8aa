/**
 * One thread, through the public API, with supervision, bounded mailboxes and metrics on. Aims:
 * counting 15 times nact's rate, ping-pong and spawn 5 times.
 */
import { start, stop } from "nact";
import { createActorSystem } from "../runtime/actor-system.ts";
import type { Bench } from "./harness.ts";
import { compareCounting } from "./kernel/counting.ts";
import { comparePingPong } from "./kernel/ping-pong.ts";
import { compareSpawn } from "./kernel/spawn.ts";

export const kernelTell: Bench = {
  name: "kernel-tell",
  question: "What does a message between actors of one thread cost, and a new actor?",
  run: async (harness) => {
    const system = createActorSystem({ node: "bench" });
    const nact = start();
    try {
      await compareCounting(harness, system, nact);
      await comparePingPong(harness, system, nact);
      await compareSpawn(harness, system, nact);
    } finally {
      stop(nact);
      await system.shutdown();
    }
  },
};
