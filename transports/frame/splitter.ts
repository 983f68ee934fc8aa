/**
 * Frames on a byte stream (UART, serial, TCP), both ways. v1 frames have no length, so on a stream
 * each is stuffed with its CRC, and a zero ends it:
 *
 *   COBS( frame … crc16 low, crc16 high ) 0x00
 *
 * Whatever is damaged costs the frame it happened in and, if a delimiter was lost, the next one.
 */
import { STREAM } from "../../firmware/wire/frame-types.ts";
import { SEALED } from "../../firmware/wire/sealed-types.ts";
import { cobsBytesMax, cobsEncode } from "./cobs.ts";
import { crc16 } from "./crc16.ts";

/**
 * `empty`: nothing between two delimiters (harmless: a sender may open with one); `badCobs`: a code
 * points past the end; `tooLong`: more than a frame and its CRC; `badCrc`: any other damage.
 */
export type StreamFault = "badCrc" | "tooLong" | "badCobs" | "empty";

/**
 * `bytes[start, end)` is one frame, valid until the receiver returns. False: there is no room for it
 * now, and it is to be offered again.
 */
export type FrameRange = (bytes: Uint8Array, start: number, end: number) => unknown;

/** What makes frames of a stream's bytes. */
export interface StreamReader {
  /**
   * Takes the stream's next bytes, however it is cut, and returns where it stopped: before `end` when the
   * receiver had no room. It is to be fed from there again.
   */
  feed(chunk: Uint8Array, start?: number, end?: number): number;
}

/** A code says how far the next one is, itself included: 255 at most. */
const BLOCK_BYTES_MAX = 254;

export class Splitter implements StreamReader {
  readonly refused: Record<StreamFault, number>;

  readonly #receiver: FrameRange;
  readonly #decodedBytesMax: number;
  /**
   * One decoded frame and its CRC. Its length is looked at once a block, so there is room for a zero and
   * a block more; longer ones are counted and skipped, never stored.
   */
  readonly #frame: Uint8Array;
  #length = 0;
  /** Bytes until the next code; 0 where a code or a delimiter must come. */
  #untilCode = 0;
  /** From the first code on: between blocks lies a zero, but for those of 254 bytes. */
  #zeroPending = false;

  /** `refused` may be shared by the readers of one link. */
  constructor(
    receiver: FrameRange,
    frameBytesMax: number = SEALED.bytesMax,
    refused: Record<StreamFault, number> = noFaults(),
  ) {
    this.#receiver = receiver;
    this.refused = refused;
    this.#decodedBytesMax = frameBytesMax + STREAM.crcBytes;
    this.#frame = new Uint8Array(this.#decodedBytesMax + 2 + BLOCK_BYTES_MAX);
  }

  feed(chunk: Uint8Array, start = 0, end = chunk.length): number {
    const frame = this.#frame;
    let length = this.#length;
    let untilCode = this.#untilCode;
    let zeroPending = this.#zeroPending;
    let at = start;
    while (at < end) {
      if (untilCode > 0) {
        const from = at;
        const stop = Math.min(at + untilCode, end);
        for (; at < stop; at++) {
          const byte = chunk[at] as number;
          if (byte === STREAM.delimiter) break;
          frame[length++] = byte;
        }
        untilCode -= at - from;
        if (length > this.#decodedBytesMax) length = this.#decodedBytesMax + 1;
        if (at === end) break;
      }
      const code = chunk[at] as number;
      if (code !== STREAM.delimiter) {
        if (zeroPending) frame[length++] = 0;
        zeroPending = code <= BLOCK_BYTES_MAX;
        untilCode = code - 1;
        at += 1;
        continue;
      }
      const fault = this.#faultOf(length, untilCode);
      if (fault !== undefined) this.refused[fault]++;
      else {
        // Before the receiver is called, which may throw.
        this.#restAt(0, 0, false);
        if (this.#receiver(frame, 0, length - STREAM.crcBytes) === false) {
          this.#restAt(length, untilCode, zeroPending);
          return at;
        }
      }
      length = 0;
      untilCode = 0;
      zeroPending = false;
      at += 1;
    }
    this.#restAt(length, untilCode, zeroPending);
    return end;
  }

  #restAt(length: number, untilCode: number, zeroPending: boolean): void {
    this.#length = length;
    this.#untilCode = untilCode;
    this.#zeroPending = zeroPending;
  }

  #faultOf(length: number, untilCode: number): StreamFault | undefined {
    const frameBytes = length - STREAM.crcBytes;
    if (length > this.#decodedBytesMax) return "tooLong";
    if (untilCode > 0) return "badCobs";
    if (length === 0) return "empty";
    if (frameBytes < 0) return "badCrc";
    const low = this.#frame[frameBytes] as number;
    const high = this.#frame[frameBytes + 1] as number;
    if (crc16(this.#frame, 0, frameBytes) !== (low | (high << 8))) return "badCrc";
    return frameBytes === 0 ? "empty" : undefined;
  }
}

export const noFaults = (): Record<StreamFault, number> => ({
  badCrc: 0,
  tooLong: 0,
  badCobs: 0,
  empty: 0,
});

/** Of a frame of at most so many bytes on a stream: its CRC, the codes, the delimiter. */
export const streamBytesMax = (frameBytes: number): number =>
  cobsBytesMax(frameBytes + STREAM.crcBytes) + 1;

/** A frame as it goes on a stream, in bytes of its own. */
export function toStream(frame: Uint8Array): Uint8Array {
  const crc = crc16(frame);
  const checked = new Uint8Array(frame.length + STREAM.crcBytes);
  checked.set(frame);
  checked[frame.length] = crc;
  checked[frame.length + 1] = crc >>> 8;
  const stream = new Uint8Array(streamBytesMax(frame.length));
  const end = cobsEncode(checked, 0, checked.length, stream, 0);
  stream[end] = STREAM.delimiter;
  return stream.subarray(0, end + 1);
}
