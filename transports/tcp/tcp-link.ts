/**
 * Leaves over TCP: the hub listens, leaves or a bridge to a serial line connect, and each connection
 * carries any number of frames, stuffed with their CRC (transports/frame/splitter.ts).
 *
 *   leaf ──connects──▶ allowed? room? ──▶ connection, peer number ──(bytes, start, end, peer)──▶ receiver
 *
 * A hub that has no room holds its senders back by TCP's own flow control. A restart ends all
 * connections; leaves connect again.
 */
import { createServer, isIPv6, type Server, type Socket } from "node:net";
import { MycelError } from "../../runtime/errors.ts";
import { invariant } from "../../runtime/invariant.ts";
import { err, type Result } from "../../runtime/result.ts";
import { type AllowList, allowList } from "../allow-list.ts";
import { type Framing, type StreamCodec, streamCodec } from "../frame/framing.ts";
import {
  FRAME_BYTES_MAX,
  type FrameReceiver,
  type Link,
  type LinkStats,
  type SendRefusal,
} from "../link.ts";
import { listen } from "../listen.ts";
import { TcpConnection, TcpCounts } from "./tcp-connection.ts";

export interface TcpLinkOptions {
  /** An address or name of this machine; loopback unless told otherwise. */
  readonly host?: string;
  /** 0 lets the system choose; `address` then says which. */
  readonly port: number;
  /** Senders that may connect: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. All, when not given. */
  readonly allow?: readonly string[];
  readonly connectionsMax?: number;
  /** How long a connection may be silent, ms. */
  readonly idleMsMax?: number;
  /** `cobs`, unless a bridge to old leaves' UARTs connects. */
  readonly framing?: Framing;
  readonly frameBytesMax?: number;
}

/** 256 leaves a hub, four times: one that rebooted may leave a dead connection behind for a minute. */
const CONNECTIONS_MAX = 1_024;
/** A leaf that reports more seldom connects for each report. */
const IDLE_MS_MAX = 15 * 60_000;
/** Numbers stay positive 31-bit integers, which JavaScript engines keep unboxed. */
const PEER_NUMBER_MAX = 0x7fff_ffff;

export class TcpLink implements Link {
  readonly #host: string;
  readonly #port: number;
  readonly #allow: readonly string[] | undefined;
  readonly #connectionsMax: number;
  readonly #idleMsMax: number;
  readonly #frameBytesMax: number;
  readonly #codec: StreamCodec;
  readonly #counts: TcpCounts;
  /** By peer number. */
  readonly #connections = new Map<number, TcpConnection>();
  #state: "new" | "open" | "closed" = "new";
  #address: string;
  #server: Server | undefined;
  #lastPeer = 0;
  #closing: Promise<void> | undefined;

  constructor(options: TcpLinkOptions) {
    this.#host = options.host ?? "127.0.0.1";
    this.#port = options.port;
    this.#allow = options.allow;
    this.#connectionsMax = options.connectionsMax ?? CONNECTIONS_MAX;
    this.#idleMsMax = options.idleMsMax ?? IDLE_MS_MAX;
    this.#frameBytesMax = options.frameBytesMax ?? FRAME_BYTES_MAX;
    this.#codec = streamCodec(options.framing ?? "cobs", this.#frameBytesMax);
    this.#counts = new TcpCounts(this.#codec);
    this.#address = tcpAddress(this.#host, this.#port);
  }

  get address(): string {
    return this.#address;
  }

  async open(receiver: FrameReceiver, onClosed: (cause: unknown) => void): Promise<void> {
    invariant(this.#state === "new", `${this.#address} is opened once`);
    this.#state = "open";
    try {
      const allowed = allowList(this.#allow);
      const server = createServer((socket) => this.#accept(socket, receiver, allowed));
      this.#server = server;
      const port = await listen(server, { host: this.#host, port: this.#port, portFixed: true });
      if (this.#closing !== undefined) throw closedFault(this.#address);
      this.#address = tcpAddress(this.#host, port);
      server.on("error", (cause) => {
        void this.close();
        onClosed(new MycelError("E_LINK_CLOSED", `${this.#address} failed.`, {}, cause));
      });
    } catch (cause) {
      this.#state = "closed";
      throw cause;
    }
  }

  send(peer: number, frame: Uint8Array): Result<void, SendRefusal> {
    if (this.#state !== "open") return err("closed");
    if (frame.length > this.#frameBytesMax) return err("frameTooLong");
    return this.#connections.get(peer)?.send(frame) ?? err("peerUnknown");
  }

  offer(): void {
    for (const connection of this.#connections.values()) connection.offer();
  }

  stats(): LinkStats {
    return this.#counts.read();
  }

  /** What was accepted by `send` is handed to the kernel first, where the peer still reads. */
  close(): Promise<void> {
    this.#closing ??= this.#server === undefined ? Promise.resolve() : this.#shut(this.#server);
    this.#state = "closed";
    return this.#closing;
  }

  async #shut(server: Server): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      // An error says that it does not listen, or no more.
      server.close(() => resolve());
    });
    await Promise.all([...this.#connections.values()].map((each) => each.close()));
    await ended;
  }

  #accept(socket: Socket, receiver: FrameReceiver, allowed: AllowList): void {
    const from = socket.remoteAddress;
    // Undefined when it has gone already.
    const isWanted = this.#state === "open" && from !== undefined;
    if (isWanted && !allowed.has(plainAddress(from))) this.#counts.refuse("notAllowed");
    else if (isWanted && this.#connections.size >= this.#connectionsMax) {
      this.#counts.refuse("tooManyConnections");
    } else if (isWanted) {
      this.#connect(socket, receiver);
      return;
    }
    socket.on("error", () => {}).destroy();
  }

  #connect(socket: Socket, receiver: FrameReceiver): void {
    const peer = this.#freeNumber();
    const connection = new TcpConnection({
      socket,
      peer,
      receiver,
      counts: this.#counts,
      codec: this.#codec,
      frameBytesMax: this.#frameBytesMax,
      idleMsMax: this.#idleMsMax,
      onEnd: () => this.#connections.delete(peer),
    });
    this.#connections.set(peer, connection);
  }

  /** Never one that a hub may still hold. Ends because at most `connectionsMax` numbers are in use. */
  #freeNumber(): number {
    do {
      this.#lastPeer = this.#lastPeer === PEER_NUMBER_MAX ? 1 : this.#lastPeer + 1;
    } while (this.#connections.has(this.#lastPeer));
    return this.#lastPeer;
  }
}

export const tcpAddress = (host: string, port: number): string =>
  `tcp://${isIPv6(host) ? `[${host}]` : host}:${port}`;

/** An IPv4 peer of a socket that listens on `::` is said as `::ffff:192.0.2.7`. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, "");

export const closedFault = (address: string): MycelError =>
  new MycelError("E_LINK_CLOSED", `${address} was closed while it was being opened.`, { address });
