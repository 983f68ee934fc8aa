/**
 * The words of the shared leaf table, named once for every thread that writes or reads it. All are
 * 32-bit words in the machine's byte order; an `f64` takes two. Never stored, never sent.
 *
 *   header 64 B │ marks, 8 B a row: version epoch │ row 0, 320 B │ row 1 │ …
 *
 *   row: place flags batteryMv uptimeS │ lastSeenMs │ frames │ refused │ quarantinedUntilMs │
 *        batteryWarnedAtMs │ unslotted slotsUsed │ 16 channel slots
 *
 * Marks lie apart from their rows, so that finding what has changed among 25,000 walks over 200 KB.
 */

/** Words of the header. */
export const TABLE = {
  /** `TABLE_FORMAT`, so that a wrong buffer is noticed at once. */
  format: 0,
  rowsMax: 1,
  /** Counts the readers' looks at the marks; wraps after 2^32. */
  epoch: 2,
  words: 16,
} as const;

export const TABLE_FORMAT = 0x4d4c5432; // "MLT2"

/** Words of a row's mark. */
export const MARK = {
  /** Odd while the leaf's thread writes the row; 0: never written. */
  version: 0,
  /** The header's `epoch` when the row was last written. */
  epoch: 1,
  words: 2,
} as const;

/** Words of a row, from the row's start. */
export const ROW = {
  /** hubNo << 16 | leafId */
  place: 0,
  flags: 1,
  /** 0: not told yet. */
  batteryMv: 2,
  uptimeS: 3,
  /** f64, ms since the epoch; 0: never heard. */
  lastSeenMs: 4,
  /** f64: frames applied. */
  frames: 6,
  /** f64: frames refused after their leaf was known. */
  refused: 8,
  /** f64: 0 when free. */
  quarantinedUntilMs: 10,
  /** f64: time of the last `low_battery` event. */
  batteryWarnedAtMs: 12,
  /** Readings of channels that found no free slot. */
  unslotted: 14,
  slotsUsed: 15,
  slots: 16,
  /** Five cache lines: a report of four channels touches the first two. */
  words: 80,
} as const;

/** Words of a channel slot: the newest value of one channel. */
export const SLOT = { code: 0, value: 1, atMs: 2, words: 4 } as const;

/** The 14 channels of wire v1 and two unknown ones. */
export const SLOTS_MAX = 16;

export const FLAG = {
  present: 0x01,
  online: 0x02,
  lowBattery: 0x04,
  quarantined: 0x08,
  standing: 0x30,
} as const;

/** Values of the bits under `FLAG.standing`. */
export const STANDING = { stranger: 0x10, adopted: 0x20, disputed: 0x30 } as const;

const LINE_WORDS = 16;

/** The first word of row 0, on a cache line of its own behind the marks. */
export const rowsAt = (rowsMax: number): number =>
  TABLE.words + Math.ceil((rowsMax * MARK.words) / LINE_WORDS) * LINE_WORDS;
