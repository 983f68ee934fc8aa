/** A frame's payload being written from an object, and the first thing wrong with it. */
import { fromHex } from "./hex.ts";

/**
 * `outOfRange`: a field that is no whole number of its width; `badValue`: a reading that is not
 * finite as float32; `unknownName`: a channel, capability or hardware without a code; `tooLong`: more
 * than a frame holds; `badHex`: a text that is not pairs of hex digits, or not as many as are needed.
 */
export type EncodeFault = "outOfRange" | "badValue" | "unknownName" | "tooLong" | "badHex";

export class Draft {
  readonly bytes: Uint8Array;
  fault: EncodeFault | undefined;
  /** Where the next byte goes. */
  at: number;
  readonly #end: number;

  /** Puts at most `payloadBytes` behind the header; `bytesMax` is the whole frame. */
  constructor(headerBytes: number, payloadBytes: number, bytesMax: number) {
    this.bytes = new Uint8Array(bytesMax);
    this.at = headerBytes;
    this.#end = headerBytes + payloadBytes;
  }

  whole(value: number, width: 0 | 1 | 2 | 4): void {
    if (!isWhole(value, 2 ** (8 * width) - 1)) this.fault ??= "outOfRange";
    for (let index = 0; index < width; index++) this.#put(value >>> (8 * index));
  }

  code(code: number | undefined): void {
    if (code === undefined) this.fault ??= "unknownName";
    else this.#put(code);
  }

  float32(value: number): void {
    if (!Number.isFinite(Math.fround(value))) this.fault ??= "badValue";
    const bits = float32Bits(value);
    for (let index = 0; index < 4; index++) this.#put(bits >>> (8 * index));
  }

  hex(text: string, length?: number): void {
    const bytes = fromHex(text);
    if (bytes === undefined || (length !== undefined && bytes.length !== length)) {
      this.fault ??= "badHex";
    } else for (const byte of bytes) this.#put(byte);
  }

  #put(byte: number): void {
    if (this.at >= this.#end) this.fault ??= "tooLong";
    else this.bytes[this.at++] = byte;
  }
}

export const isWhole = (value: number, max: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= max;

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);
export function float32Bits(value: number): number {
  float[0] = value;
  return bits[0] as number;
}
