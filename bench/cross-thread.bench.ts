/**
 * From one worker to another and back; beside `postMessage` between two workers with the same windows.
 *
 *   source ──1,024 at most under way──▶ sink ──Arrived, each 256──▶ source
 *
 * The round trip also beside a thread that takes a core for itself; and what a node takes that has
 * nothing to do.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { MessageChannel, Worker } from "node:worker_threads";
import type { ActorRef } from "../runtime/actor-ref.ts";
import { placed } from "../runtime/supervisor.ts";
import { type NodeThreads, startThreads } from "../runtime/threads/node-threads.ts";
import { FAILS_AT_ONCE, unlessEnded } from "./failing.ts";
import type { Bench, Work } from "./harness.ts";
import type * as actors from "./peers/echo-actors.ts";
import { ACKNOWLEDGE_EVERY, type Reading } from "./peers/payload.ts";
import type { Order } from "./peers/post-message.worker.ts";

export const crossThread: Bench = {
  name: "cross-thread",
  question: "What does a message between two threads cost?",
  run: async (harness) => {
    const threads = await startThreads({ node: "bench", threads: 2, supervision: FAILS_AT_ONCE });
    const peer = new PeerPair();
    try {
      const ours = oneWay(threads);
      await harness.compare({
        name: "one way, 64 bytes",
        unit: "message",
        smoke: 1_000,
        ours: ours("bytes"),
        peers: { postMessage: peer.oneWay("bytes") },
        aims: [{ peer: "postMessage", atLeast: 10 }],
      });
      await harness.compare({
        name: "one way, small object",
        unit: "message",
        smoke: 1_000,
        ours: ours("object"),
        peers: { postMessage: peer.oneWay("object") },
        aims: [{ peer: "postMessage", atLeast: 4 }],
      });
      const contest = {
        unit: "trip",
        smoke: 100,
        ours: roundTrip(threads),
        peers: { postMessage: peer.roundTrip },
        aims: [{ peer: "postMessage", atLeast: 1.3 }],
      };
      await harness.compare({ name: "round trip", ...contest });
      const burner = new Worker(BURNER, { eval: true });
      await harness.compare({ name: "round trip beside a busy core", ...contest });
      await burner.terminate();
      await peer.close();
      harness.report("idle node, two workers", "% of a core", await idlePercent(harness.smoke), {
        aims: [{ atMost: 2 }],
      });
    } finally {
      await peer.close();
      await threads.stop();
    }
  },
};

const ACTORS = import.meta.resolve("./peers/echo-actors.ts");
const BURNER = "for (;;);";
/** Far above any run, whose failure ends it sooner. */
const RUN_MS_MAX = 60_000;
const IDLE_MS = { smoke: 100, full: 10_000 } as const;

/** An actor of the two workers, 1 and 2. */
function spawnOn<M, O>(
  { system }: NodeThreads,
  thread: number,
  name: keyof typeof actors,
  options: O,
): ActorRef<M> {
  return system.spawn<M>({
    id: name,
    start: placed<M, O>(ACTORS, name, options),
    placement: { thread },
    restart: "permanent",
    shutdownMs: 1_000,
  });
}

function oneWay(threads: NodeThreads): (what: "bytes" | "object") => Work {
  const source = spawnOn<actors.ToSource, undefined>(threads, 1, "source", undefined);
  const sink = spawnOn<Reading, actors.SinkOptions>(threads, 2, "sink", { source });
  return (what) => (count) =>
    finished<actors.ToSource>(threads, source, (replyTo) => ({
      type: "Send",
      what,
      count: wholeWindows(count),
      sink,
      replyTo,
    }));
}

function roundTrip(threads: NodeThreads): Work {
  const player = spawnOn<actors.ToPlayer, undefined>(threads, 1, "player", undefined);
  const echo = spawnOn<actors.Ball, actors.EchoOptions>(threads, 2, "echo", { back: player });
  return (trips) =>
    finished<actors.ToPlayer>(threads, player, (replyTo) => ({
      type: "Play",
      trips,
      echo,
      replyTo,
    }));
}

const finished = <M>(
  threads: NodeThreads,
  actor: ActorRef<M>,
  order: (replyTo: ActorRef<actors.Finished>) => M,
): Promise<actors.Finished> => unlessEnded(threads, threads.system.ask(actor, order, RUN_MS_MAX));

/** The same with two workers joined by a channel. A worker that fails ends the process. */
class PeerPair {
  readonly #source = peerWorker();
  readonly #sink = peerWorker();

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#source.postMessage({ type: "Join", role: "source", port: port1 }, [port1]);
    this.#sink.postMessage({ type: "Join", role: "sink", port: port2 }, [port2]);
  }

  oneWay(what: "bytes" | "object"): Work {
    return (count) => this.#finished({ type: "Send", what, count: wholeWindows(count) });
  }

  readonly roundTrip: Work = (trips) => this.#finished({ type: "Play", trips });

  async close(): Promise<void> {
    await Promise.all([this.#source.terminate(), this.#sink.terminate()]);
  }

  #finished(order: Order): Promise<void> {
    return new Promise((resolve) => {
      this.#source.once("message", () => resolve());
      this.#source.postMessage(order);
    });
  }
}

const peerWorker = (): Worker =>
  new Worker(new URL("./peers/post-message.worker.ts", import.meta.url));

/** So that the last acknowledgement is of the last message: up to 255 more in a quarter of a second. */
const wholeWindows = (count: number): number =>
  Math.ceil(count / ACKNOWLEDGE_EVERY) * ACKNOWLEDGE_EVERY;

/** What the process takes while nothing is asked of it. */
async function idlePercent(smoke: boolean): Promise<number> {
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await pause(smoke ? IDLE_MS.smoke : IDLE_MS.full);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / (performance.now() - startedAt);
}
