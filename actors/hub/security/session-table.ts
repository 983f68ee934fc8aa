/**
 * Keys and replay windows of all leaves of a node in one SharedArrayBuffer, a row each: what opens the
 * next sealed frame outlives a hub's restart and the loss of its thread without a word from the store.
 *
 *   row, 184 B:  paired active │ eui │ downlink pairCounter sinceMs f64 │ slot 0, 72 B │ slot 1, 72 B
 *   slot:        keyNo used │ key 16 B │ highest │ floor │ mark │ answered f64 │ ring 128 bits
 *
 * A slot is one generation of a leaf's key with the counters of its own: `highest` accepted, up to
 * `floor` nothing is accepted any more, up to `mark` the store allows to accept (replay-marks.ts), and
 * below `answered` nothing is: a leaf was told there what had come, and sends the rest again.
 * Only the hub's thread writes a row. The order of its stores is such that a thread lost between any
 * two of them leaves a window that refuses too much, never too little.
 */
import { SEALED } from "../../../firmware/wire/sealed-types.ts";
import { invariant } from "../../../runtime/invariant.ts";

/** The name under which the node shares the table: `ctx.shared(SESSION_TABLE)`. */
export const SESSION_TABLE = "sessionTable";

export const KEY_BYTES = 16;
/** Of a leaf's device: 8 bytes as it sends them. */
export const EUI_BYTES = 8;
/** Before any counter. */
export const NONE = -1;

/**
 * A ring of 4 words after RFC 6479: the word that the newest counter lies in is only partly used, so
 * that 96 counters back are known for sure. UDP and mesh radio reorder by a handful.
 */
const RING_WORDS = 4;
export const WINDOW = (RING_WORDS - 1) * 32;

const ROW = {
  paired: 0,
  active: 1,
  eui: 2,
  downlink: 4,
  pairCounter: 6,
  sinceMs: 8,
  slots: 10,
  words: 46,
};
const SLOT = {
  keyNo: 0,
  used: 1,
  key: 2,
  highest: 6,
  floor: 8,
  mark: 10,
  answered: 12,
  ring: 14,
  words: 18,
};
const HEADER_WORDS = 16;

export type SlotNo = 0 | 1;

export const createSessionTable = ({ rowsMax }: { readonly rowsMax: number }): SharedArrayBuffer =>
  new SharedArrayBuffer((HEADER_WORDS + rowsMax * ROW.words) * 4);

