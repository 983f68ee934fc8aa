/** Readings as a hub sends them to the historian. */
import { READING_RECORD } from "../../actors/historian/messages.ts";

export interface Reading {
  readonly hubNo: number;
  readonly leafId: number;
  readonly channel: number;
  readonly value: number;
  readonly atMs: number;
}

export function batchOf(readings: readonly Reading[]): DataView<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(readings.length * READING_RECORD.bytes));
  for (const [i, { hubNo, leafId, channel, value, atMs }] of readings.entries()) {
    const at = i * READING_RECORD.bytes;
    view.setUint16(at + READING_RECORD.hubNo, hubNo, true);
    view.setUint16(at + READING_RECORD.leafId, leafId, true);
    view.setUint8(at + READING_RECORD.channel, channel);
    view.setFloat32(at + READING_RECORD.value, value, true);
    view.setFloat64(at + READING_RECORD.atMs, atMs, true);
  }
  return view;
}
