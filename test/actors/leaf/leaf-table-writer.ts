/** The writing thread of leaf-table.test.ts: every field of a row says the same number. */
import { parentPort, workerData } from "node:worker_threads";
import { openLeafTable } from "../../../actors/leaf/leaf-table.ts";
import type { RowWriter } from "../../../actors/leaf/row-writer.ts";

const { buffer, stop } = workerData as { buffer: SharedArrayBuffer; stop: Int32Array };
const table = openLeafTable(buffer);
const writers = Array.from({ length: table.rowsMax }, (_, row) => table.writer(row));

for (let n = 1; Atomics.load(stop, 0) === 0; n++) {
  for (let row = 0; row < table.rowsMax; row++) {
    const writer = writers[row] as RowWriter;
    writer.begin();
    writer.countApplied();
    writer.setSeen(n * 1e6 + 0.25);
    writer.setHealth(1, n);
    for (let channel = 1; channel <= 8; channel++) writer.setReading(channel, n, n * 1e6 + 0.25);
    writer.end();
  }
  if (n === 1) parentPort?.postMessage("writing");
}
