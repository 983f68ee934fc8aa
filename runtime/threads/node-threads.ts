/**
 * The threads of a node: an actor system on the main thread and one on each worker, which act as one.
 *
 *   startThreads ──▶ workers, each with its system ──Ready──▶ main system ──spawn──▶ anywhere
 *
 * A lost worker's actors fail for their parents, whose supervision starts them anew on the fresh
 * worker that takes its number.
 */
import type { ResourceLimits } from "node:worker_threads";
import { type ActorSystem, createActorSystem, type Termination } from "../actor-system.ts";
import { type Clock, systemClock } from "../clock.ts";
import { MycelError } from "../errors.ts";
import { type Logger, silentLogger } from "../logger.ts";
import type { Supervision } from "../supervisor.ts";
import { bindRefs } from "./bind-refs.ts";
import type { ThreadEvent } from "./messages.ts";
import type { RingStats } from "./ring-stats.ts";
import { WorkerThreads } from "./worker-threads.ts";

export interface NodeThreadsOptions {
  readonly node: string;
  /** Workers beside the main thread; with 0 everything lives on the main thread. */
  readonly threads: number;
  /** What `ctx.shared(name)` gives, the same on every thread. */
  readonly shared?: Readonly<Record<string, SharedArrayBuffer>>;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** How the root supervises what is spawned on the node. */
  readonly supervision?: Supervision;
  /** Moves actors placed on `any` from busy workers to idle ones; each second unless it says otherwise. */
  readonly balance?: { readonly everyMs: number } | false;
  /** Memory of each worker; V8's defaults otherwise. */
  readonly resourceLimits?: ResourceLimits;
  /** How long a worker may go without looking after its messages before it is replaced, ms. */
  readonly hungMsMax?: number;
  /** Told of every worker that is ready, failed or given up; all are logged as well. */
  readonly onThreadEvent?: (event: ThreadEvent) => void;
}

export interface NodeThreads {
  readonly system: ActorSystem;
  /** When it has stopped, or with a cause when its root or one of its threads gave up. */
  readonly terminated: Promise<Termination>;
  /** Traffic of the rings between all threads. */
  ringStats(): RingStats[];
  /** Stops all actors, the last started first, then the workers. */
  stop(): Promise<void>;
}

export async function startThreads(options: NodeThreadsOptions): Promise<NodeThreads> {
  const { node, shared = {}, logger: log = silentLogger, clock = systemClock } = options;
  const gaveUp = Promise.withResolvers<Termination>();
  let system: ActorSystem | undefined;

  const onEvent = (event: ThreadEvent): void => {
    const { thread, epoch } = event;
    switch (event.type) {
      case "ThreadReady":
        log.info({ thread, epoch }, "worker thread ready");
        system?.threadReady(thread);
        break;
      case "ThreadFailed":
        log.error(
          { thread, epoch, failure: event.failure, err: event.error },
          "worker thread failed",
        );
        system?.threadLost(thread);
        break;
      case "ThreadGivenUp":
        log.error({ thread, epoch }, "worker thread failed again and again and is given up");
        gaveUp.resolve({ cause: givenUp(thread) });
        break;
    }
    options.onThreadEvent?.(event);
  };

  const workers = await WorkerThreads.start({
    node,
    workers: options.threads,
    shared,
    log,
    clock,
    onEvent,
    ...(options.resourceLimits && { resourceLimits: options.resourceLimits }),
    ...(options.hungMsMax !== undefined && { hungMsMax: options.hungMsMax }),
  });
  const { port } = workers;
  const { supervision, balance = { everyMs: 1_000 } } = options;
  const main = createActorSystem({
    node,
    shared,
    logger: log,
    clock,
    port,
    ...(supervision && { supervision }),
    ...(balance && options.threads > 1 && { balance }),
  });
  system = main;
  bindRefs(port, main);

  return {
    system: main,
    terminated: Promise.race([main.terminated, gaveUp.promise]),
    ringStats: () => workers.stats(),
    stop: async () => {
      await main.shutdown();
      await workers.stop();
    },
  };
}

const givenUp = (thread: number): MycelError =>
  new MycelError(
    "E_THREAD_LOST",
    `Worker thread ${thread} failed again and again; see the log for what ends it.`,
    { thread },
  );
