/**
 * The newest reading of each channel, as bytes: what a zone has not been told yet of a leaf that reports
 * faster than the zone looks. States are not held: each change of a door counts.
 */
import { CHANNELS, FRAME } from "../../firmware/wire/frame-types.ts";
import { readingChannel } from "../../transports/frame/decode.ts";
import { SLOTS_MAX } from "./leaf-row.ts";

const READING_BYTES = FRAME.readingBytes;
const MOTION = CHANNELS.motion.code;
const DOOR = CHANNELS.door.code;

/** Whether there is motion or a door among these readings. */
export function hasState(bytes: Uint8Array, at: number, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const channel = readingChannel(bytes, at + i * READING_BYTES);
    if (channel === MOTION || channel === DOOR) return true;
  }
  return false;
}

const NOTHING = new Uint8Array(0);

export class HeldReadings {
  /** Of a leaf that is never quick there is none to hold. */
  bytes: Uint8Array = NOTHING;
  count = 0;
  /** Of the newest report. */
  atMs = 0;

  clear(): void {
    this.count = 0;
  }

  /** False when there are more channels than a leaf's row has: nothing is held of this report then. */
  hold(bytes: Uint8Array, at: number, count: number, atMs: number): boolean {
    if (this.count + count > SLOTS_MAX && !this.#fits(bytes, at, count)) return false;
    if (this.bytes.length === 0) this.bytes = new Uint8Array(SLOTS_MAX * READING_BYTES);
    for (let i = 0; i < count; i++) {
      const from = at + i * READING_BYTES;
      const to = this.#placeOf(readingChannel(bytes, from)) * READING_BYTES;
      for (let byte = 0; byte < READING_BYTES; byte++) {
        this.bytes[to + byte] = bytes[from + byte] as number;
      }
      if (to === this.count * READING_BYTES) this.count += 1;
    }
    this.atMs = atMs;
    return true;
  }

  #placeOf(channel: number): number {
    let place = 0;
    while (place < this.count && this.bytes[place * READING_BYTES] !== channel) place += 1;
    return place;
  }

  /** A channel that stands in a report twice is counted twice here, which is seldom and on the safe side. */
  #fits(bytes: Uint8Array, at: number, count: number): boolean {
    let added = 0;
    for (let i = 0; i < count; i++) {
      if (this.#placeOf(readingChannel(bytes, at + i * READING_BYTES)) === this.count) added += 1;
    }
    return this.count + added <= SLOTS_MAX;
  }
}
