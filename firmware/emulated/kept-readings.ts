/**
 * What a sealed leaf has measured and does not know to be with its hub: a ring of measurements, each
 * with the counter of the frame that carried it last.
 *
 *   keep ──▶ unsent ──writeReport──▶ sent as frame c ──answered: came──▶ forgotten
 *              ▲                          └─answered: did not come─┘
 */
import { writeGroup } from "../../transports/frame/sealed/write.ts";
import { SEALED } from "../wire/sealed-types.ts";

const UNSENT = -1;
/** Taken by the hub, or given up: its place is free once those before it are. */
const GONE = -2;

const codes = new Uint8Array(SEALED.readingsMax);
const finite = new Float64Array(SEALED.readingsMax);

export class KeptReadings {
  /** Measurements without room, whose frame nobody has answered; stays at what a heartbeat can say. */
  dropped = 0;
  readonly #channels: Uint8Array;
  readonly #capacity: number;
  readonly #atMs: Float64Array;
  readonly #counters: Float64Array;
  readonly #keyNos: Uint8Array;
  /** NaN where a channel said nothing. */
  readonly #values: Float32Array;
  #first = 0;
  #count = 0;

  constructor(channels: Uint8Array, capacity: number) {
    this.#channels = channels;
    this.#capacity = capacity;
    this.#atMs = new Float64Array(capacity);
    this.#counters = new Float64Array(capacity);
    this.#keyNos = new Uint8Array(capacity);
    this.#values = new Float32Array(capacity * channels.length);
  }

  /** Measurements that it holds: the last so many that were kept. */
  get count(): number {
    return this.#count;
  }

  /** Measurements that are to be sent, for the first time or again. */
  get unsent(): number {
    let unsent = 0;
    for (let n = 0; n < this.#count; n++) if (this.#counters[this.#at(n)] === UNSENT) unsent += 1;
    return unsent;
  }

  /** Time to ask: half of the room is taken by what has not been answered. */
  get isFilling(): boolean {
    return this.#count > this.#capacity / 2;
  }

  keep(atMs: number, values: Float64Array): void {
    if (this.#count === this.#capacity) this.#forgetFirst();
    const at = this.#at(this.#count);
    this.#count += 1;
    this.#atMs[at] = atMs;
    this.#counters[at] = UNSENT;
    this.#values.set(values, at * this.#channels.length);
  }

  #forgetFirst(): void {
    if (this.#counters[this.#first] !== GONE && this.dropped < 0xffff) this.dropped += 1;
    this.#first = (this.#first + 1) % this.#capacity;
    this.#count -= 1;
  }

  /** Groups of as many unsent measurements as fit, oldest first, that go with frame `counter`. */
  writeReport(
    frame: Uint8Array,
    from: number,
    nowMs: number,
    counter: number,
    keyNo: number,
  ): number {
    let at = from;
    for (let n = 0; n < this.#count; n++) {
      const slot = this.#at(n);
      if (this.#counters[slot] !== UNSENT) continue;
      const count = this.#finiteOf(slot);
      const end = at + SEALED.groupHeaderBytes + count * SEALED.readingBytes;
      if (end - from > SEALED.payloadBytesMax) break;
      const ageMs = Math.min(
        0xffffffff,
        Math.max(0, Math.round(nowMs - (this.#atMs[slot] as number))),
      );
      at = writeGroup(frame, at, ageMs, codes, finite, count);
      this.#counters[slot] = counter;
      this.#keyNos[slot] = keyNo;
    }
    return at;
  }

  #finiteOf(slot: number): number {
    let count = 0;
    for (let n = 0; n < this.#channels.length; n++) {
      const value = this.#values[slot * this.#channels.length + n] as number;
      if (!Number.isFinite(value)) continue;
      codes[count] = this.#channels[n] as number;
      finite[count] = value;
      count += 1;
    }
    return count;
  }

  /**
   * An ACK of frame `counter` under `keyNo`: bit n of `seenBefore` says that the frame n + 1 before it came.
   * What lies further back, or went under another key, is given up: it may have come.
   */
  answered(counter: number, keyNo: number, seenBefore: number): void {
    for (let n = 0; n < this.#count; n++) {
      const slot = this.#at(n);
      const sent = this.#counters[slot] as number;
      if (sent < 0 || sent > counter) continue;
      const back = counter - 1 - sent;
      const isKnown = back >= 0 && back < SEALED.seenFrames && this.#keyNos[slot] === keyNo;
      const isLost = isKnown && (seenBefore & (1 << back)) === 0;
      this.#counters[slot] = isLost ? UNSENT : GONE;
    }
    while (this.#count > 0 && this.#counters[this.#first] === GONE) this.#forgetFirst();
  }

  #at(n: number): number {
    return (this.#first + n) % this.#capacity;
  }
}
