/**
 * The byte messages of one mailbox, one after the other in one buffer: no object for a message.
 *
 *   ──▶ free ── record being read ── head ── records that wait ── tail ──▶ (round the buffer)
 *
 * Most mailboxes are empty when a message comes, and it alone needs no buffer: a short one lies in a place of
 * the thread's own, as long as there are free ones.
 *
 *   record:  0         4        8           16
 *            length    tag u32  atMs f64    bytes, padded to a multiple of 8
 *
 * A record is never split: where the rest of the buffer is too short, a `WRAP` in place of the length
 * says that the next one is at the start. The buffer doubles up to a bound and is given back when
 * empty.
 */
import { WordCopy } from "./word-copy.ts";

const HEADER_BYTES = 16;
const WRAP = 0xffff_ffff;
const BUFFER_BYTES_MIN = 1_024;
/**
 * Of each size up to the largest kept, for reuse by the mailboxes of this thread: 2 MiB in all. A
 * mailbox that is drained between bursts would else make and copy seven buffers for each burst.
 */
const KEPT_BYTES_MAX = 256 * 1_024;
const KEPT_BUFFER_BYTES_MAX = 128 * 1_024;
const copier = new WordCopy();

/** A place for a lone record of up to 256 bytes, a wire frame of any kind. */
const ALONE_BYTES_MAX = 256;
/** A megabyte of addresses; of memory, as many as were in use at once. */
const PLACES = 4_096;
const NO_PLACE = -1;
const placeBytes = new Uint8Array(PLACES * ALONE_BYTES_MAX);
const placeInts = new Int32Array(placeBytes.buffer);
const freePlaces = new Int32Array(PLACES);
/** The one used last is used next, while it is at hand. */
let freeCount = PLACES;
for (let i = 0; i < PLACES; i += 1) freePlaces[i] = (PLACES - 1 - i) * ALONE_BYTES_MAX;

function givePlaceBack(place: number): void {
  freePlaces[freeCount] = place;
  freeCount += 1;
}

class RecordBuffer {
  readonly size: number;
  readonly bytes: Uint8Array;
  /** Lengths and tags, as u32. */
  readonly words: Uint32Array;
  readonly ints: Int32Array;
  readonly times: Float64Array;

  constructor(size: number) {
    const memory = new ArrayBuffer(size);
    this.size = size;
    this.bytes = new Uint8Array(memory);
    this.words = new Uint32Array(memory);
    this.ints = new Int32Array(memory);
    this.times = new Float64Array(memory);
  }
}

const NO_BUFFER = new RecordBuffer(0);
const NO_BYTES = NO_BUFFER.bytes;
/** By log2 of the size. */
const kept: RecordBuffer[][] = Array.from({ length: 32 }, () => []);

export class ByteRing {
  /** The record last taken is `bytes[start, end)`, until `release`. */
  bytes: Uint8Array = NO_BYTES;
  start = 0;
  end = 0;
  tag = 0;
  atMs = 0;

  /** Where the lone record lies that waits, its length, tag and time; and the place of the one being read. */
  #alone = NO_PLACE;
  #aloneLength = 0;
  #aloneTag = 0;
  #aloneAtMs = 0;
  #reading = NO_PLACE;

  readonly #sizeMax: number;
  /** Of the next buffer: what the last one had come to, or half of it where little of it was used. */
  #firstSize = BUFFER_BYTES_MIN;
  #buffer = NO_BUFFER;
  /** Positions that only grow, modulo 2^32; the offset in the buffer is position & (size - 1). */
  #free = 0;
  #head = 0;
  #tail = 0;

