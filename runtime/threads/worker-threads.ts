/**
 * All worker threads of a node, as the main thread keeps them: started together, watched, and each
 * replaced when it fails.
 *
 *   failed ▶ its rings retired, peers told ▶ ThreadFailed ▶ fresh worker with fresh rings
 *          ▶ it is ready and every peer has its new end ▶ ThreadReady
 *
 * A failure is what ends a worker unasked (an exception outside any actor, out of memory, exit) and
 * what the watchdog finds: a worker that has not come to drain its rings for `hungMsMax`, though it
 * had a core to run on.
 */
import type { ResourceLimits } from "node:worker_threads";
import type { Clock } from "../clock.ts";
import { MycelError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { RestartWindow } from "../restart-intensity.ts";
import type { RestartIntensity } from "../supervisor.ts";
import { makeChannel, retireChannel } from "./channels.ts";
import { cpuWaitMs } from "./cpu-wait.ts";
import type {
  FromWorker,
  SerializedError,
  ThreadEvent,
  ThreadFailure,
  WorkerStart,
} from "./messages.ts";
import type { PeerEnd } from "./peer.ts";
import { RingPort } from "./ring-port.ts";
import { type RingStats, ringStats } from "./ring-stats.ts";
import { THREAD, threadWord } from "./shared-layout.ts";
import { spawnWorker, WORKER_ENTRY, type WorkerHandle } from "./spawn-worker.ts";

/** The rings grow with the square of the threads: 64 take 800 MiB of address space. */
export const THREADS_MAX = 64;

/** A worker starts in 15 ms; with dozens of others at each core, and its code not yet read, in seconds. */
const READY_MS_MAX = 60_000;

/** A handler that runs this long without a break starves every other actor of its thread. */
const HUNG_MS_MAX = 10_000;

/** The watchdog asks this often within `hungMsMax`, and a worker that missed as many is hung. */
const PROBES = 4;

/** How long workers may take to stop before they are ended. */
const STOP_MS_MAX = 5_000;

/** A thread that fails more often than this is not cured by a fresh one. */
const REPLACEMENTS: RestartIntensity = { restartsMax: 5, withinMs: 60_000 };

export interface WorkerThreadsOptions {
  readonly node: string;
  /** Number of workers; they are threads 1 to `workers`, the main thread is 0. */
  readonly workers: number;
  readonly shared: Readonly<Record<string, SharedArrayBuffer>>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly onEvent: (event: ThreadEvent) => void;
  /** Handed to the entry as it is; structured-clonable. */
  readonly extra?: unknown;
  readonly entry?: URL;
  readonly resourceLimits?: ResourceLimits;
  readonly readyMsMax?: number;
  readonly hungMsMax?: number;
  /** How long a worker's thread had no core since it began, ms; the system's own count unless given. */
  readonly waitedMs?: typeof cpuWaitMs;
}

interface Slot {
  readonly thread: number;
  epoch: number;
  worker: WorkerHandle | undefined;
  state: "starting" | "ready" | "lost";
  saidReady: boolean;
  /** Peers that have not yet taken their new end of the way to this worker. */
  readonly unattached: Set<number>;
  /** Probes in a row that found the last one unanswered, less what the worker had no core for. */
  missed: number;
  /** Names the worker's thread to the system, once it has said so. */
  task: string | undefined;
  /** How long it had had no core at the last probe. */
  waitedMs: number;
  readonly replacements: RestartWindow;
  cancelReadyTimer: () => void;
}

export class WorkerThreads {
  readonly port: RingPort;
  readonly #options: WorkerThreadsOptions;
  readonly #words = new Int32Array(
    new SharedArrayBuffer((THREADS_MAX + 1) * THREAD.words * Int32Array.BYTES_PER_ELEMENT),
  );
  readonly #slots: readonly Slot[];
  /** One end of each way between two threads, kept for its rings, to retire them. */
  readonly #ways = new Map<string, { readonly from: number; readonly end: PeerEnd }>();
  #nextWayEpoch = 1;
  #cancelWatch: () => void = () => {};
  #stopping = false;
  /** Told of each worker's readiness or failure while the first ones start. */
  #onStartStep:
    | ((failed: Extract<ThreadEvent, { type: "ThreadFailed" }> | undefined) => void)
    | undefined;

  /** Resolves when all workers are ready; one that fails before that is a fault. */
  static async start(options: WorkerThreadsOptions): Promise<WorkerThreads> {
    if (!(options.workers >= 0 && options.workers <= THREADS_MAX)) {
      throw new MycelError("E_INPUT", `Give a number of worker threads from 0 to ${THREADS_MAX}.`);
    }
    const threads = new WorkerThreads(options);
    try {
      await threads.#allReady();
    } catch (cause) {
      await threads.stop();
      throw cause;
    }
    threads.#watch();
    return threads;
  }

  private constructor(options: WorkerThreadsOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.workers }, (_, i) => newSlot(i + 1));
    const endsOf = new Map<number, PeerEnd[]>();
    for (let a = 0; a <= options.workers; a += 1) endsOf.set(a, []);
    for (let a = 0; a <= options.workers; a += 1) {
      for (let b = a + 1; b <= options.workers; b += 1) {
        const [endOfA, endOfB] = this.#makeWay(a, b);
        endsOf.get(a)?.push(endOfA);
        endsOf.get(b)?.push(endOfB);
      }
    }
    this.port = new RingPort({ self: 0, epoch: 1, words: this.#words, ends: endsOf.get(0) ?? [] });
    for (const slot of this.#slots) this.#launch(slot, endsOf.get(slot.thread) ?? []);
  }

  /** Ends a worker as failed, as the watchdog does; it is replaced. */
  fail(thread: number, failure: ThreadFailure): void {
    this.#slots[thread - 1]?.worker?.fail(failure);
  }

  /** The rings between all threads. */
  stats(): RingStats[] {
    return [...this.#ways.values()].flatMap(({ from, end }) => [
      ...ringStats(end.outgoing, from, end.thread),
      ...ringStats(end.incoming, end.thread, from),
    ]);
  }

  /** Stops all workers, each when what runs on it has stopped, and closes the ways between them. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#cancelWatch();
    await Promise.all(this.#slots.map((slot) => this.#stopWorker(slot)));
    this.port.close();
  }

  async #stopWorker(slot: Slot): Promise<void> {
    slot.cancelReadyTimer();
    const { worker } = slot;
    if (worker === undefined) return;
    worker.expectEnd();
    worker.post({ type: "Stop" });
    const cancel = this.#options.clock.after(STOP_MS_MAX, () => {
      this.#options.log.warn({ thread: slot.thread }, "worker did not stop in time and is ended");
      void worker.terminate();
    });
    await worker.ended;
    cancel();
  }

  #allReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onStartStep = (failed) => {
        if (failed !== undefined) {
          const why = failed.error?.message ?? failed.failure;
          const { thread, failure } = failed;
          reject(
            new MycelError("E_THREAD_LOST", `Worker thread ${thread} did not start: ${why}.`, {
              thread,
              failure,
            }),
          );
        } else if (this.#slots.every((slot) => slot.state === "ready")) {
          this.#onStartStep = undefined;
          resolve();
        }
      };
      if (this.#slots.length === 0) this.#onStartStep(undefined);
    });
  }

  #launch(slot: Slot, ends: readonly PeerEnd[]): void {
    const { node, shared, extra, entry, resourceLimits, readyMsMax, clock } = this.#options;
    const { thread } = slot;
    slot.epoch += 1;
    slot.state = "starting";
    slot.saidReady = false;
    slot.missed = 0;
    slot.waitedMs = 0;
    const words = this.#words.buffer as SharedArrayBuffer;
    const start: WorkerStart = { node, thread, epoch: slot.epoch, words, ends, shared, extra };
    slot.worker = spawnWorker(entry ?? WORKER_ENTRY, start, resourceLimits ?? {}, {
      onMessage: (message) => this.#accept(slot, message),
      onFailed: (failure, error) => this.#replace(slot, failure, error),
    });
    slot.cancelReadyTimer = clock.after(readyMsMax ?? READY_MS_MAX, () => {
      slot.worker?.fail("notReady");
    });
  }

  #accept(slot: Slot, message: FromWorker): void {
    switch (message.type) {
      case "Ready":
        slot.saidReady = true;
        slot.task = message.task;
        this.#checkReady(slot);
        return;
      case "PeerAttached": {
        const replaced = this.#slots[message.thread - 1];
        replaced?.unattached.delete(slot.thread);
        if (replaced !== undefined) this.#checkReady(replaced);
        return;
      }
      case "LogLine":
        Atomics.add(this.#words, threadWord(slot.thread, THREAD.logged), 1);
        this.#options.log[message.level](
          { thread: slot.thread, ...message.fields },
          message.message,
        );
        return;
      case "Drained":
        return;
    }
  }

  #checkReady(slot: Slot): void {
    if (slot.state !== "starting" || !slot.saidReady || slot.unattached.size > 0) return;
    slot.state = "ready";
    slot.cancelReadyTimer();
    this.#options.onEvent({ type: "ThreadReady", thread: slot.thread, epoch: slot.epoch });
    this.#onStartStep?.(undefined);
  }

  #replace(slot: Slot, failure: ThreadFailure, error: SerializedError | undefined): void {
    if (this.#stopping) return;
    const { thread, epoch } = slot;
    this.#forget(slot);
    const failed = { type: "ThreadFailed", thread, epoch, failure, error } as const;
    this.#options.onEvent(failed);
    if (this.#onStartStep !== undefined) {
      this.#onStartStep(failed);
      return;
    }
    if (!slot.replacements.admits(this.#options.clock.monotonicMs())) {
      this.#options.onEvent({ type: "ThreadGivenUp", thread, epoch });
      return;
    }
    const ends: PeerEnd[] = [];
    const [mine, ofMain] = this.#makeWay(thread, 0);
    ends.push(mine);
    this.port.attach(ofMain);
    for (const other of this.#slots) {
      if (other === slot || other.worker === undefined) continue;
      const [end, otherEnd] = this.#makeWay(thread, other.thread);
      ends.push(end);
      slot.unattached.add(other.thread);
      other.worker.post({ type: "PeerReplaced", end: otherEnd });
    }
    this.#launch(slot, ends);
  }

  /** Takes a failed worker out: nothing reaches it or comes from it from here on. */
  #forget(slot: Slot): void {
    const { thread } = slot;
    slot.worker = undefined;
    slot.state = "lost";
    slot.unattached.clear();
    slot.cancelReadyTimer();
    this.port.detach(thread);
    this.#retireWay(thread, 0);
    for (const other of this.#slots) {
      if (other === slot) continue;
      this.#retireWay(thread, other.thread);
      other.worker?.post({ type: "PeerLost", thread });
      // Whoever waited for the lost one to take a new end need not wait any more.
      if (other.unattached.delete(thread)) this.#checkReady(other);
    }
  }

  /** Asks every worker for a sign of life, again and again; counts turns, so a paused process is no hang. */
  #watch(): void {
    const everyMs = (this.#options.hungMsMax ?? HUNG_MS_MAX) / PROBES;
    this.#cancelWatch = this.#options.clock.after(everyMs, () => {
      for (const slot of this.#slots) if (slot.state === "ready") this.#probe(slot, everyMs);
      this.#watch();
    });
  }

  #probe(slot: Slot, everyMs: number): void {
    const waitedMs = (this.#options.waitedMs ?? cpuWaitMs)(slot.task);
    const withoutCoreMs = waitedMs - slot.waitedMs;
    slot.waitedMs = waitedMs;
    const probe = threadWord(slot.thread, THREAD.probe);
    const beat = threadWord(slot.thread, THREAD.beat);
    if (Atomics.load(this.#words, beat) === Atomics.load(this.#words, probe)) {
      slot.missed = 0;
      Atomics.add(this.#words, probe, 1);
      this.port.nudge(slot.thread);
    } else {
      // On a machine with too much to do it is not the worker's fault that it did nothing.
      slot.missed += Math.max(0, 1 - withoutCoreMs / everyMs);
      if (slot.missed >= PROBES) slot.worker?.fail("hung");
    }
  }

  #makeWay(a: number, b: number): readonly [PeerEnd, PeerEnd] {
    const ends = makeChannel(a, b, this.#nextWayEpoch);
    this.#nextWayEpoch += 1;
    this.#ways.set(wayKey(a, b), { from: a, end: ends[0] });
    return ends;
  }

  #retireWay(a: number, b: number): void {
    const way = this.#ways.get(wayKey(a, b));
    if (way !== undefined) retireChannel(way.end);
  }
}

const wayKey = (a: number, b: number): string => `${Math.min(a, b)}-${Math.max(a, b)}`;

const newSlot = (thread: number): Slot => ({
  thread,
  epoch: 0,
  worker: undefined,
  state: "starting",
  saidReady: false,
  unattached: new Set(),
  missed: 0,
  task: undefined,
  waitedMs: 0,
  replacements: new RestartWindow(REPLACEMENTS),
  cancelReadyTimer: () => {},
});