export class SessionTable {
  readonly rowsMax: number;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Uint8Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#doubles = new Float64Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.rowsMax = (this.#words.length - HEADER_WORDS) / ROW.words;
  }

  isPaired(row: number): boolean {
    return this.#words[this.#row(row) + ROW.paired] === 1;
  }
  setPaired(row: number, isPaired: boolean): void {
    this.#words[this.#row(row) + ROW.paired] = isPaired ? 1 : 0;
  }

  /** Which slot holds the key in force; the other may hold its successor. */
  active(row: number): SlotNo {
    return this.#words[this.#row(row) + ROW.active] as SlotNo;
  }
  setActive(row: number, slot: SlotNo): void {
    this.#words[this.#row(row) + ROW.active] = slot;
  }

  /** The slot that holds this generation; undefined when neither does. */
  slotOf(row: number, keyNo: number): SlotNo | undefined {
    const at = this.#row(row) + ROW.slots;
    const words = this.#words;
    if (words[at + SLOT.keyNo] === keyNo && words[at + SLOT.used] === 1) return 0;
    const next = at + SLOT.words;
    return words[next + SLOT.keyNo] === keyNo && words[next + SLOT.used] === 1 ? 1 : undefined;
  }

  /** 0: empty, since generations of leaf keys count from 1. */
  keyNo(row: number, slot: SlotNo): number {
    const at = this.#slot(row, slot);
    return this.#words[at + SLOT.used] === 1 ? (this.#words[at + SLOT.keyNo] as number) : 0;
  }

  /** A view of shared memory: copied by who keeps it. */
  key(row: number, slot: SlotNo): Uint8Array {
    const at = (this.#slot(row, slot) + SLOT.key) * 4;
    return this.#bytes.subarray(at, at + KEY_BYTES);
  }

  /** A fresh generation: it has accepted nothing, and may nothing yet. */
  setKey(row: number, slot: SlotNo, keyNo: number, key: Uint8Array): void {
    this.clearSlot(row, slot);
    const at = this.#slot(row, slot);
    this.#bytes.set(key, (at + SLOT.key) * 4);
    this.#words[at + SLOT.keyNo] = keyNo;
    this.restore(row, slot, NONE, NONE, NONE);
    this.#words[at + SLOT.used] = 1;
  }

  clearSlot(row: number, slot: SlotNo): void {
    const at = this.#slot(row, slot);
    this.#words[at + SLOT.used] = 0;
    this.#words.fill(0, at, at + SLOT.words);
  }

  eui(row: number): Uint8Array {
    const at = (this.#row(row) + ROW.eui) * 4;
    return this.#bytes.subarray(at, at + EUI_BYTES);
  }
  setEui(row: number, eui: Uint8Array): void {
    this.#bytes.set(eui, (this.#row(row) + ROW.eui) * 4);
  }

  /** Of the newest pairing request of this device, so that an old one pairs nothing. */
  pairCounter(row: number): number {
    return this.#doubles[(this.#row(row) + ROW.pairCounter) / 2] as number;
  }
  setPairCounter(row: number, counter: number): void {
    this.#doubles[(this.#row(row) + ROW.pairCounter) / 2] = counter;
  }

  /** Since when the key in force is. */
  sinceMs(row: number): number {
    return this.#doubles[(this.#row(row) + ROW.sinceMs) / 2] as number;
  }
  setSinceMs(row: number, sinceMs: number): void {
    this.#doubles[(this.#row(row) + ROW.sinceMs) / 2] = sinceMs;
  }

  /** The counter of the next frame to this leaf. */
  downlink(row: number): number {
    return this.#doubles[(this.#row(row) + ROW.downlink) / 2] as number;
  }
  setDownlink(row: number, counter: number): void {
    this.#doubles[(this.#row(row) + ROW.downlink) / 2] = counter;
  }

  highest(row: number, slot: SlotNo): number {
    return this.#doubles[(this.#slot(row, slot) + SLOT.highest) / 2] as number;
  }
  floor(row: number, slot: SlotNo): number {
    return this.#doubles[(this.#slot(row, slot) + SLOT.floor) / 2] as number;
  }
  mark(row: number, slot: SlotNo): number {
    return this.#doubles[(this.#slot(row, slot) + SLOT.mark) / 2] as number;
  }
  setMark(row: number, slot: SlotNo, mark: number): void {
    this.#doubles[(this.#slot(row, slot) + SLOT.mark) / 2] = mark;
  }

  /**
   * Counters as the store has them: all up to `certain` were seen, those up to `floor` may have been,
   * and `mark` is how far may be accepted.
   */
  restore(row: number, slot: SlotNo, certain: number, mark: number, floor: number): void {
    const at = this.#slot(row, slot);
    this.#doubles[(at + SLOT.mark) / 2] = mark;
    this.#doubles[(at + SLOT.floor) / 2] = floor;
    this.#doubles[(at + SLOT.highest) / 2] = certain;
    this.#doubles[(at + SLOT.answered) / 2] = NONE;
    const ring = at + SLOT.ring;
    this.#words.fill(certain === NONE ? 0 : -1, ring, ring + RING_WORDS);
    if (certain === NONE) return;
    // Of the newest word only what lies below: the rest is of counters to come.
    const bit = certain % 32;
    this.#words[ring + ringWord(certain)] = bit === 31 ? -1 : 2 ** (bit + 1) - 1;
  }

  /** Whether this counter was seen, or lies too far back to know. */
  wasSeen(row: number, slot: SlotNo, counter: number): boolean {
    const at = this.#slot(row, slot);
    return counter < (this.#doubles[(at + SLOT.answered) / 2] as number) || this.#came(at, counter);
  }

  /**
   * For an ACK of this counter: bit n says that the one n + 1 before it came, or lies too far back to
   * know. Nothing older is accepted from now on, since the leaf sends what did not come again.
   */
  answer(row: number, slot: SlotNo, counter: number): number {
    const at = this.#slot(row, slot);
    const answered = (at + SLOT.answered) / 2;
    this.#doubles[answered] = Math.max(counter, this.#doubles[answered] as number);
    let came = 0;
    for (let n = 0; n < SEALED.seenFrames; n++) {
      if (this.#came(at, counter - 1 - n)) came |= 1 << n;
    }
    return came >>> 0;
  }

  /** Whether this counter was the last that was answered: it may be asked again, its ACK being lost. */
  wasAnswered(row: number, slot: SlotNo, counter: number): boolean {
    return this.#doubles[(this.#slot(row, slot) + SLOT.answered) / 2] === counter;
  }

  #came(at: number, counter: number): boolean {
    const highest = this.#doubles[(at + SLOT.highest) / 2] as number;
    if (counter > highest) return false;
    if (counter < 0 || counter + WINDOW <= highest) return true;
    const word = this.#words[at + SLOT.ring + ringWord(counter)] as number;
    return (word & (1 << (counter % 32))) !== 0;
  }

  /** `wasSeen` was false. */
  see(row: number, slot: SlotNo, counter: number): void {
    const at = this.#slot(row, slot);
    const ring = at + SLOT.ring;
    const words = this.#words;
    const highest = this.#doubles[(at + SLOT.highest) / 2] as number;
    if (counter > highest) {
      // First, so that a thread lost here has words left that refuse too much.
      this.#doubles[(at + SLOT.highest) / 2] = counter;
      const steps = Math.floor(counter / 32) - Math.floor(highest / 32);
      const from = ringWord(counter);
      for (let back = Math.min(steps, RING_WORDS) - 1; back >= 0; back--) {
        words[ring + ((from - back) & (RING_WORDS - 1))] = 0;
      }
    }
    const word = ring + ringWord(counter);
    words[word] = (words[word] as number) | (1 << (counter % 32));
  }

  #row(row: number): number {
    invariant(row >= 0 && row < this.rowsMax, "a leaf's session lies in the table");
    return HEADER_WORDS + row * ROW.words;
  }

  #slot(row: number, slot: SlotNo): number {
    return this.#row(row) + ROW.slots + slot * SLOT.words;
  }
}

/** 2^16 is a multiple of the ring's 128 bits: the low bits of a counter say where it lies. */
const ringWord = (counter: number): number => Math.floor((counter % 128) / 32);
