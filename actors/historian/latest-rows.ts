/** The newest reading of every leaf and channel, as the store has it. */
import type { StateStore } from "../../runtime/state/state-store.ts";
import { openTables, type Series } from "./tables.ts";

export interface LatestRow extends Series {
  readonly value: number;
  readonly atMs: number;
}

/** What came in the last 50 ms may be missing. */
export function* latestRows(store: StateStore): Iterable<LatestRow> {
  for (const { key, value } of openTables(store).latest.range({})) {
    const [hubNo, leafId, channel] = key;
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    yield {
      hubNo,
      leafId,
      channel,
      value: view.getFloat32(8, true),
      atMs: view.getFloat64(0, true),
    };
  }
}

/**
 *   0         8          12
 *   atMs f64  value f32       little-endian
 */
export function encodeLatest(atMs: number, value: number): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, atMs, true);
  view.setFloat32(8, value, true);
  return bytes;
}
