/** Readings as a hub sends them to the historian. */
import assert from "node:assert/strict";
import { BATCH, RECORD } from "../../actors/historian/messages.ts";
import type { Batch } from "../../actors/historian/reading-buffer.ts";

export interface Reading {
  readonly hubNo: number;
  readonly leafId: number;
  readonly channel: number;
  readonly value: number;
  readonly atMs: number;
}

/** Of one hub; a record holds as many as follow each other with one leaf and time. */
export function batchOf(readings: readonly Reading[]): Uint8Array<ArrayBuffer> {
  const hubNo = readings[0]?.hubNo ?? 0;
  const bytes: number[] = [];
  let record: DataView | undefined;
  let before: Reading | undefined;
  const end = (): void => {
    if (record !== undefined) bytes.push(...new Uint8Array(record.buffer));
  };
  for (const reading of readings) {
    assert.equal(reading.hubNo, hubNo, "readings of one hub");
    const { leafId, channel, value, atMs } = reading;
    const count: number = record?.getUint8(RECORD.count) ?? 0;
    const isSame = leafId === before?.leafId && atMs === before.atMs && count < 255;
    if (!isSame) end();
    const old: DataView | undefined = isSame ? record : undefined;
    const length = (old?.byteLength ?? RECORD.headerBytes) + RECORD.readingBytes;
    record = new DataView(new ArrayBuffer(length));
    if (old !== undefined) new Uint8Array(record.buffer).set(new Uint8Array(old.buffer));
    record.setUint16(RECORD.leafId, leafId, true);
    record.setFloat64(RECORD.atMs, atMs, true);
    record.setUint8(RECORD.count, isSame ? count + 1 : 1);
    record.setUint8(length - RECORD.readingBytes, channel);
    record.setFloat32(length - RECORD.readingBytes + 1, value, true);
    before = reading;
  }
  end();
  const batch = new Uint8Array(BATCH.headerBytes + bytes.length);
  new DataView(batch.buffer).setUint16(BATCH.hubNo, hubNo, true);
  batch.set(bytes, BATCH.headerBytes);
  return batch;
}

/** What `batchOf` was given. */
export function readingsOf(batch: Uint8Array): Reading[] {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  const hubNo = view.getUint16(BATCH.hubNo, true);
  const readings: Reading[] = [];
  for (let at: number = BATCH.headerBytes; at < batch.length; ) {
    const leafId = view.getUint16(at + RECORD.leafId, true);
    const atMs = view.getFloat64(at + RECORD.atMs, true);
    const end = at + RECORD.headerBytes + view.getUint8(at + RECORD.count) * RECORD.readingBytes;
    for (at += RECORD.headerBytes; at < end; at += RECORD.readingBytes) {
      const channel = view.getUint8(at);
      readings.push({ hubNo, leafId, channel, value: view.getFloat32(at + 1, true), atMs });
    }
  }
  return readings;
}

/** Of any hubs, as the historian keeps them until it writes. */
export function batchesOf(readings: readonly Reading[]): Batch[] {
  const runs: Reading[][] = [];
  for (const reading of readings) {
    const run = runs.at(-1);
    if (run?.[0]?.hubNo === reading.hubNo) run.push(reading);
    else runs.push([reading]);
  }
  return runs.map((run) => ({ view: new DataView(batchOf(run).buffer), readings: run.length }));
}
