/**
 * Who follows which actor, on the main thread: asks every thread for the hops it has seen, ten times a
 * second, as long as somebody follows. What is asked no more ends by itself (`tracing.ts`).
 *
 *   trace(path, onSeen) ──TraceActors──▶ all threads ──TraceReport──▶ onSeen(hops of this tracer)
 */
import type { SystemCore } from "../actor-system.ts";
import { invariant } from "../invariant.ts";
import { TRACED_ACTORS_MAX } from "../limits.ts";
import { Timer } from "../timers.ts";
import type { TracedActor, TraceReport } from "./tracing.ts";

/** Soon enough for a person who looks on. */
const ASK_EVERY_MS = 100;

interface Follower {
  readonly path: string;
  readonly onSeen: (seen: TraceReport) => void;
}

export class Tracer extends Timer {
  readonly #system: SystemCore;
  /** By tracer number. */
  readonly #followers = new Map<number, Follower>();
  #last = 0;

  constructor(system: SystemCore) {
    super();
    this.#system = system;
  }

  get isFull(): boolean {
    return this.#followers.size >= TRACED_ACTORS_MAX;
  }

  /** Tells what messages to the actor at `path` lead to, until the returned function is called. */
  follow(path: string, onSeen: (seen: TraceReport) => void): () => void {
    invariant(this.#system.thread === 0, "actors are traced from the main thread");
    invariant(!this.isFull, "few actors are traced at once");
    this.#last += 1;
    const tracer = this.#last;
    this.#followers.set(tracer, { path, onSeen });
    this.fire();
    return () => {
      if (!this.#followers.delete(tracer)) return;
      this.#ask();
      if (this.#followers.size === 0) this.#system.timers.cancel(this);
    };
  }

  fire(): void {
    this.#ask();
    this.#system.timers.start(this, ASK_EVERY_MS);
  }

  accept({ hops, missed }: TraceReport): void {
    for (const [tracer, { onSeen }] of this.#followers) {
      const own = hops.filter((hop) => hop.tracer === tracer);
      if (own.length > 0 || missed > 0) onSeen({ hops: own, missed });
    }
  }

  #ask(): void {
    const { gateway, tracing } = this.#system;
    const actors = [...this.#followers].map(
      ([tracer, { path }]): TracedActor => ({ tracer, path }),
    );
    for (const thread of gateway?.otherThreads() ?? []) {
      gateway?.outgoing.say(thread, { type: "TraceActors", actors });
    }
    this.accept(tracing.renew(actors));
  }
}
