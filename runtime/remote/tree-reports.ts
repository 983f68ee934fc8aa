/** What the other threads' actors are like: asked for when somebody looks, kept until the next answer. */
import type { SystemCore } from "../actor-system.ts";
import { REPORT_ACTORS_MAX, REPORT_AGE_MS_MAX } from "../limits.ts";
import type { ActorInfo } from "../metrics.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

/** How long `refresh` waits for a thread that is busy, ms. */
const REFRESH_MS_MAX = 1_000;

export class TreeReports {
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;
  readonly #reports = new Map<number, readonly ActorInfo[]>();
  /** Parts of a report whose last part has not come. */
  readonly #parts = new Map<number, ActorInfo[]>();
  #askedMs = Number.NEGATIVE_INFINITY;
  #awaited = new Set<number>();
  #onComplete: (() => void)[] = [];

  constructor(system: SystemCore, gateway: ThreadGateway) {
    this.#system = system;
    this.#gateway = gateway;
  }

  /** The newest known; asks for newer ones if these are old. */
  actors(): readonly ActorInfo[] {
    if (this.#system.clock.monotonicMs() - this.#askedMs > REPORT_AGE_MS_MAX) this.#ask();
    return [...this.#reports.values()].flat();
  }

  /** Resolves when every thread has answered, or had its time to. */
  refresh(): Promise<void> {
    this.#ask();
    if (this.#awaited.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#system.clock.after(REFRESH_MS_MAX, resolve);
      this.#onComplete.push(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Answers another thread's question. */
  send(to: number): void {
    const actors = this.#system.localTree();
    for (let from = 0; from === 0 || from < actors.length; from += REPORT_ACTORS_MAX) {
      const part = actors.slice(from, from + REPORT_ACTORS_MAX);
      const last = from + REPORT_ACTORS_MAX >= actors.length;
      this.#gateway.say(to, { type: "TreeReport", actors: part, last });
    }
  }

  accept(from: number, actors: readonly ActorInfo[], last: boolean): void {
    const parts = this.#parts.get(from) ?? [];
    parts.push(...actors);
    this.#parts.set(from, parts);
    if (!last) return;
    this.#parts.delete(from);
    this.#reports.set(from, parts);
    this.#heard(from);
  }

  forget(thread: number): void {
    this.#reports.delete(thread);
    this.#parts.delete(thread);
    this.#heard(thread);
  }

  #ask(): void {
    this.#askedMs = this.#system.clock.monotonicMs();
    for (const thread of this.#gateway.otherThreads()) {
      if (this.#awaited.has(thread)) continue;
      this.#awaited.add(thread);
      this.#gateway.say(thread, { type: "ReportTree" });
    }
  }

  #heard(thread: number): void {
    this.#awaited.delete(thread);
    if (this.#awaited.size > 0) return;
    for (const complete of this.#onComplete.splice(0)) complete();
  }
}
