/**
 * The readings of one hub in one commit, in the order in which they came: 16 bytes each.
 *
 *   0          2          3   4          8          16
 *   leafId u16 channel u8 0   value f32  atMs f64         little-endian
 */

export const LOG_RECORD_BYTES = 16;

export class LogGroup {
  #bytes = new Uint8Array(64 * LOG_RECORD_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;

  get count(): number {
    return this.#end / LOG_RECORD_BYTES;
  }

  add(leafId: number, channel: number, value: number, atMs: number): void {
    if (this.#end === this.#bytes.length) this.#grow();
    const view = this.#view;
    view.setUint16(this.#end, leafId, true);
    view.setUint8(this.#end + 2, channel);
    view.setFloat32(this.#end + 4, value, true);
    view.setFloat64(this.#end + 8, atMs, true);
    this.#end += LOG_RECORD_BYTES;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end);
  }

  clear(): void {
    this.#end = 0;
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

export function readLogGroup(
  group: Uint8Array,
  onReading: (leafId: number, channel: number, value: number, atMs: number) => void,
): void {
  const view = new DataView(group.buffer, group.byteOffset, group.byteLength);
  for (let at = 0; at + LOG_RECORD_BYTES <= group.length; at += LOG_RECORD_BYTES) {
    onReading(
      view.getUint16(at, true),
      view.getUint8(at + 2),
      view.getFloat32(at + 4, true),
      view.getFloat64(at + 8, true),
    );
  }
}
