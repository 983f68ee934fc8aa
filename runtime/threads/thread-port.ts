/**
 * What the actor system needs of other threads: a way in and a way out for each, backed by one
 * shared-memory ring for each ordered pair of threads. Thread 0 is the main thread.
 *
 *   actor on 1 ──send(2, …)──▶ ring 1→2 ──doorbell if 2 sleeps──▶ drain() on 2 ──▶ mailbox on 2
 *
 * `target` is the receiver's actor number, unique on the node: spawning thread * 2^32 + a counter, so
 * that a spawner knows its child's number before the other thread has heard of it.
 */

/** System messages are never shed and pass all others; control before data. */
export type Lane = 0 | 1 | 2;
export const LANE = { system: 0, control: 1, data: 2 } as const;

export interface ThreadReceiver {
  onMessage(from: number, lane: Lane, target: number, message: unknown): void;
  /** `bytes[start, end)` lies in the ring and is valid until the call returns. */
  onBytes(from: number, target: number, bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): void;
}

export interface ThreadPort {
  readonly self: number;
  readonly threads: readonly number[];
  /** False when the ring is full: nothing was written, try again after `onRoom`. */
  send(thread: number, lane: Lane, target: number, message: unknown): boolean;
  sendBytes(thread: number, target: number, bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): boolean;
  /** Publishes all that was written since the last flush and rings the sleepers; once per drain. */
  flush(): void;
  /** Hands over at most `most` arrived messages; returns how many. */
  drain(receiver: ThreadReceiver, most: number): number;
  /** Called when messages arrived while this thread slept, or when a full ring has room again. */
  onWake(wake: () => void): void;
  close(): void;
}
