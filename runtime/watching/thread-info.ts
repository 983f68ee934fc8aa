/** What a thread tells of itself beside its actors: how busy it is, and which messages reached nobody. */
import { getHeapStatistics } from "node:v8";
import type { SystemCore } from "../actor-system.ts";
import type { DeadLetterReason } from "../dead-letters.ts";
import { LETTERS_TOLD_MAX } from "../limits.ts";
import { messageType } from "../message-type.ts";

export interface ThreadInfo {
  readonly thread: number;
  readonly actors: number;
  /** When this was so; monotonic ms, the same on all threads. */
  readonly atMs: number;
  /** Spent on actors and on the ways to other threads, since the thread's start. */
  readonly busyMs: number;
  /** Of this thread's own heap. */
  readonly heapBytes: number;
  /** Since the node's start, also of threads that this one has replaced. */
  readonly deadLetters: Readonly<Record<DeadLetterReason, number>>;
  /** Oldest first. */
  readonly lastDeadLetters: readonly LetterInfo[];
}

/** A dead letter without its message, which may be large. */
export interface LetterInfo {
  readonly path: string;
  readonly type: string;
  readonly reason: DeadLetterReason;
  /** ms since the epoch. */
  readonly atMs: number;
}

export function threadInfo(system: SystemCore, actors: number): ThreadInfo {
  const { thread, clock, dispatcher, deadLetters } = system;
  return {
    thread,
    actors,
    atMs: clock.monotonicMs(),
    busyMs: dispatcher.busyMs,
    heapBytes: getHeapStatistics().used_heap_size,
    deadLetters: deadLetters.countByReason(),
    lastDeadLetters: deadLetters
      .last()
      .slice(-LETTERS_TOLD_MAX)
      .map(({ path, message, reason, atMs }) => ({
        path,
        type: messageType(message),
        reason,
        atMs,
      })),
  };
}
