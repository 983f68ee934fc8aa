/**
 * A value as it lies in the store. LMDB has no checksum of its own, so each value carries one:
 *
 *   0            n        n+4
 *   payload[n]   crc32 of the payload, little-endian
 */
import { crc32 } from "node:zlib";
import { Packr } from "msgpackr";

export const CRC_BYTES = 4;

/** Without records: a value must be readable with nothing but itself. */
const packr = new Packr({ useRecords: false });

let scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** The record's bytes in a buffer that the next call uses again. */
export function writeRecord(kind: "object" | "bytes", value: unknown): Buffer {
  const payload = kind === "object" ? packr.pack(value) : (value as Uint8Array);
  const length = payload.length;
  if (scratch.length < length + CRC_BYTES) scratch = Buffer.allocUnsafeSlow(2 * length + CRC_BYTES);
  scratch.set(payload, 0);
  scratch.writeUInt32LE(crc32(payload), length);
  return scratch.subarray(0, length + CRC_BYTES);
}

/** The value, or undefined when the record is damaged. Bytes are a part of `record`, not a copy. */
export function readRecord(kind: "object" | "bytes", record: Buffer): unknown {
  if (!recordIsWhole(record)) return undefined;
  const payload = record.subarray(0, record.length - CRC_BYTES);
  return kind === "object" ? packr.unpack(payload) : payload;
}

export function recordIsWhole(record: Buffer): boolean {
  const length = record.length - CRC_BYTES;
  return length >= 0 && crc32(record.subarray(0, length)) === record.readUInt32LE(length);
}

/** What reading it back from disk would give. */
export const asReadBack = (value: unknown): unknown => packr.unpack(packr.pack(value));
