/**
 * History of one leaf and channel, from a store opened for reading on any thread: from blocks, or for
 * whole hours from rollups, and what is not sealed yet from where it waits.
 *
 *   from          hour                          hour          to
 *    ├── blocks ────┼────────── hours ────────────┼── blocks ──┤      and all that is not sealed
 *
 * All of it is read within one turn, hence of one moment: a reading that is being sealed meanwhile is
 * found once. What came in the last 50 ms may not be in the store yet.
 */
import type { StateStore } from "../../runtime/state/state-store.ts";
import { Hours, readHours } from "./day-rollup.ts";
import { blockFirstMs, blockLastMs, ChannelSamples } from "./leaf-block.ts";
import { dayOf, forEachUnsealed } from "./records.ts";
import { Samples, Steps } from "./samples.ts";
import {
  DAY_MS,
  type HistoryTables,
  HOUR_MS,
  openTables,
  rowsOfLeaf,
  type Series,
} from "./tables.ts";
import { forEachVersion1Hour, forEachVersion1Sample } from "./version-1.ts";

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
  if (range.stepMs === undefined) {
    const { atMs, values, count } = querySamples(store, range);
    return Array.from({ length: count }, (_, i) => ({
      atMs: atMs[i] as number,
      value: values[i] as number,
    }));
  }
  const steps = querySteps(store, range, range.stepMs);
  return steps
    .inOrder()
    .slice(0, range.limit)
    .map((i) => ({
      atMs: steps.atMs[i] as number,
      value: (steps.sums[i] as number) / (steps.counts[i] as number),
      min: steps.mins[i] as number,
      max: steps.maxs[i] as number,
      count: steps.counts[i] as number,
    }));
}

/** The samples as columns; those from `count` on do not count. */
export function querySamples(store: StateStore, range: HistoryRange): Samples {
  const tables = openTables(store);
  const { fromMs, toMs, limit } = range;
  const loose = looseSamples(store, tables, range);
  const found = new Samples();
  let day = Number.NEGATIVE_INFINITY;
  let dayStart = 0;
  let nextLoose = 0;
  /** What was sealed came before what is still loose. */
  const endDay = (nextDay: number): void => {
    for (; nextLoose < loose.count; nextLoose++) {
      const atMs = loose.atMs[nextLoose] as number;
      if (atMs >= nextDay * DAY_MS) break;
      found.add(atMs, loose.bits[nextLoose] as number);
    }
    found.sort(dayStart);
  };
  forEachSealed(tables, range, fromMs, toMs, (blockDay, samples, first, end) => {
    if (blockDay !== day) {
      endDay(day + 1);
      // Days without blocks in between.
      dayStart = found.count;
      endDay(blockDay);
      if (found.count >= limit) return false;
      day = blockDay;
      dayStart = found.count;
    }
    addSamples(found, blockDay * DAY_MS, samples, first, end);
    return true;
  });
  endDay(day + 1);
  if (found.count < limit) {
    dayStart = found.count;
    endDay(Number.POSITIVE_INFINITY);
  }
  found.count = Math.min(found.count, limit);
  return found;
}

function addSamples(
  found: Samples,
  dayMs: number,
  { timesMs, bits }: ChannelSamples,
  first: number,
  end: number,
): void {
  found.reserve(end - first);
  const { atMs, count } = found;
  for (let i = first; i < end; i++) atMs[count + i - first] = dayMs + (timesMs[i] as number);
  found.bits.set(bits.subarray(first, end), count);
  found.count = count + end - first;
}

/** Steps as columns, at least the first `limit` in time if there are more; `inOrder()` has their order. */
export function querySteps(store: StateStore, range: HistoryRange, stepMs: number): Steps {
  const tables = openTables(store);
  const { fromMs, toMs, limit } = range;
  const steps = new Steps(stepMs);
  const firstHourMs = Math.ceil(fromMs / HOUR_MS) * HOUR_MS;
  const endHourMs = Math.floor(toMs / HOUR_MS) * HOUR_MS;
  if (stepMs % HOUR_MS === 0 && firstHourMs < endHourMs) {
    addSealed(steps, tables, range, fromMs, firstHourMs);
    addHours(steps, tables, range, firstHourMs, endHourMs);
    addSealed(steps, tables, range, endHourMs, toMs);
    const add = steps.add.bind(steps);
    forEachVersion1Hour(store, range, firstHourMs, endHourMs, add);
    addVersion1(steps, store, range, fromMs, firstHourMs);
    addVersion1(steps, store, range, endHourMs, toMs);
  } else {
    addSealed(steps, tables, range, fromMs, toMs, limit);
    addVersion1(steps, store, range, fromMs, toMs);
  }
  const { hubNo, leafId, channel } = range;
  forEachUnsealed(tables, hubNo, leafId, channel, (atMs, bits) => {
    if (atMs >= fromMs && atMs < toMs) addOne(steps, atMs, floatOf(bits));
  });
  return steps;
}

