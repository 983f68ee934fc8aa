/** The reading of every leaf and channel that came last, as the store has it. */
import type { StateStore } from "../../runtime/state/state-store.ts";
import { RECORD } from "./messages.ts";
import { entriesOf, type LatestRow } from "./newest-row.ts";
import { forEachBatch, recordBytes, recordLeafId, viewOf } from "./records.ts";
import { openTables } from "./tables.ts";
import { version1Latest } from "./version-1.ts";

/**
 * In the order in which they came: a series may come again, and its last row is the newest. What came
 * in the last 50 ms may be missing.
 */
export function* latestRows(store: StateStore): Iterable<LatestRow> {
  const { newest, intake } = openTables(store);
  yield* version1Latest(store);
  for (const { key, value } of newest.range({})) yield* entriesOf(key[0], value);
  for (const { value } of intake.range({})) {
    const rows: LatestRow[] = [];
    forEachBatch(value, (hubNo, start, end) => addRows(rows, hubNo, value, start, end));
    yield* rows;
  }
}

function addRows(
  rows: LatestRow[],
  hubNo: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const view = viewOf(bytes);
  for (let at = start; at < end; ) {
    const next = at + recordBytes(bytes, at);
    const leafId = recordLeafId(bytes, at);
    const atMs = view.getFloat64(at + RECORD.atMs, true);
    for (at += RECORD.headerBytes; at < next; at += RECORD.readingBytes) {
      const channel = bytes[at] as number;
      rows.push({ hubNo, leafId, channel, value: view.getFloat32(at + 1, true), atMs });
    }
  }
}
