/**
 * A column of 32-bit whole numbers in few bits: each as its difference to the one before, or as it is,
 * less a base that suits most of them; 64 at a time with as many bits as most of the 64 need, and what
 * needs more patched in. The idea of PFOR (Zukowski et al., "Super-Scalar RAM-CPU Cache Compression",
 * ICDE 2006), which unpacks without a branch a value.
 *
 *   0        1          5            9
 *   mode u8  base i32   first i32    groups…       mode 1: differences; 0: as they are, without `first`
 *
 *   group:   width u8, 0x80 with patches │ 64 x width bits, lowest first │ patches
 *   patches: count u8, then for each its place u8 and its bits above `width` as a varint
 *
 * A packed value is zigzag(value - base), all arithmetic modulo 2^32, so that any number comes back.
 */
import type { ByteSink } from "./byte-sink.ts";

const GROUP = 64;
const MODE = { plain: 0, differences: 1 } as const;
const PATCHED = 0x80;
const VALUES_FIRST = 4_096;
/** Enough to find a middle that suits; the choice costs a few bits at most. */
const SAMPLES = 33;

const widthCounts = new Int32Array(33);
const samples = new Int32Array(SAMPLES);

let differences = new Int32Array(VALUES_FIRST);

/** Writes `values[0, count)`; at least one. */
export function writeColumn(sink: ByteSink, values: Int32Array, count: number): void {
  if (differences.length < count) differences = new Int32Array(2 * count);
  for (let i = 1; i < count; i++)
    differences[i - 1] = ((values[i] as number) - (values[i - 1] as number)) | 0;
  const plainBase = middle(values, count);
  const differenceBase = middle(differences, count - 1);
  const plainBytes = packedBytes(values, count, plainBase);
  if (4 + packedBytes(differences, count - 1, differenceBase) < plainBytes) {
    sink.u8(MODE.differences);
    sink.u32(differenceBase);
    sink.u32(values[0] as number);
    pack(sink, differences, count - 1, differenceBase);
  } else {
    sink.u8(MODE.plain);
    sink.u32(plainBase);
    pack(sink, values, count, plainBase);
  }
}

/** Reads what `writeColumn` wrote at `at`, `count` values, to the start of `into`. Returns where it ends. */
export function readColumn(bytes: Uint8Array, at: number, count: number, into: Int32Array): number {
  const isPlain = bytes[at] === MODE.plain;
  const base = i32(bytes, at + 1);
  if (isPlain) {
    const end = unpack(bytes, at + 5, into, 0, count);
    for (let i = 0; i < count; i++) into[i] = (base + unzigzag(into[i] as number)) | 0;
    return end;
  }
  const end = unpack(bytes, at + 9, into, 1, count);
  let value = i32(bytes, at + 5);
  into[0] = value;
  for (let i = 1; i < count; i++) {
    value = (value + base + unzigzag(into[i] as number)) | 0;
    into[i] = value;
  }
  return end;
}

const zigzag = (value: number): number => (value << 1) ^ (value >> 31);
const unzigzag = (packed: number): number => (packed >>> 1) ^ -(packed & 1);
const widthOf = (packed: number): number => 32 - Math.clz32(packed);

/** The median of some of them. */
function middle(values: Int32Array, count: number): number {
  if (count <= 0) return 0;
  const taken = Math.min(count, SAMPLES);
  for (let i = 0; i < taken; i++) {
    samples[i] = values[Math.floor((i * count) / taken)] as number;
  }
  const some = samples.subarray(0, taken).sort();
  return some[taken >> 1] as number;
}

/** The width for `values[from, to)` that takes the fewest bytes; `bytesOfWidth` has how many. */
let bytesOfWidth = 0;
function bestWidth(values: Int32Array, from: number, to: number, base: number): number {
  widthCounts.fill(0);
  let widest = 0;
  for (let i = from; i < to; i++) {
    const width = widthOf(zigzag(((values[i] as number) - base) | 0));
    widthCounts[width] = (widthCounts[width] as number) + 1;
    if (width > widest) widest = width;
  }
  const count = to - from;
  let best = widest;
  bytesOfWidth = 1 + ((widest * count + 7) >> 3);
  let patches = 0;
  for (let width = widest - 1; width >= 0; width--) {
    patches += widthCounts[width + 1] as number;
    const patchBytes = 2 + Math.floor((widest - width - 1) / 7);
    const bytes = 2 + ((width * count + 7) >> 3) + patches * patchBytes;
    if (bytes < bytesOfWidth) {
      bytesOfWidth = bytes;
      best = width;
    }
  }
  return best;
}

