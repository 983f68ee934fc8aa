/**
 * What many samples come to: count, sum, least, greatest. As a row of the store, little-endian:
 *
 *   0        8         12       16       20
 *   sum f64  count u32 min f32  max f32
 */

export class Rollup {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;

  get mean(): number {
    return this.sum / this.count;
  }

  add(value: number): void {
    this.count += 1;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  merge(other: Rollup): void {
    this.count += other.count;
    this.sum += other.sum;
    if (other.min < this.min) this.min = other.min;
    if (other.max > this.max) this.max = other.max;
  }
}

const ROW_BYTES = 20;

export function encodeRollup(rollup: Rollup): Uint8Array {
  const bytes = new Uint8Array(ROW_BYTES);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, rollup.sum, true);
  view.setUint32(8, rollup.count, true);
  view.setFloat32(12, rollup.min, true);
  view.setFloat32(16, rollup.max, true);
  return bytes;
}

export function decodeRollup(bytes: Uint8Array): Rollup {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rollup = new Rollup();
  rollup.sum = view.getFloat64(0, true);
  rollup.count = view.getUint32(8, true);
  rollup.min = view.getFloat32(12, true);
  rollup.max = view.getFloat32(16, true);
  return rollup;
}
