/**
 * History of one leaf and channel, from a store opened for reading on any thread. Sealed samples come
 * from blocks or, for whole minutes and hours, from rollups; the rest from the log:
 *
 *   from        minute      hour                    hour       minute     to
 *    ├── blocks ──┼─ minutes ─┼──────── hours ────────┼─ minutes ─┼─ blocks ─┤      and all of the log
 *
 * All of it is read within one turn, hence of one moment: a reading that is being sealed meanwhile is
 * found once. What came in the last 50 ms may not be in the store yet.
 */
import type { StateStore } from "../../runtime/state/state-store.ts";
import { readLogGroup } from "./log-group.ts";
import { decodeRollup, Rollup } from "./rollup.ts";
import { readBlock } from "./sample-block.ts";
import { type HistoryTables, HOUR_MS, MINUTE_MS, openTables, type Series } from "./tables.ts";

export interface HistoryRange extends Series {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Rows are means of steps, which begin at multiples of it since the epoch. Without: samples. */
  readonly stepMs?: number | undefined;
  readonly limit: number;
}

export interface HistoryRow {
  /** Of the sample, or where the step begins. */
  readonly atMs: number;
  /** Of the sample, or the mean of the step. */
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly count?: number;
}

/** The first `limit` rows, by time; samples of the same time as they came. Empty steps have no row. */
export function queryHistory(store: StateStore, range: HistoryRange): HistoryRow[] {
  const tables = openTables(store);
  const logged = loggedSamples(tables, range);
  return range.stepMs === undefined
    ? samples(tables, range, logged)
    : steps(tables, range, range.stepMs, logged);
}

interface Sample {
  readonly atMs: number;
  readonly value: number;
}

function samples(
  tables: HistoryTables,
  range: HistoryRange,
  logged: readonly Sample[],
): HistoryRow[] {
  const rows: Sample[] = [];
  let nextLogged = 0;
  const takeLogged = (beforeMs: number): void => {
    for (; nextLogged < logged.length && rows.length < range.limit; nextLogged++) {
      const sample = logged[nextLogged] as Sample;
      if (sample.atMs >= beforeMs) return;
      rows.push(sample);
    }
  };
  for (const sample of sealedSamples(tables, range, range.fromMs, range.toMs)) {
    // Of the same time: what is sealed came before what is still in the log.
    takeLogged(sample.atMs);
    if (rows.length >= range.limit) return rows;
    rows.push(sample);
  }
  takeLogged(Number.POSITIVE_INFINITY);
  return rows;
}

function steps(
  tables: HistoryTables,
  range: HistoryRange,
  stepMs: number,
  logged: readonly Sample[],
): HistoryRow[] {
  const byStart = new Map<number, Rollup>();
  const at = (atMs: number): Rollup => {
    const startMs = Math.floor(atMs / stepMs) * stepMs;
    const rollup = byStart.get(startMs) ?? new Rollup();
    byStart.set(startMs, rollup);
    return rollup;
  };

  // In order of time, so that one step more than the limit ends it.
  const units = [HOUR_MS, MINUTE_MS].filter((unitMs) => stepMs % unitMs === 0);
  for (const { atMs, rollup } of sealedRollups(tables, range, range.fromMs, range.toMs, units)) {
    at(atMs).merge(rollup);
    if (byStart.size > range.limit) break;
  }
  for (const { atMs, value } of logged) at(atMs).add(value);

  return [...byStart]
    .sort(([a], [b]) => a - b)
    .slice(0, range.limit)
    .map(([atMs, { mean, min, max, count }]) => ({ atMs, value: mean, min, max, count }));
}

/** Sealed samples of `[fromMs, toMs)` in as few pieces as the units allow, in order of time. */
function* sealedRollups(
  tables: HistoryTables,
  series: Series,
  fromMs: number,
  toMs: number,
  units: readonly number[],
): Iterable<{ readonly atMs: number; readonly rollup: Rollup }> {
  const [unitMs, ...smaller] = units;
  if (unitMs === undefined) {
    for (const { atMs, value } of sealedSamples(tables, series, fromMs, toMs)) {
      const rollup = new Rollup();
      rollup.add(value);
      yield { atMs, rollup };
    }
    return;
  }
  const firstMs = Math.ceil(fromMs / unitMs) * unitMs;
  const endMs = Math.floor(toMs / unitMs) * unitMs;
  if (firstMs >= endMs) {
    yield* sealedRollups(tables, series, fromMs, toMs, smaller);
    return;
  }
  if (fromMs < firstMs) yield* sealedRollups(tables, series, fromMs, firstMs, smaller);
  const { hubNo, leafId, channel } = series;
  for (const { key, value } of tables.rollup.range({
    from: [hubNo, leafId, channel, unitMs, firstMs],
    to: [hubNo, leafId, channel, unitMs, endMs],
  })) {
    yield { atMs: key[4], rollup: decodeRollup(value) };
  }
  if (endMs < toMs) yield* sealedRollups(tables, series, endMs, toMs, smaller);
}

function* sealedSamples(
  tables: HistoryTables,
  { hubNo, leafId, channel }: Series,
  fromMs: number,
  toMs: number,
): Iterable<Sample> {
  let hourMs = Number.NaN;
  let hour: Sample[] = [];
  for (const { key, value } of tables.history.range({
    from: [hubNo, leafId, channel, Math.floor(fromMs / HOUR_MS) * HOUR_MS, 0],
    to: [hubNo, leafId, channel, toMs, 0],
  })) {
    const blockHourMs = key[3];
    if (blockHourMs !== hourMs) {
      yield* byTime(hour);
      hourMs = blockHourMs;
      hour = [];
    }
    readBlock(blockHourMs, value, (atMs, sample) => {
      if (atMs >= fromMs && atMs < toMs) hour.push({ atMs, value: sample });
    });
  }
  yield* byTime(hour);
}

function loggedSamples(tables: HistoryTables, range: HistoryRange): readonly Sample[] {
  const { hubNo, fromMs, toMs } = range;
  const found: Sample[] = [];
  for (const { value } of tables.log.range({ from: [hubNo, 0], to: [hubNo + 1, 0] })) {
    readLogGroup(value, (leafId, channel, sample, atMs) => {
      if (leafId !== range.leafId || channel !== range.channel) return;
      if (atMs >= fromMs && atMs < toMs) found.push({ atMs, value: sample });
    });
  }
  return byTime(found);
}

/** Stable: samples of the same time stay as they came. */
const byTime = (found: Sample[]): Sample[] => found.sort((a, b) => a.atMs - b.atMs);
