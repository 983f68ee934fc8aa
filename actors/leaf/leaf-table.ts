/**
 * The newest state of every leaf of a node in one SharedArrayBuffer: a row is written by the thread
 * its leaf lives on and read by any other.
 *
 *   leaf actor ──begin · set · end──▶ row ──changedSince · readRow──▶ page, API, metrics
 *
 * A row is guarded by a version that is odd while it is written (seqlock): readers never stop the
 * writer and read again when the version moved. Every word goes through `Atomics`, since plain
 * accesses may pass the version word on arm64. Writing allocates nothing.
 *
 * Rows outlive the actors on them; the end of the process loses them (the store has the history).
 */
import { invariant } from "../../runtime/invariant.ts";
import { FLAG, ROW, SLOT, SLOTS_MAX, STANDING, TABLE, TABLE_FORMAT } from "./leaf-row.ts";
import type { LeafRecord } from "./messages.ts";

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
  const buffer = new SharedArrayBuffer((TABLE.words + rowsMax * ROW.words) * 4);
  const words = new Int32Array(buffer);
  words[TABLE.format] = TABLE_FORMAT;
  words[TABLE.rowsMax] = rowsMax;
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
  /** Turns numbers into words and back. */
  readonly #f64 = new Float64Array(1);
  readonly #f64Words = new Int32Array(this.#f64.buffer);
  readonly #f32 = new Float32Array(1);
  readonly #f32Word = new Int32Array(this.#f32.buffer);

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
    invariant(this.#words[TABLE.format] === TABLE_FORMAT, "the buffer holds a leaf table");
    this.rowsMax = Atomics.load(this.#words, TABLE.rowsMax);
  }

  /** Gives the row to a leaf; what an earlier actor of the same leaf left in it stays. */
  claim(row: number, hubNo: number, leafId: number, standing: LeafRecord["standing"]): void {
    this.begin(row);
    Atomics.store(this.#words, this.#at(row) + ROW.place, (hubNo << 16) | leafId);
    this.setFlags(row, FLAG.present | STANDING[standing], FLAG.standing);
    this.end(row);
  }

  /** Opens the row for writing. A writer that died inside left the version odd: it stays odd. */
  begin(row: number): void {
    const at = this.#at(row) + ROW.version;
    Atomics.store(this.#words, at, Atomics.load(this.#words, at) | 1);
  }

  /**
   * Publishes what was set since `begin`. The change is counted while the version is still odd: a
   * reader that already counts it either finds it in the row or sees the odd version.
   */
  end(row: number): void {
    const at = this.#at(row);
    const change = Atomics.add(this.#words, TABLE.changes, 1) + 1;
    Atomics.store(this.#words, at + ROW.changed, change);
    Atomics.store(this.#words, at + ROW.version, Atomics.load(this.#words, at + ROW.version) + 1);
  }

  /** Between `begin` and `end`, as all setters: `set` wins over `clear`. */
  setFlags(row: number, set: number, clear: number): void {
    const at = this.#at(row) + ROW.flags;
    Atomics.store(this.#words, at, (Atomics.load(this.#words, at) & ~clear) | set);
  }

  setSeen(row: number, atMs: number): void {
    this.#storeF64(this.#at(row) + ROW.lastSeenMs, atMs);
  }

  countApplied(row: number): void {
    const at = this.#at(row) + ROW.frames;
    this.#storeF64(at, this.#loadF64(at) + 1);
  }

  countRefused(row: number): void {
    const at = this.#at(row) + ROW.refused;
    this.#storeF64(at, this.#loadF64(at) + 1);
  }

  setHealth(row: number, batteryMv: number, uptimeS: number): void {
    const at = this.#at(row);
    Atomics.store(this.#words, at + ROW.batteryMv, batteryMv);
    Atomics.store(this.#words, at + ROW.uptimeS, uptimeS);
  }

  setBattery(row: number, batteryMv: number): void {
    Atomics.store(this.#words, this.#at(row) + ROW.batteryMv, batteryMv);
  }

  setBatteryWarned(row: number, atMs: number): void {
    this.#storeF64(this.#at(row) + ROW.batteryWarnedAtMs, atMs);
  }

  setQuarantine(row: number, untilMs: number): void {
    this.#storeF64(this.#at(row) + ROW.quarantinedUntilMs, untilMs);
    if (untilMs > 0) this.setFlags(row, FLAG.quarantined, 0);
    else this.setFlags(row, 0, FLAG.quarantined);
  }

  /** Unknown channels take slots as known ones do; without a free one the reading is counted. */
  setReading(row: number, channel: number, value: number, atMs: number): void {
    const words = this.#words;
    const at = this.#at(row);
    const used = Atomics.load(words, at + ROW.slotsUsed);
    let slot = at + ROW.slots;
    const usedEnd = slot + used * SLOT.words;
    while (slot < usedEnd && Atomics.load(words, slot + SLOT.code) !== channel) slot += SLOT.words;
    if (slot === usedEnd) {
      if (used === SLOTS_MAX) {
        Atomics.store(words, at + ROW.unslotted, Atomics.load(words, at + ROW.unslotted) + 1);
        return;
      }
      Atomics.store(words, slot + SLOT.code, channel);
      Atomics.store(words, at + ROW.slotsUsed, used + 1);
    }
    this.#f32[0] = value;
    Atomics.store(words, slot + SLOT.value, this.#f32Word[0] as number);
    this.#storeF64(slot + SLOT.atMs, atMs);
  }

  /** The writer's own look at its row: no other thread writes it, so no version is needed. */
  flags(row: number): number {
    return Atomics.load(this.#words, this.#at(row) + ROW.flags);
  }
  lastSeenMs(row: number): number {
    return this.#loadF64(this.#at(row) + ROW.lastSeenMs);
  }
  /** Of the newest value of a channel; 0 without one. */
  readingAtMs(row: number, channel: number): number {
    const words = this.#words;
    const first = this.#at(row) + ROW.slots;
    const usedEnd = first + Atomics.load(words, this.#at(row) + ROW.slotsUsed) * SLOT.words;
    for (let slot = first; slot < usedEnd; slot += SLOT.words) {
      if (Atomics.load(words, slot + SLOT.code) === channel) {
        return this.#loadF64(slot + SLOT.atMs);
      }
    }
    return 0;
  }
  batteryMv(row: number): number {
    return Atomics.load(this.#words, this.#at(row) + ROW.batteryMv);
  }
  batteryWarnedAtMs(row: number): number {
    return this.#loadF64(this.#at(row) + ROW.batteryWarnedAtMs);
  }
  quarantinedUntilMs(row: number): number {
    return this.#loadF64(this.#at(row) + ROW.quarantinedUntilMs);
  }

  /** False when the row was being written at every try; `into` is then a mixture: ask again. */
  readRow(row: number, into: LeafRow): boolean {
    const words = this.#words;
    const at = this.#at(row);
    for (let tries = 0; tries < READ_TRIES_MAX; tries++) {
      const version = Atomics.load(words, at + ROW.version);
      if ((version & 1) !== 0) continue;
      this.#copyRow(row, at, into);
      if (Atomics.load(words, at + ROW.version) === version) return true;
    }
    return false;
  }

  /** As `readRow`, of one channel; a code that is none gives no value. */
  readBrief(row: number, channel: number, into: LeafBrief): boolean {
    const words = this.#words;
    const at = this.#at(row);
    for (let tries = 0; tries < READ_TRIES_MAX; tries++) {
      const version = Atomics.load(words, at + ROW.version);
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
      if (Atomics.load(words, at + ROW.version) === version) return true;
    }
    return false;
  }

  /**
   * Puts the rows that changed after `cursor` into `rows` and returns the cursor for the next call;
   * start with 0. A row may be named once too often, never too seldom (a reader that stays away for
   * 2^31 changes, two days at ten thousand a second, starts again from 0).
   */
  changedSince(cursor: number, rows: number[]): number {
    const words = this.#words;
    rows.length = 0;
    const changes = Atomics.load(words, TABLE.changes);
    if (changes === cursor) return cursor;
    for (let row = 0, at: number = TABLE.words; row < this.rowsMax; row++, at += ROW.words) {
      const version = Atomics.load(words, at + ROW.version);
      if (version === 0) continue;
      const isBeingWritten = (version & 1) !== 0;
      if (isBeingWritten || ((Atomics.load(words, at + ROW.changed) - cursor) | 0) > 0)
        rows.push(row);
    }
    return changes;
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
    return TABLE.words + row * ROW.words;
  }

  #loadF64(at: number): number {
    this.#f64Words[0] = Atomics.load(this.#words, at);
    this.#f64Words[1] = Atomics.load(this.#words, at + 1);
    return this.#f64[0] as number;
  }

  #storeF64(at: number, value: number): void {
    this.#f64[0] = value;
    Atomics.store(this.#words, at, this.#f64Words[0] as number);
    Atomics.store(this.#words, at + 1, this.#f64Words[1] as number);
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
