/**
 * Whether every message of the last minute is accounted for, once all is quiet:
 *
 *   attempts = refused + handled + dead letters by reason          (while no thread was lost)
 *
 * A way that touches a lost thread may have lost what was on it; a way that does not may not: it has its
 * dead letters, of which there are only those of ghosts, late answers and dropped messages, or is exact.
 */
import type { Book, Tally, WayLook } from "./book.ts";
import type { Way, WayKind } from "./ways.ts";

/** Where nothing becomes a dead letter while both threads live. */
const EXACT: readonly WayKind[] = ["credit", "rover", "saver", "mayfly"];

/** Begun and ended as often, on a thread that was not lost. */
const PAIRS: readonly (readonly [begun: Tally, ended: readonly Tally[]])[] = [
  ["asked", ["answered", "timedOut"]],
  ["timersStarted", ["timersFired"]],
  ["spawned", ["terminated"]],
];

export interface Minute {
  readonly attempts: number;
  readonly refused: number;
  readonly handled: number;
  readonly letters: number;
  /** What lay on a lost thread and on its ways, and its dead letters since it was last asked. */
  readonly lostWithThreads: number;
  /** What contradicts the promises, in words. */
  readonly faults: readonly string[];
}

export class Account {
  readonly #book: Book;
  readonly #ways: readonly Way[];
  readonly #threads: number;
  #before: readonly WayLook[];
  #lettersBefore = 0;
  readonly #begunBefore = new Map<string, number>();

  constructor(book: Book, ways: readonly Way[], threads: number) {
    this.#book = book;
    this.#ways = ways;
    this.#threads = threads;
    this.#before = ways.map(({ id }) => book.look(id));
  }

  /** `letters`: of all threads since the start; `touched`: whether a lost thread had to do with it. */
  close(letters: number, lost: ReadonlySet<number>, touched: (way: Way) => boolean): Minute {
    const now = this.#ways.map(({ id }) => this.#book.look(id));
    const faults: string[] = [];
    let attempts = 0;
    let refused = 0;
    let handled = 0;
    for (const [i, way] of this.#ways.entries()) {
      const [was, is] = [this.#before[i] as WayLook, now[i] as WayLook];
      const open =
        is.attempts - was.attempts - (is.refused - was.refused) - (is.handled - was.handled);
      const name = `${way.kind} from ${way.from} to ${way.to ?? "any"} (${way.index})`;
      attempts += is.attempts - was.attempts;
      refused += is.refused - was.refused;
      handled += is.handled - was.handled;
      if (is.disorder > was.disorder)
        faults.push(`${name}: ${is.disorder - was.disorder} out of order`);
      const everOpen = is.attempts - is.refused - is.handled;
      const surplus = touched(way) ? -everOpen : -open;
      if (surplus > 0) faults.push(`${name}: ${surplus} more than were sent`);
      if (open > 0 && !touched(way) && EXACT.includes(way.kind)) {
        faults.push(`${name}: ${open} lost`);
      }
    }
    const fresh = letters - this.#lettersBefore;
    const lostWithThreads = attempts - refused - handled - fresh;
    if (lost.size === 0 && lostWithThreads !== 0) {
      faults.push(`${lostWithThreads} neither handled nor a dead letter`);
    }
    this.#pairs(lost, faults);
    this.#before = now;
    this.#lettersBefore = letters;
    return { attempts, refused, handled, letters: fresh, lostWithThreads, faults };
  }

  #pairs(lost: ReadonlySet<number>, faults: string[]): void {
    for (const [begun, ended] of PAIRS) {
      for (let thread = 0; thread < this.#threads; thread += 1) {
        const left =
          this.#book.tally(thread, begun) -
          ended.reduce((sum, tally) => sum + this.#book.tally(thread, tally), 0);
        const key = `${begun} ${thread}`;
        const before = this.#begunBefore.get(key) ?? 0;
        this.#begunBefore.set(key, left);
        if (left !== before && !lost.has(thread)) {
          faults.push(`thread ${thread}: ${left - before} ${begun}, not ${ended.join(" or ")}`);
        }
      }
    }
    for (const never of ["terminatedTwice", "forgotten"] as const) {
      const count = this.#book.total(never);
      const before = this.#begunBefore.get(never) ?? 0;
      this.#begunBefore.set(never, count);
      if (count > before) faults.push(`${count - before} ${never}`);
    }
  }
}
