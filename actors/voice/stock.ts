/**
 * The stock of answers to whoever ignores a task: made ahead while the voice has nothing else to do, so that
 * one is there at once. The seed's figures.
 */
import type { RejectionEntry } from "./clips.ts";

export const STOCK_MAX = 100;
/** Below this it is filled up again, to its maximum. */
export const STOCK_REFILL_BELOW = 80;
export const STOCK_WARM_UP_MS = 10_000;
export const STOCK_EVERY_MS = 3_000;
export const STOCK_LOOK_MS = 30_000;
/** An engine that is away, or a model that knows no more sentences, is asked no more often than this. */
export const STOCK_EVERY_MS_MAX = 600_000;

export class RejectionStock {
  #entries: RejectionEntry[];
  #isRefilling: boolean;
  /** How often in a row nothing new came of it. */
  #inVain = 0;

  constructor(entries: readonly RejectionEntry[]) {
    this.#entries = entries.slice(0, STOCK_MAX);
    this.#isRefilling = this.needsRefill;
  }

  get entries(): readonly RejectionEntry[] {
    return this.#entries;
  }

  get needsRefill(): boolean {
    return this.#entries.length < STOCK_REFILL_BELOW;
  }

  /** Any of them, which is then gone. `random` in [0, 1). */
  take(random: number): RejectionEntry | undefined {
    const [taken] = this.#entries.splice(Math.floor(random * this.#entries.length), 1);
    if (this.needsRefill) this.#isRefilling = true;
    return taken;
  }

  /** False where the same words are there already. */
  add(entry: RejectionEntry): boolean {
    if (this.#entries.some(({ text }) => text === entry.text)) return false;
    if (this.#entries.length < STOCK_MAX) this.#entries.push(entry);
    if (this.#entries.length === STOCK_MAX) this.#isRefilling = false;
    this.#inVain = 0;
    return true;
  }

  /** Nothing came of it, or what is there already: the next waits twice as long. */
  madeInVain(): void {
    this.#inVain += 1;
  }

  clear(): void {
    this.#entries = [];
    this.#isRefilling = true;
  }

  /** Until the next is made, or it is looked at again. */
  waitMs(isIdle: boolean): number {
    if (!this.#isRefilling || !isIdle) return STOCK_LOOK_MS;
    return Math.min(STOCK_EVERY_MS * 2 ** this.#inVain, STOCK_EVERY_MS_MAX);
  }

  get isRefilling(): boolean {
    return this.#isRefilling;
  }
}
