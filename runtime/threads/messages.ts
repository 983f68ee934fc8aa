/**
 * The handshake between the main thread and a worker, over the worker's own port. It starts, replaces
 * and stops threads; the actors' messages go through the rings.
 *
 *   main                              worker
 *    │ ── WorkerStart (workerData) ──▶ │
 *    │ ◀── Ready ───────────────────── │
 *    │ ── PeerLost, PeerReplaced ────▶ │   another worker failed and was replaced
 *    │ ◀── PeerAttached ────────────── │
 *    │ ── Stop ──────────────────────▶ │
 *    │ ◀── Drained ─────────────────── │   and the worker ends
 */
import type { PeerEnd } from "./peer.ts";

export interface WorkerStart {
  readonly node: string;
  readonly thread: number;
  /** 1 for the first worker of this thread number, one more for each that replaced it. */
  readonly epoch: number;
  /** Buffer of thread words, see `THREAD`. */
  readonly words: SharedArrayBuffer;
  readonly ends: readonly PeerEnd[];
  /** What `ctx.shared(name)` gives. */
  readonly shared: Readonly<Record<string, SharedArrayBuffer>>;
  /** Given by whoever started the node, for the entry to interpret. */
  readonly extra: unknown;
}

export type ToWorker =
  | { readonly type: "PeerLost"; readonly thread: number }
  | { readonly type: "PeerReplaced"; readonly end: PeerEnd }
  | { readonly type: "Stop" };

export type LogLevel = "debug" | "info" | "warn" | "error";

export type FromWorker =
  | {
      readonly type: "Ready";
      /** Where the system tells how this thread fares, see `cpuWaitMs()`. */
      readonly task: string | undefined;
    }
  | { readonly type: "PeerAttached"; readonly thread: number }
  | {
      readonly type: "LogLine";
      readonly level: LogLevel;
      readonly fields: object;
      readonly message: string;
    }
  | { readonly type: "Drained" };

export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

/** What ended a worker that nobody had asked to stop. */
export type ThreadFailure = "threw" | "outOfMemory" | "exited" | "hung" | "notReady";

/** What the node hears of its worker threads. */
export type ThreadEvent =
  | { readonly type: "ThreadReady"; readonly thread: number; readonly epoch: number }
  | {
      readonly type: "ThreadFailed";
      readonly thread: number;
      readonly epoch: number;
      readonly failure: ThreadFailure;
      readonly error: SerializedError | undefined;
    }
  /** Failed more often than the restart intensity allows: it stays away. */
  | { readonly type: "ThreadGivenUp"; readonly thread: number; readonly epoch: number };

export function serializeError(cause: unknown): SerializedError {
  if (!(cause instanceof Error)) {
    return { name: "Error", message: String(cause), stack: undefined, code: undefined };
  }
  const code = "code" in cause ? String(cause.code) : undefined;
  return { name: cause.name, message: cause.message, stack: cause.stack, code };
}
