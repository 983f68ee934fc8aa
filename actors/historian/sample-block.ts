/**
 * Samples of one series within one hour, in the order in which they came. Integer times, the usual
 * case, are differences of 1-3 bytes:
 *
 *   0       1          5             5+4n
 *   kind u8 count u32  values f32[n] times: kind 0 zigzag varints of the difference to the one
 *                                    before, the first to the hour's start; kind 1 f64[n], ms
 */

const HEADER_BYTES = 5;
const KIND = { varint: 0, exact: 1 } as const;

export function encodeBlock(
  hourMs: number,
  times: readonly number[],
  values: readonly number[],
): Uint8Array {
  const count = times.length;
  const kind = times.every(Number.isInteger) ? KIND.varint : KIND.exact;
  // A difference within an hour takes 23 bits and a sign: 4 bytes of 7 bits.
  const bytes = new Uint8Array(HEADER_BYTES + count * (4 + (kind === KIND.varint ? 4 : 8)));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, kind);
  view.setUint32(1, count, true);
  for (let i = 0; i < count; i++) view.setFloat32(HEADER_BYTES + 4 * i, values[i] as number, true);

  let at = HEADER_BYTES + 4 * count;
  let before = hourMs;
  for (const time of times) {
    if (kind === KIND.exact) {
      view.setFloat64(at, time, true);
      at += 8;
      continue;
    }
    const difference = time - before;
    before = time;
    let rest = difference < 0 ? -2 * difference - 1 : 2 * difference;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = 0x80 | (rest & 0x7f);
    bytes[at++] = rest;
  }
  return bytes.subarray(0, at);
}

export function readBlock(
  hourMs: number,
  block: Uint8Array,
  onSample: (atMs: number, value: number) => void,
): void {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const kind = view.getUint8(0);
  const count = view.getUint32(1, true);
  let at = HEADER_BYTES + 4 * count;
  let time = hourMs;
  for (let i = 0; i < count; i++) {
    if (kind === KIND.exact) {
      time = view.getFloat64(at, true);
      at += 8;
    } else {
      let zigzag = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = view.getUint8(at++);
        zigzag |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      time += zigzag & 1 ? -((zigzag + 1) >>> 1) : zigzag >>> 1;
    }
    onSample(time, view.getFloat32(HEADER_BYTES + 4 * i, true));
  }
}
