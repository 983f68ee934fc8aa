/**
 * What a store holds of Mycel before leaf-block.ts: read where it lies, never written, and dropped with
 * age. Its tables:
 *
 *   log     [hub, group]                        readings that were not sealed: moved on at the first start
 *   latest  [hub, leaf, channel]                atMs f64, value f32
 *   history [hub, leaf, channel, hour, group]   kind u8, count u32, values f32[n], then times: kind 0 zigzag
 *                                               varints of the difference to the one before, the first to
 *                                               the hour's start; kind 1 f64[n]
 *   rollup  [hub, leaf, channel, unit, start]   sum f64, count u32, min f32, max f32; of minutes and hours
 */
import type { StateStore, Table } from "../../runtime/state/state-store.ts";
import { BATCH, RECORD } from "./messages.ts";
import type { LatestRow } from "./newest-row.ts";
import type { Batch } from "./reading-buffer.ts";
import { viewOf } from "./records.ts";
import { DAY_MS, HOUR_MS, type Series } from "./tables.ts";

type BlockKey = readonly [number, number, number, number, number];

export interface Version1Tables {
  readonly log: Table<readonly [number, number], Uint8Array>;
  readonly latest: Table<readonly [number, number, number], Uint8Array>;
  readonly history: Table<BlockKey, Uint8Array>;
  readonly rollup: Table<BlockKey, Uint8Array>;
}

export const openVersion1 = (store: StateStore): Version1Tables => ({
  log: store.table({ name: "log", value: "bytes" }),
  latest: store.table({ name: "latest", value: "bytes" }),
  history: store.table({ name: "history", value: "bytes" }),
  rollup: store.table({ name: "rollup", value: "bytes" }),
});

const LOG_RECORD_BYTES = 16;

/** The log as batches, and what takes it away in the transaction that writes them. */
export function version1Log(store: StateStore): { batches: Batch[]; remove: () => void } {
  const { log } = openVersion1(store);
  const batches: Batch[] = [];
  const keys: (readonly [number, number])[] = [];
  for (const { key, value } of log.range({})) {
    keys.push(key);
    batches.push(batchOf(key[0], value));
  }
  return {
    batches,
    remove: () => {
      for (const key of keys) log.remove(key);
    },
  };
}

/** Readings of one leaf and time that follow each other came in one frame. */
function batchOf(hubNo: number, group: Uint8Array): Batch {
  const readings = Math.floor(group.length / LOG_RECORD_BYTES);
  const from = viewOf(group);
  const bytes = new Uint8Array(
    BATCH.headerBytes + readings * (RECORD.headerBytes + RECORD.readingBytes),
  );
  const view = new DataView(bytes.buffer);
  view.setUint16(BATCH.hubNo, hubNo, true);
  let end: number = BATCH.headerBytes;
  let record = -1;
  for (let at = 0; at < readings * LOG_RECORD_BYTES; at += LOG_RECORD_BYTES) {
    const leafId = from.getUint16(at, true);
    const atMs = Math.floor(from.getFloat64(at + 8, true));
    const isSame =
      record >= 0 &&
      view.getUint16(record + RECORD.leafId, true) === leafId &&
      view.getFloat64(record + RECORD.atMs, true) === atMs &&
      view.getUint8(record + RECORD.count) < RECORD.readingsMax;
    if (!isSame) {
      record = end;
      end += RECORD.headerBytes;
      view.setUint16(record + RECORD.leafId, leafId, true);
      view.setFloat64(record + RECORD.atMs, atMs, true);
    }
    view.setUint8(record + RECORD.count, view.getUint8(record + RECORD.count) + 1);
    view.setUint8(end, from.getUint8(at + 2));
    view.setUint32(end + 1, from.getUint32(at + 4, true), true);
    end += RECORD.readingBytes;
  }
  return { view: new DataView(bytes.buffer, 0, end), readings };
}

