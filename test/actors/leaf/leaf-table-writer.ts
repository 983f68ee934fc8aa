/** The writing thread of leaf-table.test.ts: every field of a row says the same number. */
import { parentPort, workerData } from "node:worker_threads";
import { openLeafTable } from "../../../actors/leaf/leaf-table.ts";

const { buffer, stop } = workerData as { buffer: SharedArrayBuffer; stop: Int32Array };
const table = openLeafTable(buffer);

for (let n = 1; Atomics.load(stop, 0) === 0; n++) {
  for (let row = 0; row < table.rowsMax; row++) {
    table.begin(row);
    table.countApplied(row);
    table.setSeen(row, n * 1e6 + 0.25);
    table.setHealth(row, 1, n);
    for (let channel = 1; channel <= 8; channel++)
      table.setReading(row, channel, n, n * 1e6 + 0.25);
    table.end(row);
  }
  if (n === 1) parentPort?.postMessage("writing");
}
