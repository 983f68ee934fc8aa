/**
 * The frames of one leaf on one day (UTC), a column each channel and one of times, which the readings
 * of a frame share. Little-endian, columns as in packed-column.ts:
 *
 *   0     1         2           4            8           12
 *   2     shapes u8 frames u16  firstMs u32  lastMs u32  shapes… │ times │ shape of each frame │ channels…
 *
 *   shape:   count u8, channels u8[count]     in the order in which the frames had them
 *   times:   bytes u32, column                ms since the day's start, in the order in which they came
 *   shape of each frame: bytes u32, column    only if there is more than one shape
 *   channel: code u8, bytes u32, kind u8, …   its values in the order in which they came
 *     kind 0:  column of the values' bits
 *     kind 1:  distinct u16, column of the distinct values' bits, upwards │ column of their ranks
 *
 * `firstMs` and `lastMs` are the least and the greatest time. A float32 counts as the whole number that
 * orders like it: its bits, those after the sign inverted if it is negative. Sensors have few distinct
 * values, and ranks of neighbours are near: 1.4 bytes a sample with the times, in an office.
 *
 * Version 1 is read by version-1.ts.
 */
import { MycelError } from "../../runtime/errors.ts";
import type { ByteSink } from "./byte-sink.ts";
import { RECORD } from "./messages.ts";
import { readColumn, writeColumn } from "./packed-column.ts";

const VERSION = 2;
const HEADER_BYTES = 12;
const KIND = { plain: 0, ranked: 1 } as const;
const NEVER_MS = 0xffff_ffff;

/** Pages of LMDB have 4 KiB: a full block of four channels fills three. */
export const BLOCK_FRAMES_MAX = 2_048;
/** As many as those have with four channels, so that wide frames make no block that is long to rewrite. */
export const BLOCK_SAMPLES_MAX = 8_192;
/** A leaf has a handful; a frame of one more begins another block. */
export const SHAPES_MAX = 64;

class Values {
  bits = new Int32Array(256);
  count = 0;

  /** Room for `count` in all. */
  reserve(count: number): void {
    if (count <= this.bits.length) return;
    const larger = new Int32Array(Math.max(count, 2 * this.bits.length));
    larger.set(this.bits);
    this.bits = larger;
  }
}

/** Frames on their way into a block or out of one; used again for leaf after leaf. */
export class LeafFrames {
  count = 0;
  /** Of each frame, ms since the day's start. */
  readonly timesMs = new Int32Array(BLOCK_FRAMES_MAX);
  /** Of each frame, which of `#shapes` it has. */
  readonly #shapeOf = new Int32Array(BLOCK_FRAMES_MAX);
  readonly #shapes: Uint8Array[] = [];
  /** By code. */
  readonly #values: (Values | undefined)[] = new Array(256);
  #last = 0;
  #samples = 0;

  clear(): void {
    this.count = 0;
    this.#samples = 0;
    this.#shapes.length = 0;
    for (const values of this.#values) if (values !== undefined) values.count = 0;
  }

  /** No further frame may find room. */
  get isFull(): boolean {
    return (
      this.count === BLOCK_FRAMES_MAX || this.#samples > BLOCK_SAMPLES_MAX - RECORD.readingsMax
    );
  }

  /** Takes a frame's readings as they lie in a record; false when there is no room for it. */
  add(timeMs: number, bytes: Uint8Array, at: number, readings: number): boolean {
    if (this.isFull) return false;
    const shape = this.#shapeFor(bytes, at, readings);
    if (shape === undefined) return false;
    this.timesMs[this.count] = timeMs;
    this.#shapeOf[this.count] = shape;
    this.count += 1;
    this.#samples += readings;
    let reading = at;
    for (let i = 0; i < readings; i++, reading += RECORD.readingBytes) {
      const values = this.#valuesOf(bytes[reading] as number);
      if (values.count === values.bits.length) values.reserve(values.count + 1);
      values.bits[values.count++] =
        (bytes[reading + 1] as number) |
        ((bytes[reading + 2] as number) << 8) |
        ((bytes[reading + 3] as number) << 16) |
        ((bytes[reading + 4] as number) << 24);
    }
    return true;
  }

  #shapeFor(bytes: Uint8Array, at: number, readings: number): number | undefined {
    const shapes = this.#shapes;
    if (this.#last < shapes.length && hasShape(shapes[this.#last], bytes, at, readings)) {
      return this.#last;
    }
    for (let i = 0; i < shapes.length; i++) {
      if (!hasShape(shapes[i], bytes, at, readings)) continue;
      this.#last = i;
      return i;
    }
    if (shapes.length === SHAPES_MAX) return undefined;
    const shape = new Uint8Array(readings);
    for (let i = 0; i < readings; i++) shape[i] = bytes[at + i * RECORD.readingBytes] as number;
    this.#last = shapes.push(shape) - 1;
    return this.#last;
  }

