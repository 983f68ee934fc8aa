/**
 * The way old hubs found frames on a UART, for old leaves that send them bare: wait for 0x53, then take
 * ever more bytes until their XOR is 0.
 *
 *   … noise │ 53 01 … xor │ 53 01 … xor │        no delimiter, no length, no CRC
 *
 * v1 has no length, so any frame whose beginning XORs to 0 looks like a shorter one. A shorter one whose
 * payload its own type says to be cut off is seen through and counted; what remains is in WIRE.md.
 */
import { FRAME } from "../../firmware/wire/frame-types.ts";
import { checkFrame } from "./decode.ts";
import type { FrameRange, StreamReader } from "./splitter.ts";

/**
 * `noise`: bytes between frames, however many; `noEnd`: what began like a frame and within the longest one
 * found no end, so that its bytes are looked through once more; `falseShort`: an XOR of 0 within a frame.
 */
export type ResyncFault = "noise" | "noEnd" | "falseShort";

export class ResyncReader implements StreamReader {
  readonly refused: Record<ResyncFault, number>;
  readonly #receiver: FrameRange;
  /** What may be a frame from its first byte on; `seen` of `filled` bytes were looked at. */
  readonly #bytes = new Uint8Array(FRAME.bytesMax);
  #filled = 0;
  #seen = 0;
  /** Of those that were seen. */
  #xor = 0;
  #isNoise = false;

  constructor(receiver: FrameRange, refused: Record<ResyncFault, number> = noResyncFaults()) {
    this.#receiver = receiver;
    this.refused = refused;
  }

  feed(chunk: Uint8Array, start = 0, end = chunk.length): number {
    if (!this.#look()) return start;
    for (let at = start; at < end; at++) {
      this.#bytes[this.#filled++] = chunk[at] as number;
      if (this.#look()) continue;
      // Taken back, so that it is fed again when there may be room for the frame.
      this.#filled -= 1;
      return at;
    }
    return end;
  }

  /** False when the receiver had no room. Ends because each step sees a byte or drops some. */
  #look(): boolean {
    while (this.#seen < this.#filled) {
      const byte = this.#bytes[this.#seen] as number;
      const isOther = BEGIN[this.#seen] !== undefined && byte !== BEGIN[this.#seen];
      const length = this.#seen + 1;
      if (isOther) this.#drop("noise");
      else if (this.#isFrame(length, this.#xor ^ byte)) {
        if (this.#receiver(this.#bytes, 0, length) === false) return false;
        this.#isNoise = false;
        this.#keepFrom(length);
      } else if (length === FRAME.bytesMax) this.#drop("noEnd");
      else {
        this.#xor ^= byte;
        this.#seen = length;
      }
    }
    return true;
  }

  #isFrame(length: number, xor: number): boolean {
    if (xor !== 0 || length < FRAME.bytesMin) return false;
    if (checkFrame(this.#bytes, 0, length) !== "truncatedPayload") return true;
    this.refused.falseShort++;
    return false;
  }

  /** No frame begins here: perhaps at the next 0x53. */
  #drop(fault: "noise" | "noEnd"): void {
    if (fault === "noEnd" || !this.#isNoise) this.refused[fault]++;
    this.#isNoise = true;
    const next = this.#bytes.subarray(0, this.#filled).indexOf(FRAME.magic, 1);
    this.#keepFrom(next < 0 ? this.#filled : next);
  }

  #keepFrom(at: number): void {
    this.#bytes.copyWithin(0, at, this.#filled);
    this.#filled -= at;
    this.#seen = 0;
    this.#xor = 0;
  }
}

/** The bytes by which a frame is known. */
const BEGIN = [FRAME.magic, FRAME.version] as const;

export const noResyncFaults = (): Record<ResyncFault, number> => ({
  noise: 0,
  noEnd: 0,
  falseShort: 0,
});
