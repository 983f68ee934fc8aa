/**
 * The newest state of every leaf of a node in one SharedArrayBuffer: a row is written by the thread
 * its leaf lives on and read by any other.
 *
 *   leaf actor ──RowWriter──▶ row ──changedSince · readRow──▶ page, API, metrics
 *
 * A row is guarded by a version that is odd while it is written (seqlock): readers never stop the
 * writer and read again when the version moved. Readers read every word through `Atomics`, since plain
 * accesses may pass the version word on arm64.
 *
 * Rows outlive the actors on them; the end of the process loses them (the store has the history).
 */
import { invariant } from "../../runtime/invariant.ts";
import {
  FLAG,
  MARK,
  ROW,
  rowsAt,
  SLOT,
  SLOTS_MAX,
  STANDING,
  TABLE,
  TABLE_FORMAT,
} from "./leaf-row.ts";
import type { LeafRecord } from "./messages.ts";
import { RowWriter } from "./row-writer.ts";

/** The name under which the node shares the table: `ctx.shared(LEAF_TABLE)`. */
export const LEAF_TABLE = "leafTable";

/**
 * A reader meets a writer that the system has put to sleep inside a row: far longer than a write
 * (0.3 us), far shorter than anyone would notice.
 */
const READ_TRIES_MAX = 1_000;

/** A row as read: reused from call to call, so that reading ten thousand rows makes no garbage. */
export interface LeafRow {
  row: number;
  hubNo: number;
  leafId: number;
  present: boolean;
  online: boolean;
  lowBattery: boolean;
  quarantined: boolean;
  standing: LeafRecord["standing"];
  /** 0: never heard. */
  lastSeenMs: number;
  /** 0: not told yet. */
  batteryMv: number;
  uptimeS: number;
  frames: number;
  refused: number;
  quarantinedUntilMs: number;
  unslotted: number;
  /** The first `slotsUsed` entries of the three arrays belong together. */
  slotsUsed: number;
  readonly channels: Uint8Array;
  readonly values: Float32Array;
  readonly atMs: Float64Array;
}

/** Of a row, what is shown where there are thousands: reused from call to call. */
export interface LeafBrief {
  flags: number;
  /** 0: never heard. */
  lastSeenMs: number;
  /** 0: not told yet. */
  batteryMv: number;
  /** Of the channel asked for; NaN where the leaf has none. */
  value: number;
}

export const emptyLeafBrief = (): LeafBrief => ({
  flags: 0,
  lastSeenMs: 0,
  batteryMv: 0,
  value: Number.NaN,
});

export const createLeafTable = ({ rowsMax }: { readonly rowsMax: number }): SharedArrayBuffer => {
  const buffer = new SharedArrayBuffer((rowsAt(rowsMax) + rowsMax * ROW.words) * 4);
  const words = new Int32Array(buffer);
  words[TABLE.format] = TABLE_FORMAT;
  words[TABLE.rowsMax] = rowsMax;
  words[TABLE.epoch] = 1;
  return buffer;
};

export const openLeafTable = (buffer: SharedArrayBuffer): LeafTable => new LeafTable(buffer);

export const emptyLeafRow = (): LeafRow => ({
  row: 0,
  hubNo: 0,
  leafId: 0,
  present: false,
  online: false,
  lowBattery: false,
  quarantined: false,
  standing: "stranger",
  lastSeenMs: 0,
  batteryMv: 0,
  uptimeS: 0,
  frames: 0,
  refused: 0,
  quarantinedUntilMs: 0,
  unslotted: 0,
  slotsUsed: 0,
  channels: new Uint8Array(SLOTS_MAX),
  values: new Float32Array(SLOTS_MAX),
  atMs: new Float64Array(SLOTS_MAX),
});

