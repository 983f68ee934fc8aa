/**
 * All leaves as columns by row: state, last word, battery, and the value of the one channel that is watched.
 * A batch of the feed is copied in here; no leaf becomes an object until somebody looks at it.
 */
import type { LeafInfo } from "../../../transports/http/contract.ts";
import { NEVER, ROW_FLAG, readRows } from "../../../transports/live/rows.ts";

/** What a leaf is, in one word: the gravest first. */
export const LEAF_STATES = [
  "quarantined",
  "disputed",
  "stranger",
  "offline",
  "lowBattery",
  "online",
] as const;
export type LeafState = (typeof LEAF_STATES)[number];

export function stateOf(flags: number): LeafState {
  if ((flags & ROW_FLAG.quarantined) !== 0) return "quarantined";
  const standing = flags & ROW_FLAG.standing;
  if (standing === ROW_FLAG.disputed) return "disputed";
  if (standing === ROW_FLAG.stranger) return "stranger";
  if ((flags & ROW_FLAG.online) === 0) return "offline";
  return (flags & ROW_FLAG.lowBattery) !== 0 ? "lowBattery" : "online";
}

export const leafKey = (hub: string, leafId: number): string => `${hub}/${leafId}`;

export interface LeafRows {
  readonly flags: Uint16Array;
  /** By the node's clock; 0: never. */
  readonly seenMs: Float64Array;
  readonly battery: Uint16Array;
  /** NaN where the leaf has no such channel, or has not told it yet. */
  readonly values: Float32Array;
  readonly infos: readonly (LeafInfo | undefined)[];
}

/** What one batch changed. */
export interface RowsApplied {
  readonly cursor: number;
  readonly watchNo: number;
  readonly isWhole: boolean;
  readonly rows: Uint32Array;
  /** Those of them whose flags are not what they were. */
  readonly flagged: readonly number[];
}

export function emptyLeafRows(rowsMax: number) {
  const columns = {
    flags: new Uint16Array(rowsMax),
    seenMs: new Float64Array(rowsMax),
    battery: new Uint16Array(rowsMax),
    values: new Float32Array(rowsMax).fill(Number.NaN),
    infos: new Array<LeafInfo | undefined>(rowsMax).fill(undefined),
  };
  return {
    ...columns,
    /** Undefined where the bytes are no batch of rows. `watchNo`: whose values are to be shown. */
    apply(bytes: ArrayBuffer, watchNo: number): RowsApplied | undefined {
      const batch = readRows(bytes);
      if (batch === undefined) return undefined;
      const { rows, ages, values, flags, battery, atMs } = batch;
      const hasValues = batch.watchNo === watchNo;
      const flagged: number[] = [];
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] as number;
        if (row >= rowsMax) continue;
        if (columns.flags[row] !== flags[i]) flagged.push(row);
        columns.flags[row] = flags[i] as number;
        columns.seenMs[row] = ages[i] === NEVER ? 0 : atMs - (ages[i] as number);
        columns.battery[row] = battery[i] as number;
        if (hasValues) columns.values[row] = values[i] as number;
      }
      const { cursor, isWhole } = batch;
      return { cursor, isWhole, watchNo: batch.watchNo, rows, flagged };
    },
  };
}
