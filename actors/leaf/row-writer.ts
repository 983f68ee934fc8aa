/**
 * The writing end of one row of the leaf table, for the thread its leaf lives on.
 *
 *   begin ──▶ version odd ──▶ epoch ──▶ set … set ──▶ end: version even
 *
 * Only `begin` and `end` go through `Atomics`: the words between are plain, and writing allocates nothing
 * (docs/decisions/0017-plain-words-between-fences.md says why that is sound). One that died inside left
 * the version odd; it stays odd until the next one's `end`.
 */
import { CHANNELS } from "../../firmware/wire/frame-types.ts";
import * as layout from "./leaf-row.ts";
import type { LeafRecord } from "./messages.ts";

// V8 folds a module's own constants into its code; an imported one is read anew at each use.
const { ROW, SLOT, SLOTS_MAX } = layout;
const { present: PRESENT, quarantined: QUARANTINED, standing: STANDING_BITS } = layout.FLAG;
const { place: PLACE, flags: FLAGS, batteryMv: BATTERY_MV, uptimeS: UPTIME_S } = ROW;
const { unslotted: UNSLOTTED, slotsUsed: SLOTS_USED, slots: SLOTS } = ROW;
/** As words of eight bytes. */
const LAST_SEEN = ROW.lastSeenMs >> 1;
const FRAMES = ROW.frames >> 1;
const REFUSED = ROW.refused >> 1;
const QUARANTINED_UNTIL = ROW.quarantinedUntilMs >> 1;
const BATTERY_WARNED_AT = ROW.batteryWarnedAtMs >> 1;
const SLOT_AT_MS = SLOT.atMs >> 1;
const SLOT_WORDS = SLOT.words;
const SLOT_VALUE = SLOT.value;
const EPOCH = layout.TABLE.epoch;
const MARK_EPOCH = layout.MARK.epoch;
const READING_BYTES = 5;
const BATTERY_CHANNEL = CHANNELS.battery_mv.code;

/** Turns a number into the word of a float32 and back. */
const f32 = new Float32Array(1);
const f32Word = new Int32Array(f32.buffer);

function millivolts(word: number): number {
  f32Word[0] = word;
  return Math.min(Math.max(Math.round(f32[0] as number), 0), 0xffff);
}

export class RowWriter {
  readonly row: number;
  readonly #words: Int32Array;
  readonly #floats: Float64Array;
  /** First word of the row's mark, of the row, and of the row counted in eight bytes. */
  readonly #mark: number;
  readonly #at: number;
  readonly #at64: number;

  constructor(words: Int32Array, floats: Float64Array, row: number, mark: number, at: number) {
    this.row = row;
    this.#words = words;
    this.#floats = floats;
    this.#mark = mark;
    this.#at = at;
    this.#at64 = at >> 1;
  }

  /** Gives the row to a leaf; what an earlier actor of the same leaf left in it stays. */
  claim(hubNo: number, leafId: number, standing: LeafRecord["standing"]): void {
    this.begin();
    this.#words[this.#at + PLACE] = (hubNo << 16) | leafId;
    this.setFlags(PRESENT | layout.STANDING[standing], STANDING_BITS);
    this.end();
  }

  begin(): void {
    const words = this.#words;
    const mark = this.#mark;
    Atomics.store(words, mark, (words[mark] as number) | 1);
    // A load behind the store, so that on arm64 no write below gets before the odd version.
    words[mark + MARK_EPOCH] = Atomics.load(words, EPOCH);
  }

  /** Publishes what was set since `begin`. The row is marked anew, for a reader that met it half done. */
  end(): void {
    const words = this.#words;
    const mark = this.#mark;
    words[mark + MARK_EPOCH] = Atomics.load(words, EPOCH);
    Atomics.store(words, mark, ((words[mark] as number) + 1) | 0);
  }

  /** Between `begin` and `end`, as all setters: `set` wins over `clear`. */
  setFlags(set: number, clear: number): void {
    const at = this.#at + FLAGS;
    this.#words[at] = ((this.#words[at] as number) & ~clear) | set;
  }

  setSeen(atMs: number): void {
    this.#floats[this.#at64 + LAST_SEEN] = atMs;
  }

  countApplied(): void {
    const at = this.#at64 + FRAMES;
    this.#floats[at] = (this.#floats[at] as number) + 1;
  }

  countRefused(): void {
    const at = this.#at64 + REFUSED;
    this.#floats[at] = (this.#floats[at] as number) + 1;
  }

