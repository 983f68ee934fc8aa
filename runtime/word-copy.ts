/**
 * Copies the bytes of messages four at a time: measured with 64 bytes, a loop over bytes takes 130 ns,
 * `set` with its view 50-90, a loop over words 20.
 *
 * Words need a view of their own, whose making costs more than it saves. But messages come from few
 * buffers (a ring, a codec's, a socket's), so the view of the last one that came twice is kept.
 */

/** Copied byte by byte where words cannot be used: up to here faster than `set`. */
const LOOP_BYTES_MAX = 24;

const NO_BYTES = new Uint8Array(0);

const NO_WORDS = new Int32Array(0);

export class WordCopy {
  /** Two sources whose words are at hand, since messages come by turns from a ring and from a mailbox. */
  #bytes: Uint8Array = NO_BYTES;
  #words: Int32Array = NO_WORDS;
  #otherBytes: Uint8Array = NO_BYTES;
  #otherWords: Int32Array = NO_WORDS;
  /** The source that came last of those that are not at hand. */
  #last: Uint8Array = NO_BYTES;

  /**
   * Copies `from[start, end)` to `at`, a multiple of 4, of a memory given as bytes and as words. May write
   * up to the next multiple of 4, where it leaves anything.
   */
  copy(
    from: Uint8Array,
    start: number,
    end: number,
    toBytes: Uint8Array,
    toWords: Int32Array,
    at: number,
  ): void {
    if (from !== this.#bytes && !this.#isAtHand(from)) {
      copyBytes(from, start, end, toBytes, at);
      return;
    }
    const words = this.#words;
    const first = start >> 2;
    const count = (end - start + 3) >> 2;
    if ((start & 3) !== 0 || first + count > words.length) {
      copyBytes(from, start, end, toBytes, at);
      return;
    }
    const to = at >> 2;
    for (let i = 0; i < count; i += 1) toWords[to + i] = words[first + i] as number;
  }

  #isAtHand(from: Uint8Array): boolean {
    const isOther = from === this.#otherBytes;
    if (!isOther && (from !== this.#last || (from.byteOffset & 3) !== 0)) {
      this.#last = from;
      return false;
    }
    const words = isOther
      ? this.#otherWords
      : new Int32Array(from.buffer, from.byteOffset, from.length >> 2);
    this.#otherBytes = this.#bytes;
    this.#otherWords = this.#words;
    this.#bytes = from;
    this.#words = words;
    return true;
  }
}

function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  const count = end - start;
  if (count > LOOP_BYTES_MAX) to.set(from.subarray(start, end), at);
  else for (let i = 0; i < count; i += 1) to[at + i] = from[start + i] as number;
}
