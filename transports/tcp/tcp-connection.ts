/**
 * A TCP connection that carries frames both ways, each stuffed with its CRC as on a serial line.
 *
 *   socket ──chunks──▶ reader ──(bytes, start, end, peer)──▶ receiver        has no room: the socket is
 *                        ▲                                        │          read no more, its sender
 *                        └──── the rest of the chunk, again ◀─────┘          waits, nothing is lost
 */
import type { Socket } from "node:net";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { StreamCodec } from "../frame/framing.ts";
import { type StreamReader, streamBytesMax } from "../frame/splitter.ts";
import type { FrameReceiver, LinkStats, SendRefusal } from "../link.ts";

/** What the connections of one link count together. */
export class TcpCounts {
  received = 0;
  sent = 0;
  heldBack = 0;
  readonly #codec: StreamCodec;
  readonly #refused: Record<string, number> = {};

  constructor(codec: StreamCodec) {
    this.#codec = codec;
  }

  refuse(reason: string): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
  }

  read(): LinkStats {
    const refused = { ...this.#refused };
    for (const [reason, count] of Object.entries(this.#codec.refused)) {
      if (count > 0) refused[reason] = count;
    }
    const { received, sent, heldBack } = this;
    return { received, sent, refused, lostByKernel: undefined, heldBack };
  }
}

export interface TcpConnectionOptions {
  readonly socket: Socket;
  readonly peer: number;
  readonly receiver: FrameReceiver;
  readonly counts: TcpCounts;
  readonly codec: StreamCodec;
  readonly frameBytesMax: number;
  /** How long it may be silent. */
  readonly idleMsMax?: number;
  /** Once, whoever ended it, when nothing more will come of it. */
  readonly onEnd: (connection: TcpConnection, cause: unknown) => void;
}

/** Frames that wait for a peer that reads slowly, beyond what the kernel holds for it. */
const SENDING_FRAMES_MAX = 64;
/** A peer that is gone without a word is noticed: after this the kernel asks, ten times, each second. */
const KEEPALIVE_MS = 60_000;
/** For what is still to be sent when the connection is closed: a peer that reads takes it in a round trip. */
const LINGER_MS_MAX = 1_000;

export class TcpConnection {
  readonly peer: number;
  readonly #socket: Socket;
  readonly #receiver: FrameReceiver;
  readonly #counts: TcpCounts;
  readonly #codec: StreamCodec;
  readonly #reader: StreamReader;
  readonly #frameBytesMax: number;
  readonly #sendingBytesMax: number;
  readonly #ended: Promise<void>;
  #isOpen = true;
  /** What the receiver had no room for: one chunk at most, since no more is read meanwhile. */
  #held: Uint8Array | undefined;
  #heldAt = 0;

  constructor(options: TcpConnectionOptions) {
    const { socket, receiver, counts, codec, frameBytesMax } = options;
    this.peer = options.peer;
    this.#socket = socket;
    this.#receiver = receiver;
    this.#counts = counts;
    this.#frameBytesMax = frameBytesMax;
    this.#sendingBytesMax = SENDING_FRAMES_MAX * streamBytesMax(frameBytesMax);
    this.#codec = codec;
    this.#reader = codec.reader(this.#deliver);
    let cause: unknown;
    this.#ended = new Promise((resolve) => {
      socket.once("close", () => {
        resolve();
        this.#isOpen = false;
        // What it sent before it went is still delivered.
        if (this.#held === undefined) options.onEnd(this, cause);
      });
    });
    this.#onDrained = () => options.onEnd(this, cause);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_MS);
    if (options.idleMsMax !== undefined) {
      socket.setTimeout(options.idleMsMax, () => {
        if (this.#held === undefined) socket.destroy();
      });
    }
    socket.on("error", (fault) => {
      cause = fault;
    });
    socket.on("data", (chunk: Uint8Array) => this.#feed(chunk, 0));
  }

  readonly #onDrained: () => void;

  send(frame: Uint8Array): Result<void, SendRefusal> {
    const socket = this.#socket;
    if (!this.#isOpen || !socket.writable) return err("peerUnknown");
    if (frame.length > this.#frameBytesMax) return err("frameTooLong");
    const bytes = this.#codec.toStream(frame);
    if (socket.writableLength + bytes.length > this.#sendingBytesMax) return err("full");
    socket.write(bytes, this.#afterWrite);
    return ok(undefined);
  }

  /** Offers again what the receiver had no room for. */
  offer(): void {
    const chunk = this.#held;
    if (chunk === undefined) return;
    this.#held = undefined;
    this.#feed(chunk, this.#heldAt);
    if (this.#held !== undefined) return;
    if (this.#isOpen) this.#socket.resume();
    else this.#onDrained();
  }

  /** Hands over what `send` has accepted, as far as the peer takes it. Nothing is delivered any more. */
  async close(): Promise<void> {
    this.#socket.removeAllListeners("data");
    this.#held = undefined;
    this.#socket.destroySoon();
    const giveUp = setTimeout(() => this.#socket.destroy(), LINGER_MS_MAX);
    await this.#ended;
    clearTimeout(giveUp);
  }

  #feed(chunk: Uint8Array, start: number): void {
    const at = this.#reader.feed(chunk, start, chunk.length);
    if (at === chunk.length) return;
    this.#held = chunk;
    this.#heldAt = at;
    this.#socket.pause();
  }

  readonly #deliver = (bytes: Uint8Array, start: number, end: number): boolean => {
    try {
      if (this.#receiver(bytes, start, end, this.peer) === false) {
        if (!this.#socket.isPaused()) this.#counts.heldBack += 1;
        return false;
      }
      this.#counts.received += 1;
    } catch {
      // A fault behind the link costs one frame and not the connection.
      this.#counts.refuse("receiverFailed");
    }
    return true;
  };

  readonly #afterWrite = (fault: Error | null | undefined): void => {
    if (fault == null) this.#counts.sent += 1;
    else this.#counts.refuse("sendFailed");
  };
}