export function* version1Latest(store: StateStore): Iterable<LatestRow> {
  for (const { key, value } of openVersion1(store).latest.range({})) {
    const [hubNo, leafId, channel] = key;
    const view = viewOf(value);
    const atMs = view.getFloat64(0, true);
    yield { hubNo, leafId, channel, value: view.getFloat32(8, true), atMs };
  }
}

/** At most `limit` hours' samples more than `limit`, hour by hour, in each as they came. */
export function forEachVersion1Sample(
  store: StateStore,
  { hubNo, leafId, channel }: Series,
  fromMs: number,
  toMs: number,
  limit: number,
  onSample: (atMs: number, value: number) => void,
): void {
  let found = 0;
  let hourMs = Number.NaN;
  for (const { key, value } of openVersion1(store).history.range({
    from: [hubNo, leafId, channel, Math.floor(fromMs / HOUR_MS) * HOUR_MS, 0],
    to: [hubNo, leafId, channel, toMs, 0],
  })) {
    if (key[3] !== hourMs && found >= limit) return;
    hourMs = key[3];
    readBlock(hourMs, value, (atMs, sample) => {
      // Times of version 1 may have fractions.
      const wholeMs = Math.floor(atMs);
      if (wholeMs < fromMs || wholeMs >= toMs) return;
      found += 1;
      onSample(wholeMs, sample);
    });
  }
}

export function forEachVersion1Hour(
  store: StateStore,
  { hubNo, leafId, channel }: Series,
  fromMs: number,
  toMs: number,
  onHour: (atMs: number, count: number, sum: number, min: number, max: number) => void,
): void {
  for (const { key, value } of openVersion1(store).rollup.range({
    from: [hubNo, leafId, channel, HOUR_MS, fromMs],
    to: [hubNo, leafId, channel, HOUR_MS, toMs],
  })) {
    const view = viewOf(value);
    const [sum, count] = [view.getFloat64(0, true), view.getUint32(8, true)];
    onHour(key[4], count, sum, view.getFloat32(12, true), view.getFloat32(16, true));
  }
}

/** Series looked at in a step, and rows removed of each: a few ms. */
const SERIES = 64;
const ROWS = 256;

/**
 * Drops blocks and rollups older than the days named (since 1970), within a transaction. Returns the
 * series to go on behind; undefined when all were seen.
 */
export function dropVersion1(
  { latest, history, rollup }: Version1Tables,
  keep: { readonly blocksFromDay: number; readonly hoursFromDay: number },
  after: readonly [number, number, number] | undefined,
): readonly [number, number, number] | undefined {
  const from = after === undefined ? {} : { from: [after[0], after[1], after[2] + 1] as const };
  const series = [...latest.range({ ...from, limit: SERIES })];
  for (const { key } of series) {
    removeSome(history, [...key, 0, 0], [...key, keep.blocksFromDay * DAY_MS, 0]);
    for (const unitMs of [60_000, HOUR_MS]) {
      removeSome(rollup, [...key, unitMs, 0], [...key, unitMs, keep.hoursFromDay * DAY_MS]);
    }
  }
  return series.length === SERIES ? series.at(-1)?.key : undefined;
}

function removeSome(table: Table<BlockKey, Uint8Array>, from: BlockKey, to: BlockKey): void {
  for (const { key } of [...table.range({ from, to, limit: ROWS })]) table.remove(key);
}

const KIND_EXACT = 1;

function readBlock(
  hourMs: number,
  block: Uint8Array,
  onSample: (atMs: number, value: number) => void,
): void {
  const view = viewOf(block);
  const count = view.getUint32(1, true);
  let at = 5 + 4 * count;
  let time = hourMs;
  for (let i = 0; i < count; i++) {
    if (view.getUint8(0) === KIND_EXACT) {
      time = view.getFloat64(at, true);
      at += 8;
    } else {
      let zigzag = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = view.getUint8(at++);
        zigzag |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      time += zigzag & 1 ? -((zigzag + 1) >>> 1) : zigzag >>> 1;
    }
    onSample(time, view.getFloat32(5 + 4 * i, true));
  }
}
