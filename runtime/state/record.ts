/**
 * A value as it lies in the store. LMDB has no checksum of its own, so each value carries one, over
 * the key's bytes as well: a record that lies under another key is damaged too.
 *
 *   0            n        n+4
 *   payload[n]   crc32 of key and payload, little-endian
 */
import { crc32 } from "node:zlib";
import { Packr } from "msgpackr";
import { writeKey } from "ordered-binary";
import type { Key, TableSpec } from "./state-store.ts";

const CRC_BYTES = 4;

/** lmdb's longest, 1,978 bytes, and what is written beyond a key's end. */
const keyBytes = Buffer.alloc(2_048);

/** Without msgpackr's records: a value must be readable with nothing but itself. */
const packr = new Packr({ useRecords: false });

let scratch = Buffer.allocUnsafeSlow(64 * 1024);

/** The record's bytes, in a buffer that the next call uses again. */
export function writeRecord(kind: TableSpec["value"], key: Key, value: unknown): Buffer {
  const payload = kind === "object" ? packr.pack(value) : (value as Uint8Array);
  const length = payload.length;
  if (scratch.length < length + CRC_BYTES) scratch = Buffer.allocUnsafeSlow(2 * length + CRC_BYTES);
  scratch.set(payload, 0);
  scratch.writeUInt32LE(crc32(payload, crc32(asBytes(key))), length);
  return scratch.subarray(0, length + CRC_BYTES);
}

/** The value, or undefined when the record is damaged. Bytes are a part of `record`, not a copy. */
export function readRecord(kind: TableSpec["value"], key: Key, record: Buffer): unknown {
  const payload = payloadOf(asBytes(key), record);
  if (payload === undefined) return undefined;
  return kind === "object" ? packr.unpack(payload) : payload;
}

export const isWholeRecord = (key: Uint8Array, record: Buffer): boolean =>
  payloadOf(key, record) !== undefined;

/** A part of the record; undefined when that is damaged. */
function payloadOf(key: Uint8Array, record: Buffer): Buffer | undefined {
  const length = record.length - CRC_BYTES;
  if (length < 0) return undefined;
  const payload = record.subarray(0, length);
  return crc32(payload, crc32(key)) === record.readUInt32LE(length) ? payload : undefined;
}

/** As an object's bytes lie in a record. */
export const packValue = (value: unknown): Uint8Array => packr.pack(value);
export const unpackValue = (bytes: Uint8Array): unknown => packr.unpack(bytes);

/** What reading it back from disk would give. */
export const asReadBack = (value: unknown): unknown => packr.unpack(packr.pack(value));

/** As lmdb writes keys. */
const asBytes = (key: Key): Uint8Array =>
  keyBytes.subarray(0, writeKey(key as string | number | (string | number)[], keyBytes, 0));
