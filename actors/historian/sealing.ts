/**
 * Makes blocks of what a sheaf has gathered, and adds it to the rollups:
 *
 *   sheaf [hub, sheaf, row] ──▶ block [day, hub, leaf, n]     on from the leaf's last block of that day
 *                           ──▶ hours [day, hub, leaf]
 *
 * A block that is not full is written anew with what came, a few times until it is: it lies in pages
 * that a block of its own would cost as well. Runs within one transaction: after a crash a frame has
 * been moved and counted, or neither.
 */
import { ByteSink } from "./byte-sink.ts";
import { DayRollup } from "./day-rollup.ts";
import { LeafFrames } from "./leaf-block.ts";
import { RECORD } from "./messages.ts";
import { dayOf, recordBytes, recordLeafId } from "./records.ts";
import { DAY_MS, type HistoryTables, SHEAF_BITS } from "./tables.ts";

/** Used again by every call, which ends before the next begins. */
const gathered = new ByteSink();
const sink = new ByteSink();
const frames = new LeafFrames();
const rollup = new DayRollup();

/** Removes a sheaf's rows; the caller keeps their number. */
export function sealSheaf(tables: HistoryTables, hubNo: number, no: number): void {
  gathered.clear();
  const rows: number[] = [];
  for (const { key, value } of tables.sheaf.range({
    from: [hubNo, no, 0],
    to: [hubNo, no + 1, 0],
  })) {
    rows.push(key[2]);
    gathered.append(value);
  }
  for (const [leafId, records] of byLeaf()) {
    for (const day of daysOf(records)) sealDay(tables, hubNo, leafId, day, records);
  }
  for (const row of rows) tables.sheaf.remove([hubNo, no, row]);
}

/** Where each leaf's records are, in the order in which they came. */
function byLeaf(): Map<number, number[]> {
  const records = new Map<number, number[]>();
  const lists: (number[] | undefined)[] = new Array(1 << SHEAF_BITS);
  for (let at = 0; at < gathered.end; at += recordBytes(gathered.bytes, at)) {
    const leafId = recordLeafId(gathered.bytes, at);
    const place = leafId & ((1 << SHEAF_BITS) - 1);
    const list = lists[place];
    if (list !== undefined) list.push(at);
    else {
      lists[place] = [at];
      records.set(leafId, lists[place] as number[]);
    }
  }
  return records;
}

/** Mostly one; those of readings that waited in their leaf come apart. */
function daysOf(records: readonly number[]): Set<number> {
  const days = new Set<number>();
  let last = Number.NaN;
  for (const at of records) {
    const day = dayOf(gathered.view.getFloat64(at + RECORD.atMs, true));
    if (day !== last) days.add(day);
    last = day;
  }
  return days;
}

function sealDay(
  tables: HistoryTables,
  hubNo: number,
  leafId: number,
  day: number,
  records: readonly number[],
): void {
  let n = openBlock(tables, hubNo, leafId, day);
  rollup.begin(tables.hours.get([day, hubNo, leafId]));
  const { bytes, view } = gathered;
  for (const at of records) {
    const timeMs = view.getFloat64(at + RECORD.atMs, true) - day * DAY_MS;
    if (!(timeMs >= 0 && timeMs < DAY_MS)) continue;
    const count = bytes[at + RECORD.count] as number;
    let reading = at + RECORD.headerBytes;
    if (!frames.add(timeMs, bytes, reading, count)) {
      putBlock(tables, hubNo, leafId, day, n++);
      frames.clear();
      frames.add(timeMs, bytes, reading, count);
    }
    for (let i = 0; i < count; i++, reading += RECORD.readingBytes) {
      rollup.add(bytes[reading] as number, timeMs, view.getFloat32(reading + 1, true));
    }
  }
  putBlock(tables, hubNo, leafId, day, n);
  sink.clear();
  rollup.write(sink);
  tables.hours.put([day, hubNo, leafId], sink.written());
}

/** Puts the leaf's last block of the day into `frames`, if there is room in it; returns the number to write. */
function openBlock(tables: HistoryTables, hubNo: number, leafId: number, day: number): number {
  frames.clear();
  for (const { key, value } of tables.block.range({
    from: [day, hubNo, leafId, 0],
    to: [day, hubNo, leafId + 1, 0],
    reverse: true,
    limit: 1,
  })) {
    frames.read(value);
    if (!frames.isFull) return key[3];
    frames.clear();
    return key[3] + 1;
  }
  return 0;
}

function putBlock(
  tables: HistoryTables,
  hubNo: number,
  leafId: number,
  day: number,
  n: number,
): void {
  sink.clear();
  frames.write(sink);
  tables.block.put([day, hubNo, leafId, n], sink.written());
}
