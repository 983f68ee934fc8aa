/**
 * The words of the shared leaf table, named once for every thread that writes or reads it. All are
 * 32-bit words in the machine's byte order; an `f64` takes two. Never stored, never sent.
 *
 *   header 64 B │ row 0, 384 B │ row 1 │ …
 *
 *   row: version changed place flags │ lastSeenMs │ batteryMv uptimeS │ frames │ refused │
 *        quarantinedUntilMs │ batteryWarnedAtMs │ unslotted slotsUsed │ … │ 16 channel slots
 */

/** Words of the header. */
export const TABLE = {
  /** `TABLE_FORMAT`, so that a wrong buffer is noticed at once. */
  format: 0,
  rowsMax: 1,
  /** Counts changes of all rows; wraps after 2^32. */
  changes: 2,
  words: 16,
} as const;

export const TABLE_FORMAT = 0x4d4c5431; // "MLT1"

/** Words of a row, from the row's start. */
export const ROW = {
  /** Odd while the leaf's thread writes the row. */
  version: 0,
  /** What the header's `changes` was made by the row's last change. */
  changed: 1,
  /** hubNo << 16 | leafId */
  place: 2,
  flags: 3,
  /** f64, ms since the epoch; 0: never heard. */
  lastSeenMs: 4,
  /** 0: not told yet. */
  batteryMv: 6,
  uptimeS: 7,
  /** f64: frames applied. */
  frames: 8,
  /** f64: frames refused after their leaf was known. */
  refused: 10,
  /** f64: 0 when free. */
  quarantinedUntilMs: 12,
  /** f64: time of the last `low_battery` event. */
  batteryWarnedAtMs: 14,
  /** Readings of channels that found no free slot. */
  unslotted: 16,
  slotsUsed: 17,
  slots: 32,
  /** Six cache lines, so that rows of two threads never share one. */
  words: 96,
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