  setHealth(batteryMv: number, uptimeS: number): void {
    this.#words[this.#at + BATTERY_MV] = batteryMv;
    this.#words[this.#at + UPTIME_S] = uptimeS;
  }

  setBattery(batteryMv: number): void {
    this.#words[this.#at + BATTERY_MV] = batteryMv;
  }

  setBatteryWarned(atMs: number): void {
    this.#floats[this.#at64 + BATTERY_WARNED_AT] = atMs;
  }

  setQuarantine(untilMs: number): void {
    this.#floats[this.#at64 + QUARANTINED_UNTIL] = untilMs;
    if (untilMs > 0) this.setFlags(QUARANTINED, 0);
    else this.setFlags(0, QUARANTINED);
  }

  setReading(channel: number, value: number, atMs: number): void {
    f32[0] = value;
    this.#setSlot(0, channel, f32Word[0] as number, atMs);
  }

  /**
   * `count` readings, a byte of channel and a float32 each, where they lie in a frame. Returns the
   * battery's voltage if one of them says it, within what a heartbeat could say; else 0.
   */
  setReadings(bytes: Uint8Array, at: number, count: number, atMs: number): number {
    let batteryMv = 0;
    for (let i = 0, reading = at; i < count; i++, reading += READING_BYTES) {
      const channel = bytes[reading] as number;
      const low = (bytes[reading + 1] as number) | ((bytes[reading + 2] as number) << 8);
      const high = (bytes[reading + 3] as number) | ((bytes[reading + 4] as number) << 8);
      // A leaf names its channels in the same order each time: the slot is where it was.
      const value = low | (high << 16);
      this.#setSlot(i, channel, value, atMs);
      if (channel === BATTERY_CHANNEL) batteryMv = millivolts(value);
    }
    return batteryMv;
  }

  /** The same of the past: where the row knows something newer of a channel, that stays. */
  setOldReadings(bytes: Uint8Array, at: number, count: number, atMs: number): void {
    for (let i = 0, reading = at; i < count; i++, reading += READING_BYTES) {
      const slot = this.#knownSlot(bytes[reading] as number);
      const isNews = slot < 0 || atMs >= (this.#floats[(slot >> 1) + SLOT_AT_MS] as number);
      if (isNews) this.setReadings(bytes, reading, 1, atMs);
    }
  }

  /** Unknown channels take slots as known ones do; without a free one the reading is counted. */
  #setSlot(guess: number, channel: number, value: number, atMs: number): void {
    const words = this.#words;
    let slot = this.#at + SLOTS + guess * SLOT_WORDS;
    if (guess >= (words[this.#at + SLOTS_USED] as number) || words[slot] !== channel) {
      slot = this.#findSlot(channel);
      if (slot < 0) return;
    }
    words[slot + SLOT_VALUE] = value;
    this.#floats[(slot >> 1) + SLOT_AT_MS] = atMs;
  }

  #findSlot(channel: number): number {
    const known = this.#knownSlot(channel);
    if (known >= 0) return known;
    const words = this.#words;
    const at = this.#at;
    const used = words[at + SLOTS_USED] as number;
    if (used === SLOTS_MAX) {
      words[at + UNSLOTTED] = (words[at + UNSLOTTED] as number) + 1;
      return -1;
    }
    const slot = at + SLOTS + used * SLOT_WORDS;
    words[slot] = channel;
    words[at + SLOTS_USED] = used + 1;
    return slot;
  }

  #knownSlot(channel: number): number {
    const words = this.#words;
    let slot = this.#at + SLOTS;
    const end = slot + (words[this.#at + SLOTS_USED] as number) * SLOT_WORDS;
    for (; slot < end; slot += SLOT_WORDS) if (words[slot] === channel) return slot;
    return -1;
  }

  // The writer's own look at its row: no other thread writes it, so no version is needed.

  get flags(): number {
    return this.#words[this.#at + FLAGS] as number;
  }
  get lastSeenMs(): number {
    return this.#floats[this.#at64 + LAST_SEEN] as number;
  }
  get batteryMv(): number {
    return this.#words[this.#at + BATTERY_MV] as number;
  }
  get batteryWarnedAtMs(): number {
    return this.#floats[this.#at64 + BATTERY_WARNED_AT] as number;
  }
  get quarantinedUntilMs(): number {
    return this.#floats[this.#at64 + QUARANTINED_UNTIL] as number;
  }
}
