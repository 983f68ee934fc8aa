/**
 * What the actor system needs of other threads: a way in and a way out for each, backed by one
 * shared-memory ring for each ordered pair of threads. Thread 0 is the main thread.
 *
 *   actor on 1 ──send(2, …)──▶ ring 1→2 ──doorbell if 2 sleeps──▶ drain() on 2 ──▶ mailbox on 2
 *
 * `target` is the receiver's actor number, unique on the node: spawning thread, its epoch, a counter;
 * so a spawner knows its child's number before the other thread has heard of it.
 */

/** System messages are never shed and pass all others; control before data. */
export type Lane = 0 | 1 | 2;
export const LANE = { system: 0, control: 1, data: 2 } as const;

export interface ThreadReceiver {
  onMessage(from: number, lane: Lane, target: number, message: unknown): void;
  /** `bytes[start, end)` lies in the ring and is valid until the call returns. */
  onBytes(
    from: number,
    target: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): void;
  /** What came could not be read, and is lost; what follows it is not. */
  onDamaged(from: number, target: number, cause: unknown): void;
}

export interface ThreadPort {
  readonly self: number;
  /** How often this thread has been started: grows when a fresh one replaces a lost one. */
  readonly epoch: number;
  readonly threads: readonly number[];
  /**
   * False when the way is full: nothing was written, try again after `onWake`. Throws a `MycelError`
   * for what can never arrive: `E_INPUT` (larger than 16 MiB, or not plain data) and `E_THREAD_LOST`.
   */
  send(thread: number, lane: Lane, target: number, message: unknown): boolean;
  sendBytes(
    thread: number,
    target: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean;
  /** Whether it is plain data, and not too large. */
  canCross(message: unknown): boolean;
  /** Publishes all that was written since the last flush and rings the sleepers. */
  flush(): void;
  /** Hands over at most `most` arrived messages, system before control before data; returns how many. */
  drain(receiver: ThreadReceiver, most: number): number;
  /**
   * Call when there is nothing left to do, and drain again when it returns true: something has come.
   * Only when it returns false will this thread be woken.
   */
  rest(): boolean;
  /** Called when messages arrived while this thread slept, or when a full ring has room again. */
  onWake(wake: () => void): void;
  close(): void;
}
