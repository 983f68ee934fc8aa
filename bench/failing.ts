/** Actors of a bench that fail, fail the bench: nobody waits for an answer that will not come. */
import type { Supervision } from "../runtime/supervisor.ts";
import type { NodeThreads } from "../runtime/threads/node-threads.ts";

/** The first failure ends the system. */
export const FAILS_AT_ONCE: Supervision = {
  strategy: "oneForOne",
  intensity: { restartsMax: 0, withinMs: 1_000 },
};

/** The promise's value, or the fault that ended the actor system before that. */
export function unlessEnded<T>(threads: NodeThreads, promise: Promise<T>): Promise<T> {
  const ended = threads.terminated.then(({ cause }): never => {
    throw new Error("the actor system of the bench has ended", { cause });
  });
  return Promise.race([promise, ended]);
}
