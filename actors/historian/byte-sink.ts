/** Bytes that grow as they are written; little-endian. Used again and again, so that sealing makes no garbage. */

const BYTES_FIRST = 64 * 1024;

export class ByteSink {
  bytes: Uint8Array;
  view: DataView;
  end = 0;

  constructor(bytesMin: number = BYTES_FIRST) {
    this.bytes = new Uint8Array(bytesMin);
    this.view = new DataView(this.bytes.buffer);
  }

  clear(): void {
    this.end = 0;
  }

  /** What was written; valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.end);
  }

  /** Where `count` bytes may be written; they count as written. */
  take(count: number): number {
    const at = this.end;
    this.end += count;
    if (this.end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.end));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }

  u8(value: number): void {
    const at = this.take(1);
    this.bytes[at] = value;
  }

  u16(value: number): void {
    const at = this.take(2);
    this.view.setUint16(at, value, true);
  }

  u32(value: number): void {
    const at = this.take(4);
    this.view.setUint32(at, value, true);
  }

  /** Seven bits a byte, lowest first; the top bit says that more follow. */
  varint(value: number): void {
    let rest = value >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.u8(0x80 | (rest & 0x7f));
    this.u8(rest);
  }

  append(bytes: Uint8Array): void {
    const at = this.take(bytes.length);
    this.bytes.set(bytes, at);
  }
}
