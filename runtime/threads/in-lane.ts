/**
 * One lane of what comes from another thread: each record of its ring, made a message again.
 *
 *   ring ──▶ bytes, in place ─────────────────▶ onBytes
 *     ├────▶ flat words, msgpackr bytes ──────▶ onMessage
 *     ├────▶ shapes: kept for the messages that follow
 *     └────▶ what cannot be read ─────────────▶ onDamaged, and the next one
 */
import { invariant } from "../invariant.ts";
import { FlatDecoder } from "./flat-codec.ts";
import { RecordDecoder, type RefCodec } from "./record-codec.ts";
import { RingReader } from "./ring.ts";
import { KIND, LANE_BYTES, laneOffset } from "./shared-layout.ts";
import type { Lane, ThreadReceiver } from "./thread-port.ts";

/** Instead of what was read. */
const DAMAGED = Symbol("damaged");

/** Gives the side block of a number, taken over from the sender. */
export type ClaimBlock = (id: number) => Uint8Array;

export class InLane {
  readonly #thread: number;
  readonly #lane: Lane;
  readonly #ring: RingReader;
  readonly #claimBlock: ClaimBlock;
  readonly #records: RecordDecoder;
  readonly #flats = new FlatDecoder();

  constructor(
    thread: number,
    lane: Lane,
    incoming: SharedArrayBuffer,
    refs: RefCodec,
    claimBlock: ClaimBlock,
  ) {
    this.#thread = thread;
    this.#lane = lane;
    this.#ring = new RingReader(incoming, laneOffset(lane), LANE_BYTES[lane]);
    this.#claimBlock = claimBlock;
    this.#records = new RecordDecoder(refs);
  }

  arrived(): boolean {
    return this.#ring.arrived();
  }

  /** Takes notice of what has been published by now: as far as `drain` goes. */
  look(): void {
    this.#ring.look();
  }

  /** Hands over at most `most` messages; returns how many. */
  drain(receiver: ThreadReceiver, most: number): number {
    const ring = this.#ring;
    let handed = 0;
    while (handed < most && ring.next()) if (this.#hand(receiver)) handed += 1;
    return handed;
  }

  /** Gives the read records' room back; true when the sender waits for it and must be rung. */
  release(): boolean {
    return this.#ring.release();
  }

  /** False when the record was not a message. */
  #hand(receiver: ThreadReceiver): boolean {
    const ring = this.#ring;
    const { kind, target } = ring;
    if (kind === KIND.bytes) {
      const { bytes, start, end, tag, atMs } = ring;
      receiver.onBytes(this.#thread, target, bytes, start, end, tag, atMs);
      return true;
    }
    const read = this.#read(receiver);
    if (read === DAMAGED) return true;
    if (isShapes(kind)) return false;
    if (kind === (KIND.bytes | KIND.inBlock)) {
      const block = read as Uint8Array;
      receiver.onBytes(this.#thread, target, block, 0, block.length, ring.tag, ring.atMs);
    } else receiver.onMessage(this.#thread, this.#lane, target, read);
    return true;
  }

  #read(receiver: ThreadReceiver): unknown {
    const ring = this.#ring;
    const { kind, bytes, start, end } = ring;
    try {
      switch (kind) {
        case KIND.flat:
          return this.#flats.decode(ring.words, start >> 2, end >> 2);
        case KIND.message:
          return this.#records.decode(bytes, start, end);
        case KIND.flatShapes:
          return this.#flats.addShapes(bytes, start, end);
        case KIND.shapes:
          return this.#records.addShapes(bytes, start, end);
        case KIND.bytes | KIND.inBlock:
          return this.#block();
        case KIND.message | KIND.inBlock: {
          const block = this.#block();
          return this.#records.decode(block, 0, block.length);
        }
        case KIND.flatShapes | KIND.inBlock:
        case KIND.shapes | KIND.inBlock: {
          const block = this.#block();
          const isFlat = kind === (KIND.flatShapes | KIND.inBlock);
          return (isFlat ? this.#flats : this.#records).addShapes(block, 0, block.length);
        }
        default:
          throw new Error(`a record of kind ${kind}`);
      }
    } catch (cause) {
      receiver.onDamaged(this.#thread, ring.target, cause);
      return DAMAGED;
    }
  }

  #block(): Uint8Array {
    const ring = this.#ring;
    invariant(ring.end - ring.start === 4, "the number of a side block");
    const block = this.#claimBlock((ring.words[ring.start >> 2] as number) >>> 0);
    ring.takeBlock(block.length);
    return block;
  }
}

const isShapes = (kind: number): boolean => {
  const content = kind & ~KIND.inBlock;
  return content === KIND.shapes || content === KIND.flatShapes;
};
