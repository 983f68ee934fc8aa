/**
 * Another thread as seen from this one: a ring for each lane out and in, and a message port for the
 * bell and for side blocks, payloads too large for a ring.
 *
 *   send ──▶ encoder ──▶ ring of the lane ──▶ decoder ──▶ receiver
 *              └─ over 16 KiB: block through the port, its number through the ring ─┘
 *
 * A block is posted before its record is published, so whoever reads the record finds the block on
 * the port; the record keeps the lane's order.
 */
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { MycelError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import { BELL, type Doorbell } from "./doorbell.ts";
import type { FlatEncoder } from "./flat-codec.ts";
import { InLane } from "./in-lane.ts";
import type { RecordEncoder, RefCodec } from "./record-codec.ts";
import { RingWriter } from "./ring.ts";
import {
  BLOCK_BYTES_IN_FLIGHT_MAX,
  INLINE_BYTES_MAX,
  KIND,
  LANE_BYTES,
  laneOffset,
  MESSAGE_BYTES_MAX,
} from "./shared-layout.ts";
import { LANE, type Lane, type ThreadReceiver } from "./thread-port.ts";

/** One end of the way between two threads, handed to a thread at its start or when its peer was replaced. */
export interface PeerEnd {
  readonly thread: number;
  /** Grows with each replacement of either thread. */
  readonly epoch: number;
  readonly outgoing: SharedArrayBuffer;
  readonly incoming: SharedArrayBuffer;
  readonly port: MessagePort;
}

interface Block {
  readonly id: number;
  readonly bytes: Uint8Array;
}

interface OutLane {
  readonly ring: RingWriter;
  /** How many of the encoders' shapes this ring has carried. */
  shapesSent: number;
  flatShapesSent: number;
  /** Bytes of side blocks posted, mod 2^32. */
  blockBytesPosted: number;
}

const LANES: readonly Lane[] = [0, 1, 2];

/**
 * Shown without waiting for a flush, so that the other thread works while this one goes on writing; and
 * how much is shown before it is woken for it, which costs as much as some 50 messages.
 */
const HIDDEN_BYTES_MAX = 4_096;
const UNRUNG_BYTES_MAX = 32_768;

/** Payload of a record whose payload lies in a block. */
const blockId = new Uint32Array(1);
const blockIdBytes = new Uint8Array(blockId.buffer);

export class Peer {
  readonly thread: number;
  readonly #port: MessagePort;
  readonly #bell: Doorbell;
  readonly #out: readonly OutLane[];
  readonly #in: readonly InLane[];
  readonly #encoder: RecordEncoder;
  readonly #flatEncoder: FlatEncoder;
  /** Arrived blocks whose record has not been read yet; bounded by the sender's bytes in flight. */
  readonly #blocks = new Map<number, Uint8Array>();
  #nextBlockId = 0;
  /** Something was written since the last flush. */
  #dirty = false;
  /** Published since the other thread was last woken, if it slept. */
  #unrungBytes = 0;

  constructor(
    end: PeerEnd,
    bell: Doorbell,
    encoders: { readonly flat: FlatEncoder; readonly record: RecordEncoder },
    refs: RefCodec,
    wake: () => void,
  ) {
    this.thread = end.thread;
    this.#bell = bell;
    this.#encoder = encoders.record;
    this.#flatEncoder = encoders.flat;
    this.#port = end.port;
    this.#port.on("message", (message) => {
      this.#acceptFromPort(message);
      wake();
    });
    // Waiting for others is no reason to stay alive; the thread that was started for work is.
    this.#port.unref();
    this.#out = LANES.map((lane) => ({
      ring: new RingWriter(end.outgoing, laneOffset(lane), LANE_BYTES[lane], end.epoch),
      shapesSent: 0,
      flatShapesSent: 0,
      blockBytesPosted: 0,
    }));
    const claimBlock = (id: number) => this.#claimBlock(id);
    this.#in = LANES.map((lane) => new InLane(end.thread, lane, end.incoming, refs, claimBlock));
  }

  send(lane: Lane, target: number, message: unknown): boolean {
    const out = this.#out[lane] as OutLane;
    if (this.#flatEncoder.encode(message)) return this.#sendFlat(out, target);
    const encoder = this.#encoder;
    encoder.encode(message);
    const { bytes, start, end } = encoder;
    const { shapeCount } = encoder;
    if (out.shapesSent < shapeCount) {
      const shapes = encoder.shapesFrom(out.shapesSent);
      if (!this.#write(out, KIND.shapes, 0, shapes, 0, shapes.length, 0, 0)) return false;
      out.shapesSent = shapeCount;
    }
    return this.#write(out, KIND.message, target, bytes, start, end, 0, 0);
  }

  #sendFlat(out: OutLane, target: number): boolean {
    const encoder = this.#flatEncoder;
    const { shapeCount } = encoder;
    if (out.flatShapesSent < shapeCount) {
      const shapes = encoder.shapesFrom(out.flatShapesSent);
      if (!this.#write(out, KIND.flatShapes, 0, shapes, 0, shapes.length, 0, 0)) return false;
      out.flatShapesSent = shapeCount;
    }
    return this.#write(out, KIND.flat, target, encoder.bytes, 0, encoder.end, 0, 0);
  }

  sendBytes(
    lane: Lane,
    target: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    const out = this.#out[lane] as OutLane;
    return this.#write(out, KIND.bytes, target, bytes, start, end, tag, atMs);
  }

  /** Shows the other thread what was written, and wakes it if it sleeps. */
  flush(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    this.#show(1);
  }

  /** Rings, whatever the other thread is about. */
  ring(): void {
    this.#port.postMessage(BELL);
  }

  arrived(): boolean {
    for (const lane of this.#in) if (lane.arrived()) return true;
    return false;
  }

  /** Hands over at most `most` messages of a lane; returns how many. */
  drain(lane: Lane, receiver: ThreadReceiver, most: number): number {
    const from = this.#in[lane] as InLane;
    from.look();
    // Behind this look, since an order to spawn comes before what is told to the actor; see `#show`.
    const before = lane === LANE.system ? 0 : this.drain(LANE.system, receiver, most);
    try {
      return before + from.drain(receiver, most - before);
    } finally {
      // A producer that waits for room is rung even if it is awake: it looks for room only then.
      if (from.release()) this.ring();
    }
  }

  close(): void {
    this.#port.close();
    this.#blocks.clear();
  }

  #write(
    out: OutLane,
    kind: number,
    target: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    this.#dirty = true;
    if (end - start > INLINE_BYTES_MAX) {
      return this.#writeBlock(out, kind, target, bytes, start, end, tag, atMs);
    }
    const { ring } = out;
    if (ring.write(kind, target, bytes, start, end, tag, atMs)) {
      if (ring.hiddenBytes >= HIDDEN_BYTES_MAX) this.#show(UNRUNG_BYTES_MAX);
      return true;
    }
    this.#askForRoom(ring);
    return ring.write(kind, target, bytes, start, end, tag, atMs);
  }

  #writeBlock(
    out: OutLane,
    kind: number,
    target: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    const { ring } = out;
    const size = end - start;
    if (size > MESSAGE_BYTES_MAX) {
      throw new MycelError(
        "E_INPUT",
        `A message between threads has at most ${MESSAGE_BYTES_MAX} bytes; split this one of ${size}.`,
        { reason: "tooLarge", bytes: size },
      );
    }
    if (!this.#blockFits(out, size)) {
      this.#askForRoom(ring);
      if (!this.#blockFits(out, size)) return false;
    }
    const id = this.#nextBlockId;
    blockId[0] = id;
    const inBlock = kind | KIND.inBlock;
    if (!ring.write(inBlock, target, blockIdBytes, 0, 4, tag, atMs)) {
      this.#askForRoom(ring);
      if (!ring.write(inBlock, target, blockIdBytes, 0, 4, tag, atMs)) return false;
    }
    this.#nextBlockId = (id + 1) >>> 0;
    out.blockBytesPosted = (out.blockBytesPosted + size) | 0;
    const copy = new Uint8Array(size);
    copy.set(bytes.subarray(start, end));
    this.#port.postMessage({ id, bytes: copy } satisfies Block, [copy.buffer]);
    return true;
  }

  #blockFits(out: OutLane, size: number): boolean {
    const inFlight = (out.blockBytesPosted - out.ring.blockBytesTaken) | 0;
    return inFlight + size <= BLOCK_BYTES_IN_FLIGHT_MAX;
  }

  /** What lies unpublished in a full ring would never be drained: show it, then ask to be rung. */
  #askForRoom(ring: RingWriter): void {
    this.#show(1);
    ring.wantRoom();
  }

  /**
   * The system lane first: whoever sees a message to an actor sees the order to spawn it as well. Wakes the
   * other thread for so many bytes at least.
   */
  #show(rungBytesMin: number): void {
    for (const { ring } of this.#out) this.#unrungBytes += ring.publish();
    if (this.#unrungBytes >= rungBytesMin) this.#ringIfAsleep();
  }

  #ringIfAsleep(): void {
    this.#unrungBytes = 0;
    this.#bell.ringIfAsleep(this.thread, this.#port);
  }

  /** A bell brings nothing but itself. */
  #acceptFromPort(message: unknown): void {
    if (message === BELL) return;
    const block = message as Block;
    this.#blocks.set(block.id, block.bytes);
  }

  #claimBlock(id: number): Uint8Array {
    while (!this.#blocks.has(id)) {
      const received = receiveMessageOnPort(this.#port);
      invariant(received !== undefined, `side block ${id} was posted before its record`);
      this.#acceptFromPort(received.message);
    }
    const bytes = this.#blocks.get(id) as Uint8Array;
    this.#blocks.delete(id);
    return bytes;
  }
}
