/**
 * From a worker to the main thread, where I/O is, and back; beside `postMessage` with the same windows.
 *
 *   worker ──1,024 at most under way──▶ main ──Arrived, each 256──▶ worker
 *
 * Aims: one way 10 times `postMessage` with 64 bytes and 4 times with a small object, round trip 1.3.
 */
import { Worker } from "node:worker_threads";
import type { ActorRef } from "../runtime/actor-ref.ts";
import { receive, same } from "../runtime/behavior.ts";
import { placed } from "../runtime/supervisor.ts";
import { type NodeThreads, startThreads } from "../runtime/threads/node-threads.ts";
import type { Bench, Work } from "./harness.ts";
import type { Ball, EchoOptions, SourceOptions, ToSource } from "./peers/echo-actors.ts";
import { type Reading, TELL_EVERY } from "./peers/payload.ts";
import type { ToPeer } from "./peers/post-message.worker.ts";

export const crossThread: Bench = {
  name: "cross-thread",
  question: "What does a message between two threads cost?",
  run: async (harness) => {
    const threads = await startThreads({ node: "bench", threads: 1 });
    const peer = new Worker(new URL("./peers/post-message.worker.ts", import.meta.url));
    try {
      const ours = oneWay(threads);
      const theirs = peerOneWay(peer);
      await harness.compare({
        name: "one way, 64 bytes",
        unit: "message",
        smoke: 1_000,
        ours: ours("bytes"),
        peers: { postMessage: theirs("bytes") },
      });
      await harness.compare({
        name: "one way, small object",
        unit: "message",
        smoke: 1_000,
        ours: ours("object"),
        peers: { postMessage: theirs("object") },
      });
      await harness.compare({
        name: "round trip",
        unit: "trip",
        smoke: 100,
        ours: roundTrip(threads),
        peers: { postMessage: peerRoundTrip(peer) },
      });
    } finally {
      await peer.terminate();
      await threads.stop();
    }
  },
};

const ACTORS = import.meta.resolve("./peers/echo-actors.ts");
const SPEC = { restart: "permanent", shutdownMs: 1_000 } as const;

/** Counts what has arrived, says so each `TELL_EVERY`, and ends the run with the last. */
class Arrivals {
  #left = 0;
  #finish = (): void => {};

  expect(count: number): Promise<void> {
    this.#left = count;
    return new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** True when the source is to be told. */
  arrived(): boolean {
    this.#left -= 1;
    if (this.#left === 0) this.#finish();
    return this.#left % TELL_EVERY === 0;
  }
}

function oneWay({ system }: NodeThreads): (what: "bytes" | "object") => Work {
  const arrivals = new Arrivals();
  let underWay = 0;
  const arrived = () => {
    underWay += 1;
    if (arrivals.arrived()) {
      source.tell({ type: "Arrived", count: underWay });
      underWay = 0;
    }
    return same;
  };
  const sink = system.spawn<Reading>({
    id: "sink",
    start: () => receive(arrived, { onBytes: arrived }),
    ...SPEC,
  });
  const source: ActorRef<ToSource> = system.spawn<ToSource>({
    id: "source",
    start: placed<ToSource, SourceOptions>(ACTORS, "source", { sink }),
    placement: { thread: 1 },
    ...SPEC,
  });
  return (what) => (count) => {
    const all = arrivals.expect(count);
    source.tell({ type: "Send", what, count });
    return all;
  };
}

function peerOneWay(worker: Worker): (what: "bytes" | "object") => Work {
  const arrivals = new Arrivals();
  let underWay = 0;
  return (what) => async (count) => {
    const onMessage = (): void => {
      underWay += 1;
      if (!arrivals.arrived()) return;
      worker.postMessage({ type: "Arrived", count: underWay } satisfies ToPeer);
      underWay = 0;
    };
    worker.on("message", onMessage);
    const all = arrivals.expect(count);
    worker.postMessage({ type: "Send", what, count } satisfies ToPeer);
    await all;
    worker.off("message", onMessage);
  };
}

function roundTrip({ system }: NodeThreads): Work {
  let finish = (): void => {};
  const player = system.spawn<Ball>({
    id: "player",
    start: () =>
      receive(({ left }) => {
        if (left === 0) finish();
        else echo.tell({ type: "Ball", left: left - 1 });
        return same;
      }),
    ...SPEC,
  });
  const echo: ActorRef<Ball> = system.spawn<Ball>({
    id: "echo",
    start: placed<Ball, EchoOptions>(ACTORS, "echo", { back: player }),
    placement: { thread: 1 },
    ...SPEC,
  });
  return (trips) =>
    new Promise<void>((resolve) => {
      finish = resolve;
      player.tell({ type: "Ball", left: trips });
    });
}

function peerRoundTrip(worker: Worker): Work {
  return (trips) =>
    new Promise<void>((resolve) => {
      const onMessage = ({ left }: Ball): void => {
        if (left > 0) worker.postMessage({ type: "Ball", left: left - 1 } satisfies ToPeer);
        else {
          worker.off("message", onMessage);
          resolve();
        }
      };
      worker.on("message", onMessage);
      worker.postMessage({ type: "Ball", left: trips - 1 } satisfies ToPeer);
    });
}
