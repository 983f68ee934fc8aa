/**
 * A byte ring in shared memory for one producer and one consumer thread, with records of any length
 * up to a quarter of its size.
 *
 *   write … write ── publish ──▶ tail │ ring │ head ◀── release ── next … next
 *
 * Neither side locks: the producer alone moves `tail`, the consumer alone moves `head`, and each
 * moves its counter once for many records. `Atomics.store` of a counter makes all plain writes
 * before it visible to whoever loads the counter with `Atomics.load`.
 */
import { WordCopy } from "../word-copy.ts";
import { KIND, RECORD, RETIRED, RING } from "./shared-layout.ts";

/** A record ends at a multiple of eight, so that numbers in a header are aligned. */
const recordBytes = (payloadBytes: number): number => (RECORD.headerBytes + payloadBytes + 7) & ~7;

class RingMemory {
  readonly header: Int32Array;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly ints: Int32Array;
  readonly floats: Float64Array;
  readonly size: number;

  constructor(memory: SharedArrayBuffer, offset: number, size: number) {
    const dataAt = offset + RING.headerBytes;
    this.header = new Int32Array(memory, offset, RING.headerBytes / 4);
    this.bytes = new Uint8Array(memory, dataAt, size);
    this.words = new Uint32Array(memory, dataAt, size / 4);
    this.ints = new Int32Array(memory, dataAt, size / 4);
    this.floats = new Float64Array(memory, dataAt, size / 8);
    this.size = size;
  }
}

export class RingWriter {
  readonly #memory: RingMemory;
  readonly #epoch: number;
  readonly #copier = new WordCopy();
  /** Ahead of the published tail by what `publish` has not shown yet. */
  #tail: number;
  #publishedTail: number;
  /** The consumer's head as last seen: read again only when the ring seems full. */
  #head: number;
  #sent = 0;
  #full = 0;

  constructor(memory: SharedArrayBuffer, offset: number, size: number, epoch: number) {
    this.#memory = new RingMemory(memory, offset, size);
    this.#epoch = epoch;
    this.#tail = Atomics.load(this.#memory.header, RING.tail);
    this.#publishedTail = this.#tail;
    this.#head = Atomics.load(this.#memory.header, RING.head);
  }

  /** Largest payload that always fits into the empty ring, wherever its tail is. */
  get payloadBytesMax(): number {
    return this.#memory.size / 2 - RECORD.headerBytes;
  }