const word = new Int32Array(1);
const float = new Float32Array(word.buffer);
function floatOf(bits: number): number {
  word[0] = bits;
  return float[0] as number;
}

const addOne = (steps: Steps, atMs: number, value: number): void =>
  steps.add(atMs, 1, value, value, value);

function addSealed(
  steps: Steps,
  tables: HistoryTables,
  series: Series,
  fromMs: number,
  toMs: number,
  limit = Number.POSITIVE_INFINITY,
): void {
  let day = Number.NEGATIVE_INFINITY;
  forEachSealed(tables, series, fromMs, toMs, (blockDay, { timesMs, bits }, first, end) => {
    // Within a day samples may come in any order; one step more than the limit ends it.
    if (blockDay !== day && steps.count > limit) return false;
    day = blockDay;
    const dayMs = blockDay * DAY_MS;
    for (let i = first; i < end; i++) {
      addOne(steps, dayMs + (timesMs[i] as number), floatOf(bits[i] as number));
    }
    return true;
  });
}

function addVersion1(
  steps: Steps,
  store: StateStore,
  series: HistoryRange,
  fromMs: number,
  toMs: number,
): void {
  const all = Number.POSITIVE_INFINITY;
  forEachVersion1Sample(store, series, fromMs, toMs, all, (atMs, value) =>
    addOne(steps, atMs, value),
  );
}

function addHours(
  steps: Steps,
  tables: HistoryTables,
  { hubNo, leafId, channel }: Series,
  fromMs: number,
  toMs: number,
): void {
  const hours = new Hours();
  for (const { day, value } of rowsOfLeaf(
    tables.hours,
    hubNo,
    leafId,
    dayOf(fromMs),
    dayOf(toMs - 1),
  )) {
    if (!readHours(value, channel, hours)) continue;
    for (let hour = 0; hour < hours.counts.length; hour++) {
      const count = hours.counts[hour] as number;
      const atMs = day * DAY_MS + hour * HOUR_MS;
      if (count === 0 || atMs < fromMs || atMs >= toMs) continue;
      const sum = hours.sums[hour] as number;
      steps.add(atMs, count, sum, hours.mins[hour] as number, hours.maxs[hour] as number);
    }
  }
}

const samples = new ChannelSamples();

/**
 * Runs of samples of `[fromMs, toMs)`, day after day, within a day as they came, until `onRun` answers
 * false. The samples are valid within `onRun`.
 */
function forEachSealed(
  { block }: HistoryTables,
  { hubNo, leafId, channel }: Series,
  fromMs: number,
  toMs: number,
  onRun: (day: number, samples: ChannelSamples, first: number, end: number) => boolean,
): void {
  if (fromMs >= toMs) return;
  for (const { day, value } of rowsOfLeaf(block, hubNo, leafId, dayOf(fromMs), dayOf(toMs - 1))) {
    const dayMs = day * DAY_MS;
    const firstMs = fromMs - dayMs;
    const endMs = toMs - dayMs;
    if (blockLastMs(value) < firstMs || blockFirstMs(value) >= endMs) continue;
    samples.read(value, channel);
    const { count, timesMs } = samples;
    if (blockFirstMs(value) >= firstMs && blockLastMs(value) < endMs) {
      if (!onRun(day, samples, 0, count)) return;
      continue;
    }
    for (let i = 0; i < count; ) {
      const isIn = (at: number): boolean =>
        (timesMs[at] as number) >= firstMs && (timesMs[at] as number) < endMs;
      while (i < count && !isIn(i)) i += 1;
      const first = i;
      while (i < count && isIn(i)) i += 1;
      if (first < i && !onRun(day, samples, first, i)) return;
    }
  }
}

/** Not in blocks of this version, by time; of one time as they came. */
function looseSamples(store: StateStore, tables: HistoryTables, range: HistoryRange): Samples {
  const { hubNo, leafId, channel, fromMs, toMs, limit } = range;
  const loose = new Samples();
  forEachVersion1Sample(store, range, fromMs, toMs, limit, (atMs, value) => {
    float[0] = value;
    loose.add(atMs, word[0] as number);
  });
  forEachUnsealed(tables, hubNo, leafId, channel, (atMs, bits) => {
    if (atMs >= fromMs && atMs < toMs) loose.add(atMs, bits);
  });
  loose.sort(0);
  return loose;
}
