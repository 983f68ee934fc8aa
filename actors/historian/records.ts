/** Walks records as messages.ts draws them. */
import { BATCH, RECORD } from "./messages.ts";
import { DAY_MS, type HistoryTables, sheafOf } from "./tables.ts";

/** In `intake`: where a batch says how long its records are. */
const RECORDS_BYTES_AT = 4;

/** Bytes of the record at `at`. */
export const recordBytes = (bytes: Uint8Array, at: number): number =>
  RECORD.headerBytes + (bytes[at + RECORD.count] as number) * RECORD.readingBytes;

export const recordLeafId = (bytes: Uint8Array, at: number): number =>
  (bytes[at + RECORD.leafId] as number) | ((bytes[at + RECORD.leafId + 1] as number) << 8);

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const dayOf = (atMs: number): number => Math.floor(atMs / DAY_MS);

export function setRecordsBytes(batch: DataView): void {
  batch.setUint32(RECORDS_BYTES_AT, batch.byteLength - BATCH.headerBytes, true);
}

/** Tells where the records of each batch in a row of `intake` are. */
export function forEachBatch(
  row: Uint8Array,
  onBatch: (hubNo: number, start: number, end: number) => void,
): void {
  const view = viewOf(row);
  for (let at = 0; at < row.length; ) {
    const start = at + BATCH.headerBytes;
    const end = start + view.getUint32(at + RECORDS_BYTES_AT, true);
    onBatch(view.getUint16(at + BATCH.hubNo, true), start, end);
    at = end;
  }
}

/** What is not in blocks yet of one channel, in the order in which it came. */
export function forEachUnsealed(
  { intake, sheaf }: Pick<HistoryTables, "intake" | "sheaf">,
  hubNo: number,
  leafId: number,
  channel: number,
  onReading: (atMs: number, bits: number) => void,
): void {
  const no = sheafOf(leafId);
  const range = { from: [hubNo, no, 0], to: [hubNo, no + 1, 0] } as const;
  for (const { value } of sheaf.range(range)) {
    forEachReading(value, 0, value.length, leafId, channel, onReading);
  }
  for (const { value } of intake.range({})) {
    forEachBatch(value, (batchHubNo, start, end) => {
      if (batchHubNo !== hubNo) return;
      forEachReading(value, start, end, leafId, channel, onReading);
    });
  }
}

function forEachReading(
  bytes: Uint8Array,
  start: number,
  end: number,
  leafId: number,
  channel: number,
  onReading: (atMs: number, bits: number) => void,
): void {
  const view = viewOf(bytes);
  for (let at = start; at < end; ) {
    const next = at + recordBytes(bytes, at);
    if (recordLeafId(bytes, at) === leafId) {
      const atMs = view.getFloat64(at + RECORD.atMs, true);
      for (at += RECORD.headerBytes; at < next; at += RECORD.readingBytes) {
        if (bytes[at] === channel) onReading(atMs, view.getInt32(at + 1, true));
      }
    }
    at = next;
  }
}
