/**
 * Writes batches of readings into the store and moves them on when it is time (tables.ts has the way).
 * A commit appends one row to `intake`, whatever leaves its readings are of; spreading and sealing pay
 * for the order by leaf later, in large pieces.
 */
import { ByteSink } from "./byte-sink.ts";
import { renewedRow, type SheafState, stateOf } from "./newest-row.ts";
import type { Batch } from "./reading-buffer.ts";
import { forEachBatch, recordBytes, recordLeafId, setRecordsBytes } from "./records.ts";
import { sealSheaf } from "./sealing.ts";
import { type HistoryTables, sheafOf } from "./tables.ts";

/** When readings are moved on. */
export interface Pace {
  readonly spreadBytes: number;
  readonly spreadMs: number;
  readonly sealBytes: number;
  readonly sealMs: number;
}

/**
 * A query looks through all of `intake` and one sheaf's rows: under 2 ms. A spread of 2 MiB takes 10 ms
 * between two commits (25,000 leaves with four readings a second send as much in 2.3 s), sealing a sheaf
 * of 512 KiB, some 14,000 frames, 20 ms. By age, so that a quiet node's tables stay short as well.
 */
const SPREAD_BYTES_MAX = 2 * 1024 * 1024;
const SPREAD_MS_MAX = 10_000;
const SEAL_BYTES_MAX = 512 * 1024;
const SEAL_MS_MAX = 3_600_000;
export const PACE: Pace = {
  spreadBytes: SPREAD_BYTES_MAX,
  spreadMs: SPREAD_MS_MAX,
  sealBytes: SEAL_BYTES_MAX,
  sealMs: SEAL_MS_MAX,
};
/** A row of `intake`: what waited for a full disk becomes several. */
const INTAKE_ROW_BYTES_MAX = 256 * 1024;
const PENDING_BYTES_FIRST = 256;
/** Up to here a loop copies faster than `set`. */
const LOOP_BYTES = 64;

const NO_RECORDS = new Uint8Array(0);

interface Sheaf extends SheafState {
  readonly hubNo: number;
  readonly no: number;
  /** Records that are in `intake` on disk and not yet in rows of the sheaf. */
  readonly pending: ByteSink;
}

export class LogWriter {
  readonly #tables: HistoryTables;
  readonly #pace: Pace;
  /** By hubNo · 2^16 + number of the sheaf. */
  readonly #sheaves = new Map<number, Sheaf>();
  #firstIntake = 0;
  #nextIntake = 0;
  #pendingBytes = 0;
  #pendingSinceMs = 0;

  /** Finds what an earlier run left; reads a row each sheaf and what was not spread. */
  constructor(tables: HistoryTables, nowMs: number, pace: Pace = PACE) {
    this.#tables = tables;
    this.#pace = pace;
    for (const { key, value } of tables.newest.range({})) {
      this.#addSheaf(key[0], key[1], stateOf(value));
    }
    let isFirst = true;
    for (const { key, value } of tables.intake.range({})) {
      if (isFirst) this.#firstIntake = key;
      isFirst = false;
      this.#nextIntake = key + 1;
      this.#note(value, nowMs);
    }
  }

  /** Within a transaction; call what it returns when that is on disk. */
  write(batches: readonly Batch[], nowMs: number): () => void {
    const rows: Uint8Array[] = [];
    let next = this.#nextIntake;
    for (let from = 0; from < batches.length; ) {
      let bytes = 0;
      let to = from;
      while (to < batches.length && (to === from || bytes < INTAKE_ROW_BYTES_MAX)) {
        bytes += (batches[to++] as Batch).view.byteLength;
      }
      const row = rowOf(batches.slice(from, to), bytes);
      this.#tables.intake.put(next++, row);
      rows.push(row);
      from = to;
    }
    return () => {
      this.#nextIntake = next;
      for (const row of rows) this.#note(row, nowMs);
    };
  }

