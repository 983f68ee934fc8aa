/** The worker's half of the handshake: its port to all other threads, its logger, its orders. */
import { parentPort, workerData } from "node:worker_threads";
import { invariant } from "../invariant.ts";
import type { Logger } from "../logger.ts";
import { ownTask } from "./cpu-wait.ts";
import {
  type FromWorker,
  type LogLevel,
  serializeError,
  type ToWorker,
  type WorkerStart,
} from "./messages.ts";
import { RingPort } from "./ring-port.ts";
import { THREAD, threadWord } from "./shared-layout.ts";

/** Log lines on their way to the main thread; more are counted and dropped. */
const LOG_LINES_MAX = 1_024;

export interface WorkerSide {
  readonly start: WorkerStart;
  readonly port: RingPort;
  readonly log: Logger;
  /** Tells the main thread that this worker can take work. */
  ready(): void;
}

export interface WorkerOrders {
  /** A thread is gone, with its actors. */
  onPeerLost(thread: number): void;
  /** A fresh thread has taken the place of a lost one. */
  onPeerReplaced(thread: number): void;
  /** To stop whatever runs here; the worker ends when it has resolved. */
  onStop(): Promise<void>;
}

export function joinNode(orders: WorkerOrders): WorkerSide {
  const main = parentPort;
  invariant(main !== null, "a worker's entry runs in a worker");
  const start = workerData as WorkerStart;
  const words = new Int32Array(start.words);
  const port = new RingPort({ self: start.thread, epoch: start.epoch, words, ends: start.ends });
  const post = (message: FromWorker): void => main.postMessage(message);

  const stop = async (): Promise<void> => {
    await orders.onStop();
    port.flush();
    post({ type: "Drained" });
    port.close();
    main.close();
  };

  main.on("message", (message: ToWorker) => {
    switch (message.type) {
      case "PeerLost":
        port.detach(message.thread);
        orders.onPeerLost(message.thread);
        return;
      case "PeerReplaced":
        port.attach(message.end);
        orders.onPeerReplaced(message.end.thread);
        post({ type: "PeerAttached", thread: message.end.thread });
        return;
      case "Stop":
        // A failure to stop is this worker's failure: the rejection ends it with an error.
        void stop();
        return;
    }
  });

  const log = remoteLogger(post, words, threadWord(start.thread, THREAD.logged));
  return { start, port, log, ready: () => post({ type: "Ready", task: ownTask() }) };
}

/** Sends log lines to the main thread, whose counter of written lines bounds what is on the way. */
function remoteLogger(post: (line: FromWorker) => void, words: Int32Array, logged: number): Logger {
  const base = Atomics.load(words, logged);
  let sent = 0;
  let dropped = 0;

  const write = (bound: object, level: LogLevel, fields: object, message: string): void => {
    if (sent - ((Atomics.load(words, logged) - base) | 0) >= LOG_LINES_MAX) {
      dropped += 1;
      return;
    }
    const all =
      dropped > 0 ? { ...bound, ...fields, droppedBefore: dropped } : { ...bound, ...fields };
    post({ type: "LogLine", level, fields: cloneable(all), message });
    sent += 1;
    dropped = 0;
  };

  const logger = (bound: object): Logger => ({
    debug: (fields, message) => write(bound, "debug", fields, message),
    info: (fields, message) => write(bound, "info", fields, message),
    warn: (fields, message) => write(bound, "warn", fields, message),
    error: (fields, message) => write(bound, "error", fields, message),
    child: (fields) => logger({ ...bound, ...fields }),
  });
  return logger({});
}

/** What cannot be cloned must not turn a log line into a fault. */
function cloneable(fields: object): object {
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) plain[key] = cloneableValue(value);
  return plain;
}

function cloneableValue(value: unknown): unknown {
  if (value instanceof Error) return serializeError(value);
  if (typeof value === "function" || typeof value === "symbol") return String(value);
  if (typeof value !== "object" || value === null) return value;
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return String(value);
  }
}
