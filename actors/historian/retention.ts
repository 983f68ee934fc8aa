/**
 * Drops what is older than it is to be kept, and the oldest blocks when history takes more of the disk
 * than it may. In small steps, so that no commit waits long.
 */
import type { Table } from "../../runtime/state/state-store.ts";
import type { HistoryTables } from "./tables.ts";

/** Rows removed of a table in a step: some ms. */
const ROWS_MAX = 256;

/** Rollups last longer than samples, but leave them at least a half. */
const ROLLUPS_SHARE = 2;

export interface Keep {
  /** Days since 1970: those before are dropped as a whole. */
  readonly blocksFromDay: number;
  readonly hoursFromDay: number;
  readonly bytesMax: number;
}

/** Bytes on disk of all that readings become. */
export const historyBytes = ({ intake, sheaf, block, hours, newest }: HistoryTables): number =>
  [intake, sheaf, block, hours, newest].reduce((sum, table) => sum + table.bytes(), 0);

/** Within a transaction. */
export function dropOld(tables: HistoryTables, keep: Keep): void {
  const overRollups = tables.hours.bytes() - keep.bytesMax / ROLLUPS_SHARE;
  dropFirst(tables.hours, overRollups, keep.hoursFromDay);
  dropFirst(tables.block, historyBytes(tables) - keep.bytesMax, keep.blocksFromDay);
}

/** Removes the first rows until so many bytes are gone, and those of earlier days. */
function dropFirst<K extends readonly [number, ...number[]]>(
  table: Table<K, Uint8Array>,
  bytes: number,
  fromDay: number,
): void {
  const keys: K[] = [];
  let gone = 0;
  for (const { key, value } of table.range({ limit: ROWS_MAX })) {
    if (gone >= bytes && key[0] >= fromDay) break;
    gone += value.length;
    keys.push(key);
  }
  for (const key of keys) table.remove(key);
}
