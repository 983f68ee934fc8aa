import { STREAM } from "../../firmware/wire/frame-types.ts";

/**
 * CRC-16/CCITT-FALSE (CRC-16/IBM-3740 in the RevEng catalogue): polynomial 0x1021, start 0xffff, no
 * reflection, no final XOR. Check value 0x29b1. `crc` continues an earlier call's result.
 */
export function crc16(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  crc: number = STREAM.crcStart,
): number {
  let rest = crc;
  for (let at = start; at < end; at++) {
    rest = ((rest << 8) & 0xffff) ^ (table[(rest >>> 8) ^ (bytes[at] as number)] as number);
  }
  return rest;
}

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let rest = byte << 8;
  for (let bit = 0; bit < 8; bit++) {
    rest = rest & 0x8000 ? (rest << 1) ^ STREAM.crcPolynomial : rest << 1;
  }
  return rest;
});
