/**
 * What is known of a sheaf without reading its rows: how much of it waits to be sealed, and the reading
 * of each of its series that came last. Little-endian:
 *
 *   0            4          8            16
 *   nextRow u32  bytes u32  sinceMs f64  entries…
 *
 *   entry: leafId u16, channel u8, 0 u8, value f32, atMs f64
 *
 * `bytes` are in its rows on disk, the first of them since `sinceMs`; `nextRow` was never used.
 */
import { ByteSink } from "./byte-sink.ts";
import { RECORD } from "./messages.ts";
import { recordBytes, recordLeafId, viewOf } from "./records.ts";
import { type Series, SHEAF_BITS } from "./tables.ts";

export interface SheafState {
  nextRow: number;
  bytes: number;
  sinceMs: number;
}

const HEADER_BYTES = 16;
const ENTRY_BYTES = 16;

/** By leaf and channel: 1 + where its entry is, or 0. */
const places = new Int32Array(2 ** (SHEAF_BITS + 8));
const sink = new ByteSink();

/** The row after `records` came; valid until the next call. */
export function renewedRow(
  row: Uint8Array | undefined,
  { nextRow, bytes, sinceMs }: SheafState,
  records: Uint8Array,
): Uint8Array {
  sink.clear();
  if (row === undefined) sink.take(HEADER_BYTES);
  else sink.append(row);
  sink.view.setUint32(0, nextRow, true);
  sink.view.setUint32(4, bytes, true);
  sink.view.setFloat64(8, sinceMs, true);

  places.fill(0);
  for (let at = HEADER_BYTES; at < sink.end; at += ENTRY_BYTES) {
    places[placeOf(sink.view.getUint16(at, true), sink.bytes[at + 2] as number)] = at + 1;
  }
  const view = viewOf(records);
  for (let at = 0; at < records.length; ) {
    const end = at + recordBytes(records, at);
    const leafId = recordLeafId(records, at);
    const atMs = view.getFloat64(at + RECORD.atMs, true);
    for (at += RECORD.headerBytes; at < end; at += RECORD.readingBytes) {
      const channel = records[at] as number;
      const place = placeOf(leafId, channel);
      let entry = (places[place] as number) - 1;
      if (entry < 0) {
        entry = sink.take(ENTRY_BYTES);
        places[place] = entry + 1;
        sink.view.setUint16(entry, leafId, true);
        sink.view.setUint16(entry + 2, channel, true);
      }
      sink.view.setUint32(entry + 4, view.getUint32(at + 1, true), true);
      sink.view.setFloat64(entry + 8, atMs, true);
    }
  }
  return sink.written();
}

const placeOf = (leafId: number, channel: number): number =>
  ((leafId & ((1 << SHEAF_BITS) - 1)) << 8) | channel;

export function stateOf(row: Uint8Array): SheafState {
  const view = viewOf(row);
  return {
    nextRow: view.getUint32(0, true),
    bytes: view.getUint32(4, true),
    sinceMs: view.getFloat64(8, true),
  };
}

export interface LatestRow extends Series {
  readonly value: number;
  readonly atMs: number;
}

export function* entriesOf(hubNo: number, row: Uint8Array): Iterable<LatestRow> {
  const view = viewOf(row);
  for (let at = HEADER_BYTES; at < row.length; at += ENTRY_BYTES) {
    yield {
      hubNo,
      leafId: view.getUint16(at, true),
      channel: view.getUint8(at + 2),
      value: view.getFloat32(at + 4, true),
      atMs: view.getFloat64(at + 8, true),
    };
  }
}
