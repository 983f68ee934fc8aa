/**
 * How the kernel is doing, as the page and the API show it: all actors and threads with their rates, which
 * two looks at the counters make, and the messages that reached nobody.
 */
import type { ActorSystem } from "../../runtime/actor-system.ts";
import type { ActorInfo, TypeTimes } from "../../runtime/metrics.ts";
import type { RingStats } from "../../runtime/threads/ring-stats.ts";
import type { ThreadInfo } from "../../runtime/watching/thread-info.ts";
import type { Actor, Kernel, Thread } from "../../transports/http/contract.ts";

/** Of all threads, the newest of their last ones: what fits on a screen. */
const DEAD_LETTERS_SHOWN_MAX = 32;

export interface KernelReading {
  readonly actors: readonly Actor[];
  readonly kernel: Kernel;
  /** By the path of an actor. */
  readonly types: ReadonlyMap<string, readonly TypeTimes[]>;
}

export const NOTHING_READ: KernelReading = {
  actors: [],
  kernel: { threads: [], deadLetters: { byReason: {}, last: [] } },
  types: new Map(),
};

export class KernelView {
  readonly #system: ActorSystem;
  readonly #rings: () => readonly RingStats[];
  /** Processed messages by path, and threads by number, when last looked at. */
  #processed = new Map<string, { readonly count: number; readonly atMs: number }>();
  #threads = new Map<number, ThreadInfo>();

  constructor(system: ActorSystem, rings: () => readonly RingStats[]) {
    this.#system = system;
    this.#rings = rings;
  }

  async read(): Promise<KernelReading> {
    await this.#system.refreshTree();
    const threads = this.#system.threads().sort((a, b) => a.thread - b.thread);
    const times = new Map(this.#system.times().map((each) => [each.path, each]));
    const actors = this.#withRates(this.#system.tree(), threads).map((actor): Actor => {
      const own = times.get(actor.path);
      return {
        ...actor,
        times: own === undefined ? null : { wait: own.wait, handler: own.handler },
      };
    });
    const kernel = { threads: this.#threadsOf(threads, actors), deadLetters: lettersOf(threads) };
    return {
      actors,
      kernel,
      types: new Map([...times].map(([path, { types }]) => [path, types])),
    };
  }

  #withRates(tree: readonly ActorInfo[], threads: readonly ThreadInfo[]) {
    const atMs = new Map(threads.map((info) => [info.thread, info.atMs]));
    const now = new Map<string, { count: number; atMs: number }>();
    const actors = tree.map((actor) => {
      const look = { count: actor.processed, atMs: atMs.get(actor.thread) ?? 0 };
      now.set(actor.path, look);
      const before = this.#processed.get(actor.path);
      return { ...actor, rate: before === undefined ? null : rateOf(before, look) };
    });
    this.#processed = now;
    return actors;
  }

  #threadsOf(infos: readonly ThreadInfo[], actors: readonly Actor[]): Thread[] {
    const rings = this.#rings();
    const sumOf = (of: (ring: RingStats) => number): number =>
      rings.reduce((sum, ring) => sum + of(ring), 0);
    const threads = infos.map(({ thread, actors: count, heapBytes, busyMs, atMs }): Thread => {
      const before = this.#threads.get(thread);
      const share = before && (busyMs - before.busyMs) / (atMs - before.atMs);
      return {
        thread,
        actors: count,
        rate: actors.reduce(
          (sum, { thread: on, rate }) => sum + (on === thread ? (rate ?? 0) : 0),
          0,
        ),
        busyShare: share === undefined || !(share >= 0) ? null : Math.min(1, share),
        heapBytes,
        sent: sumOf((ring) => (ring.from === thread ? ring.sent : 0)),
        received: sumOf((ring) => (ring.to === thread ? ring.received : 0)),
        full: sumOf((ring) => (ring.from === thread ? ring.full : 0)),
      };
    });
    this.#threads = new Map(infos.map((info) => [info.thread, info]));
    return threads;
  }
}

/** Null where an actor has started anew, or its thread has not told anything new. */
function rateOf(
  before: { readonly count: number; readonly atMs: number },
  now: { readonly count: number; readonly atMs: number },
): number | null {
  const ms = now.atMs - before.atMs;
  if (ms <= 0 || now.count < before.count) return null;
  return Number((((now.count - before.count) * 1_000) / ms).toPrecision(4));
}

function lettersOf(threads: readonly ThreadInfo[]): Kernel["deadLetters"] {
  const byReason: Record<string, number> = {};
  for (const { deadLetters } of threads) {
    for (const [reason, count] of Object.entries(deadLetters)) {
      byReason[reason] = (byReason[reason] ?? 0) + count;
    }
  }
  const last = threads
    .flatMap(({ thread, lastDeadLetters }) => lastDeadLetters.map((each) => ({ ...each, thread })))
    .sort((a, b) => a.atMs - b.atMs)
    .slice(-DEAD_LETTERS_SHOWN_MAX);
  return { byReason, last };
}
