/**
 * Starts one worker and tells how it fares: it reports what the worker says, and its end exactly once
 * with the reason, if nobody had asked for it.
 */
import { extname } from "node:path";
import { type ResourceLimits, Worker } from "node:worker_threads";
import {
  type FromWorker,
  type SerializedError,
  serializeError,
  type ThreadFailure,
  type ToWorker,
  type WorkerStart,
} from "./messages.ts";

/** The one file workers start from, found from the sources and from a build alike. */
export const WORKER_ENTRY = new URL(`./entry${extname(import.meta.url)}`, import.meta.url);

export interface WorkerListener {
  onMessage(message: FromWorker): void;
  onFailed(failure: ThreadFailure, error: SerializedError | undefined): void;
}

export interface WorkerHandle {
  post(message: ToWorker): void;
  /** Ends it as failed; also one that is stuck in a loop. */
  fail(failure: ThreadFailure): void;
  /** From now on its end is no failure. */
  expectEnd(): void;
  /** Ends it at once if it has not ended by itself. */
  terminate(): Promise<void>;
  /** Resolves when its thread is gone. */
  readonly ended: Promise<void>;
}

export function spawnWorker(
  entry: URL,
  start: WorkerStart,
  resourceLimits: ResourceLimits,
  listener: WorkerListener,
): WorkerHandle {
  const worker = new Worker(entry, {
    name: `${start.node}/thread-${start.thread}`,
    workerData: start,
    transferList: start.ends.map((end) => end.port),
    resourceLimits,
  });
  let over = false;
  let error: SerializedError | undefined;

  const end = (failure: ThreadFailure): void => {
    if (over) return;
    over = true;
    listener.onFailed(failure, error);
  };

  worker.on("message", (message: FromWorker) => {
    if (!over) listener.onMessage(message);
  });
  worker.on("error", (cause) => {
    error = serializeError(cause);
  });
  const ended = new Promise<void>((resolve) => {
    // "exit" follows "error", so the thread is gone when its failure is told.
    worker.on("exit", () => {
      if (error === undefined) end("exited");
      else end(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "outOfMemory" : "threw");
      resolve();
    });
  });

  return {
    ended,
    post: (message) => {
      const transfer = message.type === "PeerReplaced" ? [message.end.port] : [];
      worker.postMessage(message, transfer);
    },
    fail: (failure) => {
      end(failure);
      // Not awaited: what it still writes goes to retired rings, so nothing waits for its end.
      void worker.terminate();
    },
    expectEnd: () => {
      over = true;
    },
    terminate: async () => {
      over = true;
      await worker.terminate();
    },
  };
}
