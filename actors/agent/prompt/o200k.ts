/**
 * Counts tokens of o200k from a table of 4 MB; gpt-tokenizer, whose file this reads, holds it as strings of 60 MB.
 *
 *   text ──words──▶ bytes ──the pair of lowest rank becomes one, until none is left──▶ tokens
 *
 *   bytes   |!|"|#|…| of all tokens, one after another, by rank
 *   ends    where each ends
 *   slots   rank + 1 at the hash of its bytes, or in the next free slot; 0: free
 */
import { O200K_TOKEN_SPLIT_REGEX } from "gpt-tokenizer/encodingParams/constants";
import { invariant } from "../../../runtime/invariant.ts";

export interface O200kTable {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
  readonly slots: Uint32Array;
}

const TOKENS = 199_998;
/** More than twice the tokens, so that a search ends after one or two slots. A power of two. */
const SLOTS = 2 ** 19;
/** A sentence of Japanese is one word. A longer one is counted in parts, about a token more for each: merging is quadratic. */
const WORD_BYTES_MAX = 1_024;

/** A line a token, in the order of their ranks: `aGVsbG8= 24912`. */
export function readO200k(file: Uint8Array): O200kTable {
  const bytes = new Uint8Array(file.length);
  const ends = new Uint32Array(TOKENS);
  const slots = new Uint32Array(SLOTS);
  let rank = 0;
  let end = 0;
  for (let at = 0; at < file.length && rank < TOKENS; at++) {
    const from = end;
    let held = 0;
    let bits = 0;
    for (; at < file.length && file[at] !== BLANK; at++) {
      const six = SIX_BITS[file[at] ?? 0] ?? PADDING;
      if (six === PADDING) continue;
      held = ((held << 6) | six) & 0xfff;
      bits += 6;
      if (bits < 8) continue;
      bits -= 8;
      bytes[end++] = held >> bits;
    }
    while (at < file.length && file[at] !== NEWLINE) at++;
    ends[rank] = end;
    let slot = hashOf(bytes, from, end);
    while (slots[slot] !== 0) slot = (slot + 1) % SLOTS;
    slots[slot] = ++rank;
  }
  invariant(rank === TOKENS, `the file of o200k has ${rank} tokens, and should have ${TOKENS}`);
  return { bytes: bytes.slice(0, end), ends, slots };
}

export function o200kCounter({ bytes, ends, slots }: O200kTable): (text: string) => number {
  const word = new Uint8Array(WORD_BYTES_MAX);
  const encoder = new TextEncoder();
  /** Where the parts of the word begin, and its end. */
  const starts = new Uint32Array(WORD_BYTES_MAX + 1);
  /** Of each part together with the next. */
  const ranks = new Uint32Array(WORD_BYTES_MAX + 1);

  function rankOf(from: number, to: number): number {
    for (let slot = hashOf(word, from, to); ; slot = (slot + 1) % SLOTS) {
      const rank = (slots[slot] ?? 0) - 1;
      if (rank < 0) return NONE;
      const end = ends[rank] ?? 0;
      const begin = rank === 0 ? 0 : (ends[rank - 1] ?? 0);
      if (end - begin !== to - from) continue;
      let same = 0;
      while (same < to - from && bytes[begin + same] === word[from + same]) same++;
      if (same === to - from) return rank;
    }
  }

  function countWord(length: number): number {
    if (length < 2 || rankOf(0, length) !== NONE) return 1;
    let parts = length;
    for (let part = 0; part <= length; part++) starts[part] = part;
    for (let part = 0; part < length - 1; part++) ranks[part] = rankOf(part, part + 2);
    const pairAt = (part: number): number =>
      part + 2 > parts ? NONE : rankOf(starts[part] ?? 0, starts[part + 2] ?? 0);
    for (;;) {
      let lowest = NONE;
      let lowestAt = 0;
      for (let part = 0; part < parts - 1; part++) {
        const rank = ranks[part] ?? NONE;
        if (rank >= lowest) continue;
        lowest = rank;
        lowestAt = part;
      }
      if (lowest === NONE) return parts;
      starts.copyWithin(lowestAt + 1, lowestAt + 2, parts + 1);
      ranks.copyWithin(lowestAt, lowestAt + 1, parts - 1);
      parts--;
      ranks[lowestAt] = pairAt(lowestAt);
      if (lowestAt > 0) ranks[lowestAt - 1] = pairAt(lowestAt - 1);
    }
  }

  return (text) => {
    let tokens = 0;
    for (const [match] of text.matchAll(O200K_TOKEN_SPLIT_REGEX)) {
      for (let rest: string = match; rest !== ""; ) {
        const { read, written } = encoder.encodeInto(rest, word);
        tokens += countWord(written);
        rest = rest.slice(read);
      }
    }
    return tokens;
  };
}

/** FNV-1a, 32 bits, folded to the slots; check value: "" gives 2166136261 before it is folded. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 2_166_136_261;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 16_777_619);
  return ((hash ^ (hash >>> 15)) >>> 0) % SLOTS;
}

const NONE = 0xffff_ffff;
const BLANK = 0x20;
const NEWLINE = 0x0a;
const PADDING = 64;
/** RFC 4648 §4, by the character's code. */
const SIX_BITS = new Uint8Array(256).fill(PADDING);
for (const [six, letter] of [
  ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
].entries())
  SIX_BITS[letter.charCodeAt(0)] = six;
