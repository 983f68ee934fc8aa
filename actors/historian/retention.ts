/**
 * Drops what is older than it is to be kept: samples, and rollups later. Goes round all series in
 * small steps, so that no commit waits long and a huge store is not walked at once.
 */
import { type HistoryTables, HOUR_MS, MINUTE_MS, type SeriesKey } from "./tables.ts";

/** Series looked at in a step, and rows removed of each kind in a series: a few ms a step. */
const SERIES_MAX = 64;
const ROWS_MAX = 256;

export interface Cutoffs {
  /** Hours that ended before are dropped as a whole. */
  readonly historyMs: number;
  readonly rollupMs: number;
}

/** Within a transaction. Returns where the next step goes on; undefined when all series were seen. */
export function dropOld(
  tables: HistoryTables,
  cutoffs: Cutoffs,
  after: SeriesKey | undefined,
): SeriesKey | undefined {
  const from = after === undefined ? {} : { from: [after[0], after[1], after[2] + 1] as const };
  let last: SeriesKey | undefined;
  let seen = 0;
  for (const { key } of [...tables.latest.range({ ...from, limit: SERIES_MAX })]) {
    const [hubNo, leafId, channel] = key;
    removeSome(tables.history, {
      from: [hubNo, leafId, channel, 0, 0],
      to: [hubNo, leafId, channel, cutoffs.historyMs - HOUR_MS + 1, 0],
    });
    for (const unitMs of [MINUTE_MS, HOUR_MS]) {
      removeSome(tables.rollup, {
        from: [hubNo, leafId, channel, unitMs, 0],
        to: [hubNo, leafId, channel, unitMs, cutoffs.rollupMs - unitMs + 1],
      });
    }
    last = key;
    seen += 1;
  }
  return seen === SERIES_MAX ? last : undefined;
}

type FiveKey = readonly [number, number, number, number, number];

function removeSome(
  table: HistoryTables["history"] | HistoryTables["rollup"],
  range: { readonly from: FiveKey; readonly to: FiveKey },
): void {
  for (const { key } of [...table.range({ ...range, limit: ROWS_MAX })]) table.remove(key);
}
