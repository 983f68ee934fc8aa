/**
 * Whether an index has exactly the rows that the chain calls for, without looking up each: both are added up in their
 * own order, and equal sums are equal sets. The key is drawn anew for each look, so that no rows can be made to fit.
 *
 *   chain ──add(id, no)──▶ tally ══ same? ══ tally ◀──add(id, no)── index
 */
import { randomInt } from "node:crypto";

const WORD = 2 ** 32;

export class Tally {
  readonly #keys: readonly [number, number];
  #rows = 0;
  #low = 0;
  #high = 0;

  constructor(like?: Tally) {
    this.#keys = like === undefined ? [randomInt(WORD), randomInt(WORD)] : like.#keys;
  }

  get rows(): number {
    return this.#rows;
  }

  add(text: string, no: number): void {
    let [low, high] = this.#keys;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      low = Math.imul(low ^ unit, 2_654_435_761);
      high = Math.imul(high ^ unit, 1_597_334_677);
      low ^= low >>> 15;
      high ^= high >>> 13;
    }
    this.#rows += 1;
    this.#low = (this.#low + mixed(low ^ mixed(no | 0))) >>> 0;
    this.#high = (this.#high + mixed(high ^ mixed((no | 0) ^ low) ^ Math.floor(no / WORD))) >>> 0;
  }

  /** Of one key: `like` was given. */
  isSame(other: Tally): boolean {
    return this.#rows === other.#rows && this.#low === other.#low && this.#high === other.#high;
  }
}

/** MurmurHash3's last step (Appleby, 2011): each bit of the word moves each of the result. */
function mixed(word: number): number {
  let mix = word ^ (word >>> 16);
  mix = Math.imul(mix, 0x85ebca6b);
  mix ^= mix >>> 13;
  mix = Math.imul(mix, 0xc2b2ae35);
  return mix ^ (mix >>> 16);
}
