import { STREAM } from "../../firmware/wire/frame-types.ts";

/**
 * CRC-16/CCITT-FALSE (CRC-16/IBM-3740 in the RevEng catalogue): polynomial 0x1021, start 0xffff, no
 * reflection, no final XOR. Check value 0x29b1. `crc` continues an earlier call's result.
 *
 * Four bytes a step: the CRC of a sum is the sum of CRCs, so each byte has a table that knows how many
 * bytes follow it (slicing-by-4; Kounavis and Berry, "Novel Table Lookup-Based Algorithms for
 * High-Performance CRC Generation", 2008).
 */
export function crc16(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  crc: number = STREAM.crcStart,
): number {
  let rest = crc;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    rest ^= ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
    rest =
      (table3[rest >>> 8] as number) ^
      (table2[rest & 0xff] as number) ^
      (table1[bytes[at + 2] as number] as number) ^
      (table0[bytes[at + 3] as number] as number);
  }
  for (; at < end; at++) {
    rest = ((rest << 8) & 0xffff) ^ (table0[(rest >>> 8) ^ (bytes[at] as number)] as number);
  }
  return rest;
}

/** `table0[byte]` is the CRC of that byte alone from 0; of each next table, with one more zero behind it. */
const table0 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 8;
  for (let bit = 0; bit < 8; bit++) {
    rest = rest & 0x8000 ? (rest << 1) ^ STREAM.crcPolynomial : rest << 1;
  }
  return rest;
});
const withZero = (table: Uint16Array): Uint16Array =>
  table.map((rest) => (rest << 8) ^ (table0[rest >>> 8] as number));
const table1 = withZero(table0);
const table2 = withZero(table1);
const table3 = withZero(table2);
