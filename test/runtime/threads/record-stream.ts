/** A stream of records that both ends can compute: sizes and bytes follow from the sequence number. */

/** Up to 300 bytes, with one in 4 096 too large for a ring. */
export function streamBytes(sequence: number): number {
  const mixed = Math.imul(sequence + 1, 0x9e37_79b1) >>> 0;
  return (mixed & 0xfff) === 0 ? 20_000 : mixed % 301;
}

/** Fills `into` from its start and returns the count. */
export function fillRecord(sequence: number, into: Uint8Array): number {
  const count = streamBytes(sequence);
  for (let i = 0; i < count; i += 1) into[i] = (sequence + i * 7) & 0xff;
  return count;
}

/** What is wrong with a record that should be number `sequence`, or undefined. */
export function recordFault(
  sequence: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  if (end - start !== streamBytes(sequence)) return `record ${sequence}: ${end - start} bytes`;
  for (let i = 0; start + i < end; i += 1) {
    if (bytes[start + i] !== ((sequence + i * 7) & 0xff)) return `record ${sequence}: byte ${i}`;
  }
  return undefined;
}
