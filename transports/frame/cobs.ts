/**
 * Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): bytes without a zero among them, so
 * that a zero can end a frame on a stream.
 *
 *   11 22 00 33  ──▶  03 11 22 02 33        a code says how far it is to the next zero, or the end
 *
 * Decoding is the splitter's work, byte by byte as they come.
 */

/** Worst case: a code byte for each 254 bytes. */
export const cobsBytesMax = (bytes: number): number => bytes + Math.floor(bytes / 254) + 1;

/**
 * Encodes `source[start, end)` to `target` from `at` on and returns where it ends there. The two must
 * not overlap.
 */
export function cobsEncode(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  at: number,
): number {
  let codeAt = at;
  let out = at + 1;
  for (let from = start; from < end; from++) {
    const byte = source[from] as number;
    if (byte !== 0) {
      target[out++] = byte;
      if (out - codeAt < 0xff) continue;
      // A full block stands for 254 bytes and no zero. At the very end no block follows it.
      if (from + 1 === end) break;
    }
    target[codeAt] = out - codeAt;
    codeAt = out++;
  }
  target[codeAt] = out - codeAt;
  return out;
}
