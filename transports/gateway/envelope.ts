/**
 * A gateway's envelope, read and written in place: many hubs' frames in one datagram or packet
 * (firmware/wire/GATEWAY.md).
 *
 *   0x47  version  │ hub u16  node u16  length u8  frame │ hub … │
 */
import { ENVELOPE, type EnvelopeFault } from "../../firmware/wire/gateway-types.ts";

/** `[start, end)` is the entry's frame. */
export type EntryReceiver = (hub: number, node: number, start: number, end: number) => void;

/** Gives each entry of `bytes[start, end)` on, up to the fault that is returned. */
export function readEnvelope(
  bytes: Uint8Array,
  start: number,
  end: number,
  onEntry: EntryReceiver,
): EnvelopeFault | undefined {
  if (end - start < ENVELOPE.headerBytes || bytes[start] !== ENVELOPE.magic) return "notEnvelope";
  if (bytes[start + 1] !== ENVELOPE.version) return "otherVersion";
  for (let at = start + ENVELOPE.headerBytes; at < end; ) {
    const frame = at + ENVELOPE.entryBytes;
    if (frame > end) return "cutOff";
    const next = frame + u8(bytes, at + 4);
    if (next > end) return "cutOff";
    onEntry(
      u8(bytes, at) | (u8(bytes, at + 1) << 8),
      u8(bytes, at + 2) | (u8(bytes, at + 3) << 8),
      frame,
      next,
    );
    at = next;
  }
  return undefined;
}

const u8 = (bytes: Uint8Array, at: number): number => bytes[at] as number;

/** Fills one envelope after the other in the same bytes. */
export class EnvelopeWriter {
  readonly #bytes: Uint8Array;
  #length: number = ENVELOPE.headerBytes;
  #frames = 0;

  constructor(bytesMax: number = ENVELOPE.bytesSent) {
    this.#bytes = new Uint8Array(bytesMax);
    this.#bytes[0] = ENVELOPE.magic;
    this.#bytes[1] = ENVELOPE.version;
  }

  get frames(): number {
    return this.#frames;
  }

  /** What was put in since it was emptied, valid until the next `add`. */
  get envelope(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** False when it does not fit any more. */
  add(hub: number, node: number, frame: Uint8Array): boolean {
    const at = this.#length;
    const bytes = this.#bytes;
    const next = at + ENVELOPE.entryBytes + frame.length;
    if (next > bytes.length || frame.length > 0xff) return false;
    bytes[at] = hub;
    bytes[at + 1] = hub >> 8;
    bytes[at + 2] = node;
    bytes[at + 3] = node >> 8;
    bytes[at + 4] = frame.length;
    bytes.set(frame, at + ENVELOPE.entryBytes);
    this.#length = next;
    this.#frames += 1;
    return true;
  }

  clear(): void {
    this.#length = ENVELOPE.headerBytes;
    this.#frames = 0;
  }
}