  /** Writes one record, unseen by the consumer until `publish`; false when there is no room. */
  write(
    kind: number,
    target: number,
    payload: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    const { bytes, words, ints, floats, size } = this.#memory;
    const count = end - start;
    const need = recordBytes(count);
    let at = this.#tail & (size - 1);
    const toEnd = size - at;
    const skipped = toEnd < need ? toEnd : 0;
    if (!this.#hasRoom(skipped + need)) return false;

    if (skipped > 0) {
      words[at >> 2] = KIND.skip;
      at = 0;
    }
    words[at >> 2] = (count << RECORD.kindBits) | kind;
    words[(at >> 2) + 1] = tag;
    floats[(at >> 3) + 1] = target;
    floats[(at >> 3) + 2] = atMs;
    this.#copier.copy(payload, start, end, bytes, ints, at + RECORD.headerBytes);
    this.#tail = (this.#tail + skipped + need) | 0;
    this.#sent = (this.#sent + 1) | 0;
    return true;
  }

  /** Written and not yet published. */
  get hiddenBytes(): number {
    return (this.#tail - this.#publishedTail) | 0;
  }

  /** Shows the consumer all that was written; returns how many bytes that was. */
  publish(): number {
    const { hiddenBytes } = this;
    if (hiddenBytes === 0 || this.retired) return 0;
    const { header } = this.#memory;
    header[RING.sent] = this.#sent;
    Atomics.store(header, RING.tail, this.#tail);
    this.#publishedTail = this.#tail;
    return hiddenBytes;
  }

  /** One of the two threads was replaced: what is written here is never published. */
  get retired(): boolean {
    return Atomics.load(this.#memory.header, RING.epoch) !== this.#epoch;
  }

  /** Bytes of side blocks that the consumer has taken over, mod 2^32. */
  get blockBytesTaken(): number {
    return Atomics.load(this.#memory.header, RING.blockBytesTaken);
  }

  /**
   * Asks to be rung when the consumer next gives room back. Whoever asks must look for room once
   * more afterwards: the consumer may have given it back just before it could see the flag.
   */
  wantRoom(): void {
    const { header } = this.#memory;
    this.#full = (this.#full + 1) | 0;
    header[RING.full] = this.#full;
    Atomics.store(header, RING.wantsRoom, 1);
  }

  #hasRoom(need: number): boolean {
    const { header, size } = this.#memory;
    if (size - ((this.#tail - this.#head) | 0) >= need) return true;
    this.#head = Atomics.load(header, RING.head);
    return size - ((this.#tail - this.#head) | 0) >= need;
  }
}

/** A cursor over the arrived records; its fields describe the one that `next` stepped onto. */
export class RingReader {
  kind = 0;
  target = 0;
  atMs = 0;
  tag = 0;
  /** The payload is `bytes[start, end)`, valid until `release`. */
  start = 0;
  end = 0;
  readonly bytes: Uint8Array;
  /** The same memory as words: a payload begins with a whole one. */
  readonly words: Int32Array;

  readonly #memory: RingMemory;
  #head: number;
  #releasedHead: number;
  #tail: number;
  #received = 0;
  #blockBytesTaken = 0;

  constructor(memory: SharedArrayBuffer, offset: number, size: number) {
    this.#memory = new RingMemory(memory, offset, size);
    this.bytes = this.#memory.bytes;
    this.words = this.#memory.ints;
    this.#head = Atomics.load(this.#memory.header, RING.head);
    this.#releasedHead = this.#head;
    this.#tail = this.#head;
  }

  /** Whether a published record waits. */
  arrived(): boolean {
    return Atomics.load(this.#memory.header, RING.tail) !== this.#head;
  }

  /** Takes notice of what has been published by now: as far as `next` goes. */
  look(): void {
    this.#tail = Atomics.load(this.#memory.header, RING.tail);
  }

  /** Steps onto the next record seen by the last look; false when there is none. */
  next(): boolean {
    const { words, floats, size } = this.#memory;
    if (this.#head === this.#tail) return false;
    let at = this.#head & (size - 1);
    let head = words[at >> 2] as number;
    if (head === KIND.skip) {
      this.#head = (this.#head + size - at) | 0;
      at = 0;
      head = words[0] as number;
    }
    const count = head >>> RECORD.kindBits;
    const need = recordBytes(count);
    if (at + need > size || need > ((this.#tail - this.#head) | 0)) return this.#passOver();
    this.kind = head & RECORD.kindMask;
    this.tag = words[(at >> 2) + 1] as number;
    this.target = floats[(at >> 3) + 1] as number;
    this.atMs = floats[(at >> 3) + 2] as number;
    this.start = at + RECORD.headerBytes;
    this.end = this.start + count;
    this.#head = (this.#head + need) | 0;
    this.#received = (this.#received + 1) | 0;
    return true;
  }

  /** The ring's memory is damaged: where the next record begins is not known. */
  #passOver(): true {
    this.kind = KIND.unreadable;
    this.target = 0;
    this.start = 0;
    this.end = 0;
    this.#head = this.#tail;
    return true;
  }

  /** Counts a side block as taken over, which makes room for others. */
  takeBlock(bytes: number): void {
    this.#blockBytesTaken = (this.#blockBytesTaken + bytes) | 0;
  }

  /** Gives the read records' room back; true when the producer waits for it and must be rung. */
  release(): boolean {
    if (this.#head === this.#releasedHead) return false;
    const { header } = this.#memory;
    header[RING.received] = this.#received;
    Atomics.store(header, RING.blockBytesTaken, this.#blockBytesTaken);
    Atomics.store(header, RING.head, this.#head);
    this.#releasedHead = this.#head;
    return (
      Atomics.load(header, RING.wantsRoom) === 1 &&
      Atomics.compareExchange(header, RING.wantsRoom, 1, 0) === 1
    );
  }
}

/** Marks a fresh ring as made for this epoch of its two threads. */
export function initRing(memory: SharedArrayBuffer, offset: number, epoch: number): void {
  Atomics.store(new Int32Array(memory, offset), RING.epoch, epoch);
}

/** From now on its producer's writes are refused. */
export function retireRing(memory: SharedArrayBuffer, offset: number): void {
  Atomics.store(new Int32Array(memory, offset), RING.epoch, RETIRED);
}
