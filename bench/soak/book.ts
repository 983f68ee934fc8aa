/**
 * The soak's book in shared memory: what was sent, refused and handled on each way, written by the actors
 * of all threads and left as it is when one of them is lost.
 *
 *   way:  0          1         2         3               4
 *         attempts   refused   handled   last sequence   disorder
 */
import type { ActorContext } from "../../runtime/actor-context.ts";

const WORDS_A_WAY = 5;
const WORD = { attempts: 0, refused: 1, handled: 2, lastSeq: 3, disorder: 4 } as const;

/** What is counted beside the messages. */
const TALLY = {
  /** 1 while the sources are to rest. */
  paused: 0,
  asked: 1,
  answered: 2,
  timedOut: 3,
  timersStarted: 4,
  timersFired: 5,
  spawned: 6,
  terminated: 7,
  terminatedTwice: 8,
  crashes: 9,
  saved: 10,
  /** A persistent state that had forgotten what was confirmed. */
  forgotten: 11,
  listings: 12,
} as const;
export type Tally = keyof typeof TALLY;
/** A line of each thread, since what a lost thread began has no end. */
const WORDS_A_THREAD = 16;

export const BOOK = "soak";

export class Book {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #threads: number;

  constructor(memory: SharedArrayBuffer, threads: number) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#threads = threads;
  }

  static of(threads: number, ways: number): Book {
    const words = threads * WORDS_A_THREAD + ways * WORDS_A_WAY;
    return new Book(new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT), threads);
  }

  static at(ctx: ActorContext<never>, threads: number): Book {
    return new Book(ctx.shared(BOOK), threads);
  }

  /** The next sequence number of a way. */
  attempt(way: number): number {
    return Atomics.add(this.#words, this.#at(way, WORD.attempts), 1) + 1;
  }

  refused(way: number): void {
    Atomics.add(this.#words, this.#at(way, WORD.refused), 1);
  }

  handled(way: number, seq: number): void {
    Atomics.add(this.#words, this.#at(way, WORD.handled), 1);
    const last = Atomics.exchange(this.#words, this.#at(way, WORD.lastSeq), seq);
    if (seq <= last) Atomics.add(this.#words, this.#at(way, WORD.disorder), 1);
  }

  /** Of a way to several receivers, whose order is nobody's promise. */
  handledByAny(way: number): void {
    Atomics.add(this.#words, this.#at(way, WORD.handled), 1);
  }

  look(way: number): WayLook {
    const word = (which: number): number => Atomics.load(this.#words, this.#at(way, which));
    return {
      attempts: word(WORD.attempts),
      refused: word(WORD.refused),
      handled: word(WORD.handled),
      disorder: word(WORD.disorder),
    };
  }

  add(thread: number, tally: Tally): void {
    Atomics.add(this.#words, thread * WORDS_A_THREAD + TALLY[tally], 1);
  }

  tally(thread: number, tally: Tally): number {
    return Atomics.load(this.#words, thread * WORDS_A_THREAD + TALLY[tally]);
  }

  /** Of all threads. */
  total(tally: Tally): number {
    let total = 0;
    for (let thread = 0; thread < this.#threads; thread += 1) total += this.tally(thread, tally);
    return total;
  }

  get isPaused(): boolean {
    return Atomics.load(this.#words, TALLY.paused) === 1;
  }

  pause(isPaused: boolean): void {
    Atomics.store(this.#words, TALLY.paused, isPaused ? 1 : 0);
  }

  #at(way: number, word: number): number {
    return this.#threads * WORDS_A_THREAD + way * WORDS_A_WAY + word;
  }
}

/** Messages of one way so far. */
export interface WayLook {
  readonly attempts: number;
  readonly refused: number;
  readonly handled: number;
  readonly disorder: number;
}