  #valuesOf(channel: number): Values {
    let values = this.#values[channel];
    if (values === undefined) {
      values = new Values();
      this.#values[channel] = values;
    }
    return values;
  }

  write(sink: ByteSink): void {
    let firstMs = NEVER_MS;
    let lastMs = 0;
    for (let i = 0; i < this.count; i++) {
      const timeMs = this.timesMs[i] as number;
      if (timeMs < firstMs) firstMs = timeMs;
      if (timeMs > lastMs) lastMs = timeMs;
    }
    sink.u8(VERSION);
    sink.u8(this.#shapes.length);
    sink.u16(this.count);
    sink.u32(firstMs);
    sink.u32(lastMs);
    for (const shape of this.#shapes) {
      sink.u8(shape.length);
      sink.append(shape);
    }
    writeSized(sink, () => writeColumn(sink, this.timesMs, this.count));
    if (this.#shapes.length > 1)
      writeSized(sink, () => writeColumn(sink, this.#shapeOf, this.count));
    for (let channel = 0; channel < 256; channel++) {
      const values = this.#values[channel];
      if (values === undefined || values.count === 0) continue;
      sink.u8(channel);
      writeSized(sink, () => writeValues(sink, values.bits, values.count));
    }
  }

  /** Takes over a block's frames, in place of what was there. */
  read(block: Uint8Array): void {
    this.clear();
    const parts = partsOf(block);
    this.count = parts.frames;
    this.#shapes.push(...parts.shapes.map((shape) => shape.slice()));
    readColumn(block, parts.timesAt, parts.frames, this.timesMs);
    if (parts.shapesAt === undefined) this.#shapeOf.fill(0, 0, parts.frames);
    else readColumn(block, parts.shapesAt, parts.frames, this.#shapeOf);
    const counts = countsOf(parts.shapes, this.#shapeOf, parts.frames);
    for (const { channel, at } of channelsOf(block, parts.channelsAt)) {
      const values = this.#valuesOf(channel);
      values.count = counts[channel] as number;
      this.#samples += values.count;
      values.reserve(values.count);
      readValues(block, at, values.count, values.bits);
    }
  }
}

/** Least and greatest time of a block, ms since its day's start. */
export const blockFirstMs = (block: Uint8Array): number => viewOf(block).getUint32(4, true);
export const blockLastMs = (block: Uint8Array): number => viewOf(block).getUint32(8, true);

/** One channel's samples of a block; used again for block after block. */
export class ChannelSamples {
  count = 0;
  /** ms since the day's start. */
  timesMs = new Int32Array(BLOCK_FRAMES_MAX);
  /** float32 values as their bits. */
  bits = new Int32Array(BLOCK_FRAMES_MAX);
  readonly #shapeOf = new Int32Array(BLOCK_FRAMES_MAX);
  #frameTimesMs = new Int32Array(BLOCK_FRAMES_MAX);

  read(block: Uint8Array, channel: number): void {
    const { frames, shapes, timesAt, shapesAt, channelsAt } = partsOf(block);
    this.count = 0;
    const found = channelsOf(block, channelsAt).find((one) => one.channel === channel);
    if (found === undefined) return;
    const [shape] = shapes;
    if (shapesAt === undefined && shape?.indexOf(channel) === shape?.lastIndexOf(channel)) {
      this.count = frames;
      readColumn(block, timesAt, frames, this.timesMs);
    } else {
      readColumn(block, timesAt, frames, this.#frameTimesMs);
      if (shapesAt === undefined) this.#shapeOf.fill(0, 0, frames);
      else readColumn(block, shapesAt, frames, this.#shapeOf);
      this.#spreadTimes(shapes, frames, channel);
    }
    if (this.bits.length < this.count) this.bits = new Int32Array(this.timesMs.length);
    readValues(block, found.at, this.count, this.bits);
  }

  /** A time for each of the channel's values: a frame may have none, or several. */
  #spreadTimes(shapes: readonly Uint8Array[], frames: number, channel: number): void {
    const times = shapes.map((shape) =>
      shape.reduce((sum, one) => sum + (one === channel ? 1 : 0), 0),
    );
    const most = frames * Math.max(...times);
    if (this.timesMs.length < most) this.timesMs = new Int32Array(most);
    for (let i = 0; i < frames; i++) {
      const timeMs = this.#frameTimesMs[i] as number;
      for (let left = times[this.#shapeOf[i] as number] as number; left > 0; left--) {
        this.timesMs[this.count++] = timeMs;
      }
    }
  }
}

interface Parts {
  readonly frames: number;
  readonly shapes: readonly Uint8Array[];
  readonly timesAt: number;
  /** Undefined: all frames have the one shape. */
  readonly shapesAt: number | undefined;
  readonly channelsAt: number;
}

function partsOf(block: Uint8Array): Parts {
  const view = viewOf(block);
  if (block[0] !== VERSION) {
    throw new MycelError(
      "E_STORE_DAMAGED",
      `A block of history has the unknown version ${block[0]}.`,
      {
        version: block[0],
      },
    );
  }
  const shapes: Uint8Array[] = [];
  let at = HEADER_BYTES;
  for (let left = block[1] as number; left > 0; left--) {
    const end = at + 1 + (block[at] as number);
    shapes.push(block.subarray(at + 1, end));
    at = end;
  }
  const timesAt = at + 4;
  at = timesAt + view.getUint32(at, true);
  const frames = view.getUint16(2, true);
  if (shapes.length < 2) return { frames, shapes, timesAt, shapesAt: undefined, channelsAt: at };
  const shapesAt = at + 4;
  return { frames, shapes, timesAt, shapesAt, channelsAt: shapesAt + view.getUint32(at, true) };
}

function channelsOf(block: Uint8Array, start: number): { channel: number; at: number }[] {
  const view = viewOf(block);
  const found: { channel: number; at: number }[] = [];
  for (let at = start; at < block.length; at += 5 + view.getUint32(at + 1, true)) {
    found.push({ channel: block[at] as number, at: at + 5 });
  }
  return found;
}

/** Values of each channel, by code. */
function countsOf(shapes: readonly Uint8Array[], shapeOf: Int32Array, frames: number): Int32Array {
  const framesOf = new Int32Array(shapes.length);
  for (let i = 0; i < frames; i++) {
    const shape = shapeOf[i] as number;
    framesOf[shape] = (framesOf[shape] as number) + 1;
  }
  const counts = new Int32Array(256);
  for (const [i, shape] of shapes.entries()) {
    for (const channel of shape) {
      counts[channel] = (counts[channel] as number) + (framesOf[i] as number);
    }
  }
  return counts;
}

function hasShape(
  shape: Uint8Array | undefined,
  bytes: Uint8Array,
  at: number,
  readings: number,
): boolean {
  if (shape === undefined || shape.length !== readings) return false;
  for (let i = 0; i < readings; i++) {
    if (bytes[at + i * RECORD.readingBytes] !== shape[i]) return false;
  }
  return true;
}

function writeSized(sink: ByteSink, write: () => void): void {
  const head = sink.take(4);
  const start = sink.end;
  write();
  sink.view.setUint32(head, sink.end - start, true);
}

/** Bits of a float32 to the number that orders like it, and back. */
const ordered = (bits: number): number => (bits < 0 ? bits ^ 0x7fff_ffff : bits);

let numbers = new Int32Array(BLOCK_FRAMES_MAX);
let ranks = new Int32Array(BLOCK_FRAMES_MAX);
/** Open addressing, at most half full: `slots` has 1 + the place in `distinct`, or 0. */
let slots = new Int32Array(4 * BLOCK_FRAMES_MAX);
let distinct = new Int32Array(BLOCK_FRAMES_MAX);
let rankOfPlace = new Int32Array(BLOCK_FRAMES_MAX);

function reserveScratch(count: number): void {
  if (numbers.length >= count) return;
  numbers = new Int32Array(count);
  ranks = new Int32Array(count);
  distinct = new Int32Array(count);
  rankOfPlace = new Int32Array(count);
  slots = new Int32Array(4 * 2 ** Math.ceil(Math.log2(count)));
}

function writeValues(sink: ByteSink, bits: Int32Array, count: number): void {
  reserveScratch(count);
  for (let i = 0; i < count; i++) numbers[i] = ordered(bits[i] as number);
  const found = rank(count);
  const start = sink.end;
  if (found <= 0xffff) {
    sink.u8(KIND.ranked);
    sink.u16(found);
    writeColumn(sink, distinct, found);
    if (found > 1) writeColumn(sink, ranks, count);
    // Values that rarely come twice may be shorter as they are.
    if (4 * found <= count) return;
  }
  const rankedBytes = sink.end - start;
  const plainAt = sink.end;
  sink.u8(KIND.plain);
  writeColumn(sink, numbers, count);
  const plainBytes = sink.end - plainAt;
  if (rankedBytes > 0 && rankedBytes <= plainBytes) sink.end = plainAt;
  else {
    sink.bytes.copyWithin(start, plainAt, sink.end);
    sink.end = start + plainBytes;
  }
}

/** Sorts the distinct ones of `numbers` into `distinct`, and their places into `ranks`; returns how many. */
function rank(count: number): number {
  const slotBits = 33 - Math.clz32(Math.max(count - 1, 1));
  const mask = 2 ** slotBits - 1;
  slots.fill(0, 0, mask + 1);
  let found = 0;
  let last = 0;
  let lastPlace = -1;
  for (let i = 0; i < count; i++) {
    const number = numbers[i] as number;
    if (number === last && lastPlace >= 0) {
      ranks[i] = lastPlace;
      continue;
    }
    // Knuth's multiplicative hash: TAOCP 3, 6.4.
    let slot = Math.imul(number, 0x9e37_79b1) >>> (32 - slotBits);
    let place = -1;
    for (;;) {
      const entry = slots[slot] as number;
      if (entry === 0) {
        place = found++;
        distinct[place] = number;
        slots[slot] = place + 1;
        break;
      }
      if (distinct[entry - 1] === number) {
        place = entry - 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
    ranks[i] = place;
    last = number;
    lastPlace = place;
  }
  sortPlaces(found);
  for (let i = 0; i < count; i++) ranks[i] = rankOfPlace[ranks[i] as number] as number;
  return found;
}

/** Number and place as one float64, so that the engine's own sort of numbers does it. */
let keys = new Float64Array(BLOCK_FRAMES_MAX);
const PLACES = 2 ** 20;

function sortPlaces(found: number): void {
  if (keys.length < found) keys = new Float64Array(2 * found);
  for (let place = 0; place < found; place++) {
    keys[place] = (distinct[place] as number) * PLACES + place;
  }
  const sorted = keys.subarray(0, found).sort();
  for (let i = 0; i < found; i++) {
    const key = sorted[i] as number;
    const number = Math.floor(key / PLACES);
    rankOfPlace[key - number * PLACES] = i;
    distinct[i] = number;
  }
}

function readValues(block: Uint8Array, at: number, count: number, into: Int32Array): void {
  if (block[at] === KIND.plain) {
    readColumn(block, at + 1, count, into);
    for (let i = 0; i < count; i++) into[i] = ordered(into[i] as number);
    return;
  }
  const found = viewOf(block).getUint16(at + 1, true);
  reserveScratch(found);
  const ranksAt = readColumn(block, at + 3, found, distinct);
  for (let i = 0; i < found; i++) distinct[i] = ordered(distinct[i] as number);
  if (found === 1) {
    into.fill(distinct[0] as number, 0, count);
    return;
  }
  readColumn(block, ranksAt, count, into);
  for (let i = 0; i < count; i++) into[i] = distinct[into[i] as number] as number;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
