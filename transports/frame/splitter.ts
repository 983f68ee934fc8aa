/**
 * Frames on a byte stream (UART, serial, TCP), both ways. v1 frames have no length, so on a stream
 * each is stuffed with its CRC, and a zero ends it:
 *
 *   COBS( frame … crc16 low, crc16 high ) 0x00
 *
 * Whatever is damaged costs the frame it happened in and, if a delimiter was lost, the next one.
 */
import { FRAME, STREAM } from "../../firmware/wire/frame-types.ts";
import { cobsBytesMax, cobsEncode } from "./cobs.ts";
import { crc16 } from "./crc16.ts";

/**
 * `empty`: nothing between two delimiters (harmless: a sender may open with one); `badCobs`: a code
 * points past the end; `tooLong`: more than a frame and its CRC; `badCrc`: any other damage.
 */
export type StreamFault = "badCrc" | "tooLong" | "badCobs" | "empty";

/** `bytes[start, end)` is one frame, valid until the receiver returns. */
export type FrameRange = (bytes: Uint8Array, start: number, end: number) => void;

const DECODED_BYTES_MAX = FRAME.bytesMax + STREAM.crcBytes;

export class Splitter {
  /** Since construction. */
  readonly refused: Record<StreamFault, number> = { badCrc: 0, tooLong: 0, badCobs: 0, empty: 0 };

  readonly #receiver: FrameRange;
  /** One decoded frame and its CRC. Longer ones are counted and skipped, never stored. */
  readonly #frame = new Uint8Array(DECODED_BYTES_MAX);
  #length = 0;
  /** Bytes until the next code; 0 where a code or a delimiter must come. */
  #untilCode = 0;
  /**
   * From the first code on: between blocks lies a zero. COBS has none after a block of 254 bytes, but
   * that is longer than any frame.
   */
  #zeroPending = false;
  #tooLong = false;

  constructor(receiver: FrameRange) {
    this.#receiver = receiver;
  }

  /** Takes the stream's next bytes, however it is cut. */
  feed(chunk: Uint8Array, start = 0, end = chunk.length): void {
    for (let at = start; at < end; at++) {
      const byte = chunk[at] as number;
      if (byte === STREAM.delimiter) this.#endFrame();
      else if (this.#untilCode > 0) {
        this.#untilCode--;
        this.#put(byte);
      } else {
        if (this.#zeroPending) this.#put(0);
        this.#zeroPending = true;
        this.#untilCode = byte - 1;
      }
    }
  }

  #put(byte: number): void {
    if (this.#length < DECODED_BYTES_MAX) this.#frame[this.#length++] = byte;
    else this.#tooLong = true;
  }

  #endFrame(): void {
    const frameBytes = this.#length - STREAM.crcBytes;
    const fault = this.#faultOf(frameBytes);
    this.#length = 0;
    this.#untilCode = 0;
    this.#zeroPending = false;
    this.#tooLong = false;
    if (fault !== undefined) this.refused[fault]++;
    else this.#receiver(this.#frame, 0, frameBytes);
  }

  #faultOf(frameBytes: number): StreamFault | undefined {
    if (this.#tooLong) return "tooLong";
    if (this.#untilCode > 0) return "badCobs";
    if (this.#length === 0) return "empty";
    if (frameBytes < 0) return "badCrc";
    const low = this.#frame[frameBytes] as number;
    const high = this.#frame[frameBytes + 1] as number;
    if (crc16(this.#frame, 0, frameBytes) !== (low | (high << 8))) return "badCrc";
    return frameBytes === 0 ? "empty" : undefined;
  }
}

/** A frame as it goes on a stream, in bytes of its own. */
export function toStream(frame: Uint8Array): Uint8Array {
  const crc = crc16(frame);
  const checked = new Uint8Array(frame.length + STREAM.crcBytes);
  checked.set(frame);
  checked[frame.length] = crc;
  checked[frame.length + 1] = crc >>> 8;
  const stream = new Uint8Array(cobsBytesMax(checked.length) + 1);
  const end = cobsEncode(checked, 0, checked.length, stream, 0);
  stream[end] = STREAM.delimiter;
  return stream.subarray(0, end + 1);
}
