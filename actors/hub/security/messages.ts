/** What the store keeps of sealed links: keys of leaves, and how far their counters may be accepted. */

/** A leaf with a key. */
export interface SessionRecord {
  readonly hub: string;
  readonly leafId: number;
  /** Of its device, 8 bytes in hex. */
  readonly eui: string;
  /** The key in force, and its successor while a rotation or a second pairing is under way. */
  readonly keys: readonly KeyRecord[];
  /** Of the newest pairing request. */
  readonly pairCounter: number;
  /** Since when the key in force is, ms since the epoch. */
  readonly sinceMs: number;
}

export interface KeyRecord {
  readonly keyNo: number;
  /** 16 bytes in hex, or sealed with the node's secret (key-safe.ts). */
  readonly key: string;
}

/** Counters of one generation of a leaf's key. */
export interface MarkRecord {
  readonly leafId: number;
  readonly keyNo: number;
  /** Up to here all were seen, or lie too far back to be accepted. */
  readonly certain: number;
  /** Up to here they may have been accepted: none above is, before a higher mark is on disk. */
  readonly mark: number;
}

/** One transaction: what is written, and leaves that have a key no more. */
export interface SessionChange {
  readonly hub: string;
  readonly sessions: readonly SessionRecord[];
  readonly forgotten: readonly number[];
  readonly marks: readonly MarkRecord[];
}
