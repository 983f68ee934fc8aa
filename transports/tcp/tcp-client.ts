/**
 * The leaf's end of a TCP link: one connection to a hub, over which any number of leaves may speak.
 * When it ends, `onClosed` says so; who opened it decides whether to try again.
 */
import { connect } from "node:net";
import { MycelError } from "../../runtime/errors.ts";
import { invariant } from "../../runtime/invariant.ts";
import { err, type Result } from "../../runtime/result.ts";
import { type Framing, type StreamCodec, streamCodec } from "../frame/framing.ts";
import {
  FRAME_BYTES_MAX,
  type FrameReceiver,
  type Link,
  type LinkStats,
  type SendRefusal,
} from "../link.ts";
import { TcpConnection, TcpCounts } from "./tcp-connection.ts";
import { closedFault, tcpAddress } from "./tcp-link.ts";

/** The hub; there is no second. */
export const HUB_PEER = 1;
/** A hub in the building answers in milliseconds. */
const CONNECT_MS_MAX = 10_000;

export interface TcpClientOptions {
  readonly host: string;
  readonly port: number;
  readonly framing?: Framing;
  readonly frameBytesMax?: number;
}

export class TcpClient implements Link {
  readonly address: string;
  readonly #options: TcpClientOptions;
  readonly #frameBytesMax: number;
  readonly #codec: StreamCodec;
  readonly #counts: TcpCounts;
  #state: "new" | "open" | "closed" = "new";
  #connection: TcpConnection | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: TcpClientOptions) {
    this.#options = options;
    this.#frameBytesMax = options.frameBytesMax ?? FRAME_BYTES_MAX;
    this.#codec = streamCodec(options.framing ?? "cobs", this.#frameBytesMax);
    this.#counts = new TcpCounts(this.#codec);
    this.address = tcpAddress(options.host, options.port);
  }

  async open(receiver: FrameReceiver, onClosed: (cause: unknown) => void): Promise<void> {
    invariant(this.#state === "new", `${this.address} is opened once`);
    this.#state = "open";
    const { host, port } = this.#options;
    const socket = connect({ host, port, autoSelectFamily: true });
    const giveUp = setTimeout(() => {
      socket.destroy(new Error(`no answer in ${CONNECT_MS_MAX / 1_000} s`));
    }, CONNECT_MS_MAX);
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("connect", resolve);
        socket.once("error", reject);
      });
      socket.removeAllListeners("error");
    } catch (cause) {
      this.#state = "closed";
      throw openFault(cause, this.address);
    } finally {
      clearTimeout(giveUp);
    }
    this.#connection = new TcpConnection({
      socket,
      peer: HUB_PEER,
      receiver,
      counts: this.#counts,
      codec: this.#codec,
      frameBytesMax: this.#frameBytesMax,
      onEnd: (_connection, cause) => {
        if (this.#state !== "open") return;
        this.#state = "closed";
        const text = `${this.address} has ended the connection: look whether the hub runs and has room for one more.`;
        onClosed(new MycelError("E_LINK_CLOSED", text, { address: this.address }, cause));
      },
    });
    if (this.#closing === undefined) return;
    await this.#connection.close();
    throw closedFault(this.address);
  }

  send(peer: number, frame: Uint8Array): Result<void, SendRefusal> {
    if (this.#state !== "open" || this.#connection === undefined) return err("closed");
    if (peer !== HUB_PEER) return err("peerUnknown");
    return this.#connection.send(frame);
  }

  offer(): void {
    this.#connection?.offer();
  }

  stats(): LinkStats {
    return this.#counts.read();
  }

  close(): Promise<void> {
    this.#state = "closed";
    this.#closing ??= this.#connection?.close() ?? Promise.resolve();
    return this.#closing;
  }
}

function openFault(cause: unknown, address: string): MycelError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  const why =
    code === "ECONNREFUSED"
      ? "nothing listens there, is the node running?"
      : code === "ENOTFOUND" || code === "EAI_AGAIN"
        ? "the name leads to no address, check how it is spelt."
        : `the system says ${String(code ?? (cause instanceof Error ? cause.message : cause))}.`;
  return new MycelError("E_LINK_OPEN", `Cannot connect to ${address}: ${why}`, { address }, cause);
}
