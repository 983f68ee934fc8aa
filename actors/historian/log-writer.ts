/**
 * Writes batches of readings: a group each hub into the log, and the newest of each series. Knows how
 * much of each hub's log waits to be sealed, and since when.
 */
import { encodeLatest } from "./latest-rows.ts";
import { LOG_RECORD_BYTES, LogGroup } from "./log-group.ts";
import { BATCH, RECORD } from "./messages.ts";
import type { Batch } from "./reading-buffer.ts";
import { sealHub } from "./sealing.ts";
import type { HistoryTables } from "./tables.ts";

/** When a hub's log is sealed. */
export interface SealWhen {
  readonly readings: number;
  readonly ageMs: number;
}

/**
 * 256 leaves with 4 readings a second get there in a minute, and a query that reads all of the log
 * takes a few ms. By age, so that a block of a slow leaf is worth its key, and restarts find short logs.
 */
const SEAL_WHEN: SealWhen = { readings: 65_536, ageMs: 300_000 };
/** In one transaction: some 50 ms of work, between two commits. */
const SEAL_READINGS_MAX = 65_536;

interface HubLog {
  nextGroup: number;
  /** In the log, on disk. */
  readings: number;
  /** When the first of them came, or when the log was last sealed. */
  sinceMs: number;
  readonly group: LogGroup;
}

export class LogWriter {
  readonly #tables: HistoryTables;
  readonly #sealWhen: SealWhen;
  readonly #hubs = new Map<number, HubLog>();

  /** Counts what an earlier run left in the log. */
  constructor(tables: HistoryTables, nowMs: number, sealWhen: SealWhen = SEAL_WHEN) {
    this.#tables = tables;
    this.#sealWhen = sealWhen;
    for (const { key, value } of tables.log.range({})) {
      const hub = this.#hub(key[0], nowMs);
      hub.nextGroup = key[1] + 1;
      hub.readings += value.length / LOG_RECORD_BYTES;
    }
  }

  /** Within a transaction; call what it returns when that is on disk. */
  write(batches: readonly Batch[], nowMs: number): () => void {
    const touched = new Map<number, HubLog>();
    /** Series as one number, hubNo · 2^24 + leafId · 2^8 + channel. */
    const newest = new Map<number, { atMs: number; value: number }>();
    for (const { view } of batches) {
      const hubNo = view.getUint16(BATCH.hubNo, true);
      let hub = touched.get(hubNo);
      if (hub === undefined) {
        hub = this.#hub(hubNo, nowMs);
        hub.group.clear();
        touched.set(hubNo, hub);
      }
      for (let at: number = BATCH.headerBytes; at < view.byteLength; ) {
        const leafId = view.getUint16(at + RECORD.leafId, true);
        const atMs = view.getFloat64(at + RECORD.atMs, true);
        const count = view.getUint8(at + RECORD.count);
        at += RECORD.headerBytes;
        for (let i = 0; i < count; i++, at += RECORD.readingBytes) {
          const channel = view.getUint8(at);
          const value = view.getFloat32(at + 1, true);
          hub.group.add(leafId, channel, value, atMs);
          newest.set(hubNo * 2 ** 24 + leafId * 2 ** 8 + channel, { atMs, value });
        }
      }
    }

    for (const [hubNo, hub] of touched) {
      this.#tables.log.put([hubNo, hub.nextGroup++], hub.group.bytes());
    }
    for (const [series, { atMs, value }] of newest) {
      const leaf = Math.floor(series / 2 ** 8);
      const key = [Math.floor(leaf / 2 ** 16), leaf % 2 ** 16, series % 2 ** 8] as const;
      this.#tables.latest.put(key, encodeLatest(atMs, value));
    }
    return () => {
      for (const hub of touched.values()) {
        if (hub.readings === 0) hub.sinceMs = nowMs;
        hub.readings += hub.group.count;
      }
    };
  }

  /** A hub whose log should be sealed now. */
  due(nowMs: number): number | undefined {
    for (const [hubNo, { readings, sinceMs }] of this.#hubs) {
      if (readings >= this.#sealWhen.readings) return hubNo;
      if (readings > 0 && nowMs - sinceMs >= this.#sealWhen.ageMs) return hubNo;
    }
    return undefined;
  }

  /** Within a transaction; call what it returns when that is on disk. */
  seal(hubNo: number, nowMs: number): () => void {
    const sealed = sealHub(this.#tables, hubNo, SEAL_READINGS_MAX);
    return () => {
      const hub = this.#hub(hubNo, nowMs);
      hub.readings -= sealed;
      hub.sinceMs = nowMs;
    };
  }

  #hub(hubNo: number, nowMs: number): HubLog {
    let hub = this.#hubs.get(hubNo);
    if (hub === undefined) {
      const nextGroup = this.#tables.sealed.get(hubNo) ?? 0;
      hub = { nextGroup, readings: 0, sinceMs: nowMs, group: new LogGroup() };
      this.#hubs.set(hubNo, hub);
    }
    return hub;
  }
}
