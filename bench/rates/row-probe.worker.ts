/**
 * Reads rows of the leaf table each millisecond and takes from a new report when it was sent, as
 * `peers/leaf_sender.c` says it. The age counts once a report, when it is first seen; those that are
 * overwritten before are not seen.
 */
import { workerData } from "node:worker_threads";
import { emptyLeafRow, openLeafTable } from "../../actors/leaf/leaf-table.ts";
import { CHANNELS } from "../../firmware/wire/frame-types.ts";
import { LatencyCounts } from "../latency/latency-counts.ts";
import type { ProbeParts } from "./node.program.ts";

const { table: buffer, counts: shared, rows } = workerData as ProbeParts;
const table = openLeafTable(buffer);
const counts = new LatencyCounts(shared);
const row = emptyLeafRow();
const frames = new Float64Array(rows.length);
const HIGH = CHANNELS.illuminance.code;
const LOW = CHANNELS.sound_level.code;
const EVERY_MS = 1;
const sleep = new Int32Array(new SharedArrayBuffer(4));

for (;;) {
  Atomics.wait(sleep, 0, 0, EVERY_MS);
  for (const [index, at] of rows.entries()) {
    if (!table.readRow(at, row) || row.frames === frames[index]) continue;
    frames[index] = row.frames;
    const sentUs = readingOf(HIGH) * 65_536 + readingOf(LOW);
    // CLOCK_MONOTONIC, as the sender's; its µs as u32 go round each 71 minutes.
    const nowUs = Number((process.hrtime.bigint() / 1_000n) & 0xffff_ffffn);
    if (!Number.isNaN(sentUs)) counts.add(0, (nowUs - sentUs) >>> 0);
  }
}

function readingOf(channel: number): number {
  for (let slot = 0; slot < row.slotsUsed; slot++) {
    if (row.channels[slot] === channel) return row.values[slot] ?? Number.NaN;
  }
  return Number.NaN;
}