  /** `sizeMax` is a power of two. */
  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  /** Of the records that wait, and what is skipped between them. */
  get waitingBytes(): number {
    const alone = this.#alone === NO_PLACE ? 0 : recordBytes(this.#aloneLength);
    return alone + ((this.#tail - this.#head) | 0);
  }

  /** False when no more than `sizeMax` may wait, or there is no room for it in a buffer of that size. */
  put(
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
    sizeMax = this.#sizeMax,
  ): boolean {
    const length = end - start;
    const isAlone = this.#alone === NO_PLACE && this.#head === this.#tail;
    if (isAlone && length <= ALONE_BYTES_MAX && freeCount > 0) {
      freeCount -= 1;
      const place = freePlaces[freeCount] as number;
      copier.copy(bytes, start, end, placeBytes, placeInts, place);
      this.#alone = place;
      this.#aloneLength = length;
      this.#aloneTag = tag;
      this.#aloneAtMs = atMs;
      return true;
    }
    return this.#putBehind(bytes, start, end, tag, atMs, sizeMax);
  }

  #putBehind(
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
    sizeMax: number,
  ): boolean {
    const length = end - start;
    const need = recordBytes(length);
    // A buffer that once had to be larger still holds no more than it should.
    if (((this.#tail - this.#head) | 0) + need > sizeMax) return false;
    while (!this.#fits(need)) {
      if (!this.#grow(sizeMax)) return false;
    }
    const { size, bytes: target, words, ints, times } = this.#buffer;
    let at = this.#tail & (size - 1);
    if (at + need > size) {
      words[at >> 2] = WRAP;
      this.#tail = (this.#tail + size - at) | 0;
      at = 0;
    }
    words[at >> 2] = length;
    words[(at >> 2) + 1] = tag;
    times[(at >> 3) + 1] = atMs;
    copier.copy(bytes, start, end, target, ints, at + HEADER_BYTES);
    this.#tail = (this.#tail + need) | 0;
    return true;
  }

  /** Makes the oldest waiting record the one that `bytes`, `start`, `end`, `tag`, `atMs` speak of. */
  take(): void {
    if (this.#alone !== NO_PLACE) {
      const place = this.#alone;
      this.bytes = placeBytes;
      this.start = place;
      this.end = place + this.#aloneLength;
      this.tag = this.#aloneTag;
      this.atMs = this.#aloneAtMs;
      this.#alone = NO_PLACE;
      this.#reading = place;
      return;
    }
    const at = this.#seekRecord();
    const { bytes, words, times } = this.#buffer;
    const length = words[at >> 2] as number;
    this.bytes = bytes;
    this.start = at + HEADER_BYTES;
    this.end = this.start + length;
    this.tag = words[(at >> 2) + 1] as number;
    this.atMs = times[(at >> 3) + 1] as number;
    this.#head = (this.#head + recordBytes(length)) | 0;
  }

  /** Gives back the room of what was taken. */
  release(): void {
    if (this.#reading !== NO_PLACE) {
      givePlaceBack(this.#reading);
      this.#reading = NO_PLACE;
    }
    this.bytes = NO_BYTES;
    this.#free = this.#head;
    if (this.#head === this.#tail && this.#buffer !== NO_BUFFER) this.#giveBack();
  }

  /** Drops the oldest waiting record, also while another is being read. */
  drop(): void {
    if (this.#alone !== NO_PLACE) {
      givePlaceBack(this.#alone);
      this.#alone = NO_PLACE;
      return;
    }
    const at = this.#seekRecord();
    this.#head = (this.#head + recordBytes(this.#buffer.words[at >> 2] as number)) | 0;
    if (this.bytes === NO_BYTES) this.release();
  }

  /** Offset of the record at `head`, past a `WRAP`. */
  #seekRecord(): number {
    const { size, words } = this.#buffer;
    const at = this.#head & (size - 1);
    if (words[at >> 2] !== WRAP) return at;
    this.#head = (this.#head + size - at) | 0;
    return 0;
  }

  #fits(need: number): boolean {
    const { size } = this.#buffer;
    if (size === 0) return false;
    const rest = size - (this.#tail & (size - 1));
    const used = (this.#tail - this.#free) | 0;
    return used + (need <= rest ? need : rest + need) <= size;
  }

  /** A record being read stays in the old buffer, which its reader holds. */
  #grow(sizeMax: number): boolean {
    const old = this.#buffer;
    if (old.size >= sizeMax) return false;
    const grown = old.size === 0 ? firstBuffer(this.#firstSize) : bufferOf(old.size * 2);
    let tail = 0;
    while (this.#head !== this.#tail) {
      const at = this.#seekRecord();
      const need = recordBytes(old.words[at >> 2] as number);
      grown.bytes.set(old.bytes.subarray(at, at + need), tail);
      tail += need;
      this.#head = (this.#head + need) | 0;
    }
    if (this.bytes !== old.bytes) keep(old);
    this.#buffer = grown;
    this.#free = 0;
    this.#head = 0;
    this.#tail = tail;
    return true;
  }

  #giveBack(): void {
    const { size } = this.#buffer;
    // The tail began at 0: it says how much the buffer has held in all.
    const next = this.#tail >>> 0 > size >> 2 ? size : size >> 1;
    this.#firstSize = Math.max(BUFFER_BYTES_MIN, Math.min(next, KEPT_BUFFER_BYTES_MAX));
    keep(this.#buffer);
    this.#buffer = NO_BUFFER;
    this.#free = 0;
    this.#head = 0;
    this.#tail = 0;
  }
}

const sizeClass = (size: number): RecordBuffer[] => kept[31 - Math.clz32(size)] as RecordBuffer[];

/** Large only when one is at hand, so that many mailboxes with one message each stay small. */
const firstBuffer = (size: number): RecordBuffer =>
  sizeClass(size).pop() ?? bufferOf(BUFFER_BYTES_MIN);

const bufferOf = (size: number): RecordBuffer => sizeClass(size).pop() ?? new RecordBuffer(size);

function keep(buffer: RecordBuffer): void {
  const { size } = buffer;
  if (size === 0 || size > KEPT_BUFFER_BYTES_MAX) return;
  const ofSize = sizeClass(size);
  if (ofSize.length < KEPT_BYTES_MAX / size) ofSize.push(buffer);
}

/** What a record of so many bytes takes. */
export const recordBytes = (length: number): number => HEADER_BYTES + ((length + 7) & ~7);
