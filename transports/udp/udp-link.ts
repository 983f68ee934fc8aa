/**
 * Leaves over UDP: one frame a datagram, each hub on a port of its own.
 *
 *   leaf ──datagram──▶ kernel buffer ──▶ allowed? fits? ──(bytes, start, end, peer)──▶ receiver
 *
 * UDP loses, repeats and reorders, and anyone can forge a sender; the wire and the hub deal with
 * that. A restart loses the peer numbers, which leaves earn again with their next frame.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { MycelError } from "../../runtime/errors.ts";
import { invariant } from "../../runtime/invariant.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { type AllowList, allowList } from "../allow-list.ts";
import {
  FRAME_BYTES_MAX,
  type FrameReceiver,
  type Link,
  type LinkStats,
  type SendRefusal,
} from "../link.ts";
import { PeerTable } from "./peer-table.ts";
import { readKernelSocket } from "./socket-table.ts";

export interface UdpLinkOptions {
  /** An address or name of this machine; loopback unless told otherwise. */
  readonly host?: string;
  /** 0 lets the system choose; `address` then says which. */
  readonly port: number;
  /** Bound there already, so that nobody takes the port before the link is opened. */
  readonly socket?: Socket | undefined;
  /** Senders that are heard: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`. All, when not given. */
  readonly allow?: readonly string[];
  /** How many senders are known at a time. */
  readonly peersMax?: number;
  readonly frameBytesMax?: number;
}

export interface UdpLinkStats extends LinkStats {
  /** What the operating system granted, which may be less than asked for. */
  readonly receiveBufferBytes: number;
}

/**
 * 4 MiB, where the system grants it (`net.core.rmem_max`): the kernel books at least 768 bytes for
 * a frame of any size, so this holds 5 000 frames, two seconds of 500 leaves at 5 Hz.
 */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
/** 256 leaves a hub at four addresses each: a leaf behind NAT changes its port now and then. */
const PEERS_MAX = 1024;
/** Frames handed to the kernel and not yet taken: four commands for each of 256 leaves. */
const SENDING_MAX = 1024;

export class UdpLink implements Link {
  readonly #host: string;
  readonly #port: number;
  readonly #allow: readonly string[] | undefined;
  readonly #bound: Socket | undefined;
  readonly #peers: PeerTable;
  readonly #frameBytesMax: number;
  #state: "new" | "open" | "closed" = "new";
  #socket: Socket | undefined;
  #address: string;
  #allowed: AllowList | undefined;
  #isListening = false;
  #received = 0;
  #sent = 0;
  #sending = 0;
  #onAllSent: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  readonly #refused: Record<string, number> = {};
  #receiveBufferBytes = 0;
  #lostByKernel: number | undefined;

  constructor(options: UdpLinkOptions) {
    this.#host = options.host ?? "127.0.0.1";
    this.#port = options.port;
    this.#allow = options.allow;
    this.#bound = options.socket;
    this.#socket = options.socket;
    this.#peers = new PeerTable(options.peersMax ?? PEERS_MAX);
    this.#frameBytesMax = options.frameBytesMax ?? FRAME_BYTES_MAX;
    this.#address = udpAddress(this.#host, this.#port);
  }

  get address(): string {
    return this.#address;
  }

