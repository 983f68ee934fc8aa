/**
 * What the other threads and their actors are like: asked for when somebody looks, kept until the next
 * answer. What a lost thread had counted is kept for good.
 */
import type { SystemCore } from "../actor-system.ts";
import { REPORT_ACTORS_MAX, REPORT_AGE_MS_MAX } from "../limits.ts";
import type { ActorInfo, ActorTimes } from "../metrics.ts";
import { type ThreadInfo, threadInfo } from "../watching/thread-info.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

/** How long `refresh` waits for a thread that is busy, ms. */
const REFRESH_MS_MAX = 1_000;

interface Report {
  readonly actors: readonly ActorInfo[];
  readonly times: readonly ActorTimes[];
  readonly info: ThreadInfo;
}

interface Parts {
  readonly actors: ActorInfo[];
  readonly times: ActorTimes[];
}

export class TreeReports {
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;
  readonly #reports = new Map<number, Report>();
  /** Parts of a report whose last part has not come. */
  readonly #parts = new Map<number, Parts>();
  /** Dead letters that threads had counted when they were lost, by thread. */
  readonly #lost = new Map<number, Record<string, number>>();
  #askedMs = Number.NEGATIVE_INFINITY;
  #awaited = new Set<number>();
  #onComplete: (() => void)[] = [];

  constructor(system: SystemCore, gateway: ThreadGateway) {
    this.#system = system;
    this.#gateway = gateway;
  }

  /** The newest known; asks for newer ones if these are old. */
  actors(): readonly ActorInfo[] {
    return this.#known().flatMap(({ actors }) => actors);
  }

  times(): readonly ActorTimes[] {
    return this.#known().flatMap(({ times }) => times);
  }

  threads(): readonly ThreadInfo[] {
    return this.#known().map(({ info }) => ({
      ...info,
      deadLetters: sum(info.deadLetters, this.#lost.get(info.thread)),
    }));
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
    const times = new Map(this.#system.localTimes().map((each) => [each.path, each]));
    for (let from = 0; from === 0 || from < actors.length; from += REPORT_ACTORS_MAX) {
      const part = actors.slice(from, from + REPORT_ACTORS_MAX);
      const last = from + REPORT_ACTORS_MAX >= actors.length;
      this.#gateway.outgoing.say(to, {
        type: "TreeReport",
        actors: part,
        times: part.flatMap(({ path }) => times.get(path) ?? []),
        info: last ? threadInfo(this.#system, actors.length) : undefined,
      });
    }
  }

  accept(
    from: number,
    part: Omit<Report, "info"> & { readonly info: ThreadInfo | undefined },
  ): void {
    const parts = this.#parts.get(from) ?? { actors: [], times: [] };
    parts.actors.push(...part.actors);
    parts.times.push(...part.times);
    this.#parts.set(from, parts);
    if (part.info === undefined) return;
    this.#parts.delete(from);
    this.#reports.set(from, { ...parts, info: part.info });
    this.#heard(from);
  }

  forget(thread: number): void {
    const info = this.#reports.get(thread)?.info;
    if (info !== undefined) {
      this.#lost.set(thread, sum(info.deadLetters, this.#lost.get(thread)));
    }
    this.#reports.delete(thread);
    this.#parts.delete(thread);
    this.#heard(thread);
  }

  #known(): readonly Report[] {
    if (this.#system.clock.monotonicMs() - this.#askedMs > REPORT_AGE_MS_MAX) this.#ask();
    return [...this.#reports.values()];
  }

  #ask(): void {
    this.#askedMs = this.#system.clock.monotonicMs();
    for (const thread of this.#gateway.otherThreads()) {
      if (this.#awaited.has(thread)) continue;
      this.#awaited.add(thread);
      this.#gateway.outgoing.say(thread, { type: "ReportTree" });
    }
  }

  #heard(thread: number): void {
    this.#awaited.delete(thread);
    if (this.#awaited.size > 0) return;
    for (const complete of this.#onComplete.splice(0)) complete();
  }
}

function sum<R extends string>(
  counts: Readonly<Record<R, number>>,
  more: Readonly<Record<string, number>> = {},
): Record<R, number> {
  const all: Record<R, number> = { ...counts };
  for (const reason of Object.keys(more) as R[]) all[reason] += more[reason] ?? 0;
  return all;
}
