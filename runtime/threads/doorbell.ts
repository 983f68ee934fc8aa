/**
 * Wakes a thread that has gone to sleep in its event loop or naps, and only then.
 *
 * A wake-up cannot be lost, because both sides write before they look:
 *
 *   consumer: says that it sleeps, then looks at the rings once      producer: publishes, then looks
 *             more and goes to sleep only if they are empty                    whether it sleeps
 *
 * Atomics are in one total order: either the producer's look comes after the consumer's write, and it
 * rings; or the consumer's last look comes after the producer's publication, and it sees the record.
 * Of several producers one wins the exchange and rings, so there is one bell for each sleep.
 *
 * The bell is a `postMessage`: measured between two event loops on the same machine a round trip took
 * 38-53 us with it and 67-71 us with `Atomics.waitAsync`. `Atomics.wait` blocks I/O and timers and takes
 * a half of the CPU: a nap, which is short.
 */
import type { MessagePort } from "node:worker_threads";
import { THREAD, threadWord } from "./shared-layout.ts";

/** What a bell carries; anything else on the port is a side block. */
export const BELL = 0;

/** States of `THREAD.sleeping`. */
const AWAKE = 0;
/** In its event loop: a bell wakes it. */
const ASLEEP = 1;
/** In `Atomics.wait`: a notification wakes it. */
const NAPPING = 2;

export class Doorbell {
  readonly #words: Int32Array;
  readonly #sleeping: number;
  #armed = false;

  constructor(words: Int32Array, self: number) {
    this.#words = words;
    this.#sleeping = threadWord(self, THREAD.sleeping);
  }

  /** From now on others ring. The caller must look at its rings once more before it sleeps. */
  arm(): void {
    this.#armed = true;
    Atomics.store(this.#words, this.#sleeping, ASLEEP);
  }

  /** From now on others end the nap. The caller must look at its rings once more before it naps. */
  lieDown(): void {
    this.#armed = true;
    Atomics.store(this.#words, this.#sleeping, NAPPING);
  }

  /** Stands still until someone publishes for this thread, or the time is over. */
  nap(ms: number): void {
    Atomics.wait(this.#words, this.#sleeping, NAPPING, ms);
  }

  /** This thread is at work and will look at its rings by itself. */
  disarm(): void {
    if (!this.#armed) return;
    this.#armed = false;
    Atomics.store(this.#words, this.#sleeping, AWAKE);
  }

  /** Rings `thread` also if it is awake, since it waits for something other than messages. */
  ring(thread: number, port: MessagePort): void {
    const sleeping = threadWord(thread, THREAD.sleeping);
    port.postMessage(BELL);
    if (Atomics.compareExchange(this.#words, sleeping, NAPPING, AWAKE) === NAPPING) {
      Atomics.notify(this.#words, sleeping);
    }
  }

  /** Rings `thread` if it sleeps; call after publishing. */
  ringIfAsleep(thread: number, port: MessagePort): void {
    const sleeping = threadWord(thread, THREAD.sleeping);
    const state = Atomics.load(this.#words, sleeping);
    if (state === AWAKE) return;
    // Else another producer has rung, or the consumer lies down anew and looks at its rings after that.
    if (Atomics.compareExchange(this.#words, sleeping, state, AWAKE) !== state) return;
    if (state === NAPPING) Atomics.notify(this.#words, sleeping);
    else port.postMessage(BELL);
  }
}