  async open(receiver: FrameReceiver, onClosed: (cause: unknown) => void): Promise<void> {
    invariant(this.#state === "new", `${this.#address} is opened once`);
    this.#state = "open";
    try {
      this.#allowed = allowList(this.#allow);
      const socket = this.#bound ?? (await this.#bind());
      if (this.#closing !== undefined) throw closedFault(this.#address);
      this.#isListening = true;
      this.#address = udpAddress(socket.address().address, socket.address().port);
      this.#receiveBufferBytes = growReceiveBuffer(socket);
      socket.on("message", (bytes, from) => this.#receive(receiver, bytes, from));
      socket.on("error", (cause) => {
        void this.close();
        onClosed(new MycelError("E_LINK_CLOSED", `${this.#address} failed.`, {}, cause));
      });
    } catch (cause) {
      this.#state = "closed";
      if (this.#closing === undefined) this.#socket?.close();
      throw openFault(cause, this.#host, this.#port);
    }
  }

  async #bind(): Promise<Socket> {
    const socket = createSocket({ type: isIPv6(this.#host) ? "udp6" : "udp4" });
    this.#socket = socket;
    socket.bind({ port: this.#port, address: this.#host, exclusive: true });
    // Its end, too: else a link closed meanwhile would never have been opened nor refused.
    const ended = new Promise((resolve) => socket.once("close", resolve));
    await Promise.race([once(socket, "listening"), ended]);
    return socket;
  }

  /** The number that stands for a hub not heard yet: a leaf speaks first. `address` is numeric. */
  peerOf(address: string, port: number): number {
    const peer = this.#peers.hear(address, port) ?? this.#peers.add(address, port);
    return peer.number;
  }

  send(peer: number, frame: Uint8Array): Result<void, SendRefusal> {
    const socket = this.#socket;
    if (this.#state !== "open" || socket === undefined) return err("closed");
    if (frame.length > this.#frameBytesMax) return err("frameTooLong");
    const to = this.#peers.find(peer);
    // A sender may leave its port out (RFC 768): nobody could hear the answer.
    if (to === undefined || to.port === 0) return err("peerUnknown");
    if (this.#sending >= SENDING_MAX) return err("full");
    this.#sending += 1;
    // A copy, since the kernel may take it after the caller has reused its buffer.
    socket.send(Uint8Array.from(frame), to.port, to.address, this.#afterSend);
    return ok(undefined);
  }

  stats(): UdpLinkStats {
    if (this.#state === "open") this.#readLost();
    return {
      received: this.#received,
      sent: this.#sent,
      refused: { ...this.#refused },
      lostByKernel: this.#lostByKernel,
      receiveBufferBytes: this.#receiveBufferBytes,
    };
  }

  /** What was accepted by `send` is handed to the kernel first. */
  close(): Promise<void> {
    this.#closing ??= this.#state === "open" ? this.#shut() : Promise.resolve();
    this.#state = "closed";
    return this.#closing;
  }

  async #shut(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#readLost();
    socket.removeAllListeners("message");
    if (this.#sending > 0) {
      await new Promise<void>((resolve) => {
        this.#onAllSent = resolve;
      });
    }
    const closed = once(socket, "close");
    socket.close();
    await closed;
  }

  #receive(receiver: FrameReceiver, bytes: Uint8Array, from: RemoteInfo): void {
    let peer = this.#peers.hear(from.address, from.port);
    if (peer === undefined) {
      if (this.#allowed?.has(from.address) !== true) {
        this.#refuse("notAllowed");
        return;
      }
      peer = this.#peers.add(from.address, from.port);
    }
    // No frame is longer, and what stands behind the link counts on that.
    if (bytes.length > this.#frameBytesMax) {
      this.#refuse("tooLong");
      return;
    }
    try {
      receiver(bytes, 0, bytes.length, peer.number);
      this.#received += 1;
    } catch {
      // A fault behind the link costs one frame and not the socket that all leaves share.
      this.#refuse("receiverFailed");
    }
  }

  readonly #afterSend = (fault: Error | null): void => {
    this.#sending -= 1;
    if (fault === null) this.#sent += 1;
    else this.#refuse("sendFailed");
    if (this.#sending === 0) this.#onAllSent?.();
  };

  #refuse(reason: string): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
  }

  #readLost(): void {
    // A socket that is still being opened has no address yet, and throws when asked.
    if (!this.#isListening) return;
    const at = this.#socket?.address();
    if (at !== undefined) this.#lostByKernel = readKernelSocket(at.address, at.port)?.dropped;
  }
}

export const udpAddress = (host: string, port: number): string =>
  `udp://${isIPv6(host) ? `[${host}]` : host}:${port}`;

/** Asks for the large buffer; what the system grants is used, whatever it is. */
function growReceiveBuffer(socket: Socket): number {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // Some systems refuse instead of granting less: the default stays.
  }
  return socket.getRecvBufferSize();
}

const closedFault = (address: string): MycelError =>
  new MycelError("E_LINK_CLOSED", `${address} was closed while it was being opened.`, { address });

function openFault(cause: unknown, host: string, port: number): unknown {
  if (cause instanceof MycelError) return cause;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const fields = { host, port };
  if (code === "EADDRINUSE") {
    const text = `UDP port ${port} on ${host} is taken: stop the program that has it or choose another port.`;
    return new MycelError("E_PORT_TAKEN", text, fields, cause);
  }
  const why =
    code === "EACCES"
      ? "this user may not listen there, choose a port above 1023"
      : code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN"
        ? "this machine has no such address"
        : `the system says ${String(code ?? cause)}`;
  return new MycelError(
    "E_LINK_OPEN",
    `Cannot listen on ${udpAddress(host, port)}: ${why}.`,
    fields,
    cause,
  );
}