export class LeafTable {
  readonly rowsMax: number;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  readonly #rowsAt: number;
  /** Turns words into numbers. */
  readonly #f64 = new Float64Array(1);
  readonly #f64Words = new Int32Array(this.#f64.buffer);
  readonly #f32 = new Float32Array(1);
  readonly #f32Word = new Int32Array(this.#f32.buffer);

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    this.#floats = new Float64Array(buffer);
    invariant(this.#words[TABLE.format] === TABLE_FORMAT, "the buffer holds a leaf table");
    this.rowsMax = Atomics.load(this.#words, TABLE.rowsMax);
    this.#rowsAt = rowsAt(this.rowsMax);
  }

  /** For the one thread that writes the row. */
  writer(row: number): RowWriter {
    return new RowWriter(this.#words, this.#floats, row, this.#markAt(row), this.#at(row));
  }

  /** A single word, which needs no version. */
  flags(row: number): number {
    return Atomics.load(this.#words, this.#at(row) + ROW.flags);
  }

  /** False when the row was being written at every try; `into` is then a mixture: ask again. */
  readRow(row: number, into: LeafRow): boolean {
    const words = this.#words;
    const at = this.#at(row);
    const mark = this.#markAt(row);
    for (let tries = 0; tries < READ_TRIES_MAX; tries++) {
      const version = Atomics.load(words, mark + MARK.version);
      if ((version & 1) !== 0) continue;
      this.#copyRow(row, at, into);
      if (Atomics.load(words, mark + MARK.version) === version) return true;
    }
    return false;
  }

  /** As `readRow`, of one channel; a code that is none gives no value. */
  readBrief(row: number, channel: number, into: LeafBrief): boolean {
    const words = this.#words;
    const at = this.#at(row);
    const mark = this.#markAt(row);
    for (let tries = 0; tries < READ_TRIES_MAX; tries++) {
      const version = Atomics.load(words, mark + MARK.version);
      if ((version & 1) !== 0) continue;
      into.flags = Atomics.load(words, at + ROW.flags);
      into.lastSeenMs = this.#loadF64(at + ROW.lastSeenMs);
      into.batteryMv = Atomics.load(words, at + ROW.batteryMv);
      into.value = Number.NaN;
      const used = channel < 0 ? 0 : Math.min(Atomics.load(words, at + ROW.slotsUsed), SLOTS_MAX);
      for (let i = 0, slot = at + ROW.slots; i < used; i++, slot += SLOT.words) {
        if (Atomics.load(words, slot + SLOT.code) !== channel) continue;
        this.#f32Word[0] = Atomics.load(words, slot + SLOT.value);
        into.value = this.#f32[0] as number;
        break;
      }
      if (Atomics.load(words, mark + MARK.version) === version) return true;
    }
    return false;
  }

  /**
   * Puts the rows that changed after `cursor` into `rows` and returns the cursor for the next call;
   * start with 0. A row may be named once too often, never too seldom: its writer loads the epoch while the
   * version is odd, so that a look either comes before that or finds the row being written.
   */
  changedSince(cursor: number, rows: number[]): number {
    const words = this.#words;
    rows.length = 0;
    const epoch = (Atomics.add(words, TABLE.epoch, 1) + 1) | 0;
    for (let row = 0, mark: number = TABLE.words; row < this.rowsMax; row++, mark += MARK.words) {
      const version = Atomics.load(words, mark + MARK.version);
      if (version === 0) continue;
      const isBeingWritten = (version & 1) !== 0;
      if (isBeingWritten || ((Atomics.load(words, mark + MARK.epoch) - cursor) | 0) >= 0)
        rows.push(row);
    }
    return epoch;
  }

  #copyRow(row: number, at: number, into: LeafRow): void {
    const words = this.#words;
    const place = Atomics.load(words, at + ROW.place);
    const flags = Atomics.load(words, at + ROW.flags);
    into.row = row;
    into.hubNo = place >>> 16;
    into.leafId = place & 0xffff;
    into.present = (flags & FLAG.present) !== 0;
    into.online = (flags & FLAG.online) !== 0;
    into.lowBattery = (flags & FLAG.lowBattery) !== 0;
    into.quarantined = (flags & FLAG.quarantined) !== 0;
    into.standing = standingOf(flags);
    into.lastSeenMs = this.#loadF64(at + ROW.lastSeenMs);
    into.batteryMv = Atomics.load(words, at + ROW.batteryMv);
    into.uptimeS = Atomics.load(words, at + ROW.uptimeS) >>> 0;
    into.frames = this.#loadF64(at + ROW.frames);
    into.refused = this.#loadF64(at + ROW.refused);
    into.quarantinedUntilMs = this.#loadF64(at + ROW.quarantinedUntilMs);
    into.unslotted = Atomics.load(words, at + ROW.unslotted) >>> 0;
    const slotsUsed = Math.min(Atomics.load(words, at + ROW.slotsUsed), SLOTS_MAX);
    into.slotsUsed = slotsUsed;
    for (let i = 0, slot = at + ROW.slots; i < slotsUsed; i++, slot += SLOT.words) {
      into.channels[i] = Atomics.load(words, slot + SLOT.code);
      this.#f32Word[0] = Atomics.load(words, slot + SLOT.value);
      into.values[i] = this.#f32[0] as number;
      into.atMs[i] = this.#loadF64(slot + SLOT.atMs);
    }
  }

  #at(row: number): number {
    invariant(row >= 0 && row < this.rowsMax, "a leaf's row lies in the table");
    return this.#rowsAt + row * ROW.words;
  }

  #markAt(row: number): number {
    return TABLE.words + row * MARK.words;
  }

  #loadF64(at: number): number {
    this.#f64Words[0] = Atomics.load(this.#words, at);
    this.#f64Words[1] = Atomics.load(this.#words, at + 1);
    return this.#f64[0] as number;
  }
}

const standingOf = (flags: number): LeafRecord["standing"] => {
  switch (flags & FLAG.standing) {
    case STANDING.adopted:
      return "adopted";
    case STANDING.disputed:
      return "disputed";
    default:
      return "stranger";
  }
};
