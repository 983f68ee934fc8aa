/** Chance: the one source of it, so that a seed replays a run. */

export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number;
  /** Uniform integer in [0, bound); `bound` at most 2^32. */
  below(bound: number): number;
}

/** A seed nobody chose, for a node in operation: u32. */
export const anySeed = (): number => Math.floor(Math.random() * 0x1_0000_0000);

/**
 * xoshiro128** 1.1 (Blackman and Vigna, 2018), its state filled by SplitMix32 so that seeds which
 * differ in one bit give unrelated runs.
 */
export function seededRandom(seed: number): Random {
  let mixed = seed | 0;
  const splitMix = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let z = mixed ^ (mixed >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
  let a = splitMix();
  let b = splitMix();
  let c = splitMix();
  let d = splitMix();

  const next = (): number => {
    const scaled = Math.imul(b, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result / 0x1_0000_0000;
  };
  return { next, below: (bound) => Math.floor(next() * bound) };
}

/** A version 4 UUID (RFC 9562, section 5.4) from a source of chance, so that a seed replays it. */
export function uuidFrom(next: () => number): string {
  const words = Array.from({ length: 4 }, () => Math.floor(next() * 0x1_0000_0000));
  const hex = words.map((word) => word.toString(16).padStart(8, "0")).join("");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