  /** What should be done now, in a transaction of its own; call what it returns when that is on disk. */
  due(nowMs: number): (() => () => void) | undefined {
    const { spreadBytes, spreadMs, sealBytes, sealMs } = this.#pace;
    const pendingBytes = this.#pendingBytes;
    if (
      pendingBytes >= spreadBytes ||
      (pendingBytes > 0 && nowMs - this.#pendingSinceMs >= spreadMs)
    )
      return () => this.#spread(nowMs);
    for (const sheaf of this.#sheaves.values()) {
      const isOld = sheaf.bytes > 0 && nowMs - sheaf.sinceMs >= sealMs;
      if (sheaf.bytes >= sealBytes || isOld) return () => this.#seal(sheaf);
    }
    return undefined;
  }

  #spread(nowMs: number): () => void {
    const tables = this.#tables;
    const changed: [Sheaf, SheafState][] = [];
    for (const sheaf of this.#sheaves.values()) {
      if (sheaf.pending.end === 0) continue;
      const { hubNo, no, nextRow, bytes, sinceMs } = sheaf;
      const records = sheaf.pending.written();
      const state: SheafState = {
        nextRow: nextRow + 1,
        bytes: bytes + records.length,
        sinceMs: bytes === 0 ? nowMs : sinceMs,
      };
      tables.sheaf.put([hubNo, no, nextRow], records);
      tables.newest.put([hubNo, no], renewedRow(tables.newest.get([hubNo, no]), state, records));
      changed.push([sheaf, state]);
    }
    const end = this.#nextIntake;
    for (let row = this.#firstIntake; row < end; row++) tables.intake.remove(row);
    return () => {
      for (const [sheaf, state] of changed) {
        Object.assign(sheaf, state);
        sheaf.pending.clear();
      }
      this.#firstIntake = end;
      this.#pendingBytes = 0;
    };
  }

  #seal(sheaf: Sheaf): () => void {
    const { hubNo, no, nextRow, sinceMs } = sheaf;
    const { newest } = this.#tables;
    sealSheaf(this.#tables, hubNo, no);
    const state = { nextRow, bytes: 0, sinceMs };
    newest.put([hubNo, no], renewedRow(newest.get([hubNo, no]), state, NO_RECORDS));
    return () => {
      sheaf.bytes = 0;
    };
  }

  /** A row of `intake` is on disk. */
  #note(row: Uint8Array, nowMs: number): void {
    if (this.#pendingBytes === 0) this.#pendingSinceMs = nowMs;
    this.#pendingBytes += row.length;
    forEachBatch(row, (hubNo, start, end) => {
      for (let at = start; at < end; ) {
        const next = at + recordBytes(row, at);
        const { pending } = this.#sheaf(hubNo, sheafOf(recordLeafId(row, at)));
        const to = pending.take(next - at);
        if (next - at > LOOP_BYTES) pending.bytes.set(row.subarray(at, next), to);
        else for (let i = 0; i < next - at; i++) pending.bytes[to + i] = row[at + i] as number;
        at = next;
      }
    });
  }

  #sheaf(hubNo: number, no: number): Sheaf {
    return (
      this.#sheaves.get(hubNo * 2 ** 16 + no) ??
      this.#addSheaf(hubNo, no, { nextRow: 0, bytes: 0, sinceMs: 0 })
    );
  }

  #addSheaf(hubNo: number, no: number, state: SheafState): Sheaf {
    const sheaf = { ...state, hubNo, no, pending: new ByteSink(PENDING_BYTES_FIRST) };
    this.#sheaves.set(hubNo * 2 ** 16 + no, sheaf);
    return sheaf;
  }
}

function rowOf(batches: readonly Batch[], bytes: number): Uint8Array {
  const row = new Uint8Array(bytes);
  let at = 0;
  for (const { view } of batches) {
    row.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), at);
    setRecordsBytes(new DataView(row.buffer, at, view.byteLength));
    at += view.byteLength;
  }
  return row;
}