function packedBytes(values: Int32Array, count: number, base: number): number {
  let bytes = 0;
  for (let from = 0; from < count; from += GROUP) {
    bestWidth(values, from, Math.min(from + GROUP, count), base);
    bytes += bytesOfWidth;
  }
  return bytes;
}

function pack(sink: ByteSink, values: Int32Array, count: number, base: number): void {
  for (let from = 0; from < count; from += GROUP) {
    const to = Math.min(from + GROUP, count);
    const width = bestWidth(values, from, to, base);
    const mask = width === 32 ? -1 : (1 << width) - 1;
    const head = sink.take(1);
    let at = sink.take((width * (to - from) + 7) >> 3);
    const { bytes } = sink;
    let patches = 0;
    let bits = 0;
    let filled = 0;
    for (let i = from; i < to; i++) {
      const packed = zigzag(((values[i] as number) - base) | 0);
      if ((packed & ~mask) !== 0) patches += 1;
      let rest = packed & mask;
      let left = width;
      while (filled + left >= 8) {
        bytes[at++] = bits | (rest << filled);
        const used = 8 - filled;
        rest >>>= used;
        left -= used;
        bits = 0;
        filled = 0;
      }
      bits |= rest << filled;
      filled += left;
    }
    if (filled > 0) bytes[at] = bits;
    sink.bytes[head] = patches > 0 ? width | PATCHED : width;
    if (patches === 0) continue;
    sink.u8(patches);
    for (let i = from; i < to; i++) {
      const packed = zigzag(((values[i] as number) - base) | 0);
      if ((packed & ~mask) === 0) continue;
      sink.u8(i - from);
      sink.varint(packed >>> width);
    }
  }
}

/** Unpacks `into[first, count)`. Returns where the groups end. */
function unpack(
  bytes: Uint8Array,
  start: number,
  into: Int32Array,
  first: number,
  count: number,
): number {
  let at = start;
  for (let from = first; from < count; from += GROUP) {
    const to = Math.min(from + GROUP, count);
    const head = bytes[at++] as number;
    const width = head & ~PATCHED;
    if (width === 0) into.fill(0, from, to);
    else if (width <= 24) at = unpackGroup(bytes, at, into, from, to, width);
    else at = unpackWideGroup(bytes, at, into, from, to, width);
    if ((head & PATCHED) === 0) continue;
    for (let patches = bytes[at++] as number; patches > 0; patches--) {
      const place = from + (bytes[at++] as number);
      let high = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++] as number;
        high |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      into[place] = (into[place] as number) | (high << width);
    }
  }
  return at;
}

function unpackGroup(
  bytes: Uint8Array,
  start: number,
  into: Int32Array,
  from: number,
  to: number,
  width: number,
): number {
  const mask = (1 << width) - 1;
  let at = start;
  let bits = 0;
  let filled = 0;
  for (let i = from; i < to; i++) {
    while (filled < width) {
      bits |= (bytes[at++] as number) << filled;
      filled += 8;
    }
    into[i] = bits & mask;
    bits >>>= width;
    filled -= width;
  }
  return at;
}

/** More than 24 bits do not fit beside a byte that is not used up: byte by byte. */
function unpackWideGroup(
  bytes: Uint8Array,
  start: number,
  into: Int32Array,
  from: number,
  to: number,
  width: number,
): number {
  let bit = start * 8;
  for (let i = from; i < to; i++) {
    let value = 0;
    for (let got = 0; got < width; ) {
      const used = Math.min(8 - (bit & 7), width - got);
      const part = ((bytes[bit >> 3] as number) >> (bit & 7)) & ((1 << used) - 1);
      value |= part << got;
      got += used;
      bit += used;
    }
    into[i] = value;
  }
  return (bit + 7) >> 3;
}

const i32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24);
