/**
 * Hubs that share one link: a gateway sends their frames in envelopes, and each hub has a port here that is
 * a link like any other.
 *
 *   gateway ──envelopes──▶ driver: UDP, TCP, serial ──▶ entries ──▶ port of hub 7 ──(bytes, peer)──▶ receiver
 *           ◀─envelopes─── full, or the turn is over ◀──────────────────────────────send(peer, frame)──┘
 *
 * The first port to open opens the driver, the last to close closes it; if it fails, so do all ports. What a
 * hub has no room for is lost and counted, also where the driver could hold the gateway back: one hub that
 * is busy must not stop the others. A restart loses the peer numbers.
 */
import type { EnvelopeFault } from "../../firmware/wire/gateway-types.ts";
import { MycelError } from "../../runtime/errors.ts";
import { invariant } from "../../runtime/invariant.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import {
  addStats,
  FRAME_BYTES_MAX,
  type FrameReceiver,
  type Link,
  type LinkStats,
  NO_STATS,
  type SendRefusal,
} from "../link.ts";
import { EnvelopeWriter, readEnvelope } from "./envelope.ts";
import { SenderSlots } from "./sender-slots.ts";

export interface GatewayOptions {
  /** As in `gateway://gw_north/7`. */
  readonly id: string;
  /** A new driver for each time the gateway is opened, for packets of up to `ENVELOPE.bytesMax`. */
  readonly makeLink: () => Link;
}

/** Since construction; `refused` has the driver's reasons, too. */
export interface GatewayStats extends LinkStats {
  readonly id: string;
  readonly address: string;
}

interface OpenPort {
  readonly deliver: (bytes: Uint8Array, start: number, end: number, peer: number) => void;
  readonly onClosed: (cause: unknown) => void;
}

/** What waits at the driver for this turn's end, and where it goes. */
interface Outbound {
  readonly driverPeer: number;
  readonly writer: EnvelopeWriter;
}

/** Of senders that were answered: 90 KB. More are made anew when they are needed. */
const WRITERS_KEPT = 64;

export class Gateway {
  readonly #id: string;
  readonly #makeLink: () => Link;
  /** By hub number: as many as the settings name. */
  readonly #ports = new Map<number, OpenPort>();
  readonly #slots = new SenderSlots();
  readonly #outbound = new Map<number, Outbound>();
  readonly #refused: Record<string, number> = {};
  #driver: Link | undefined;
  #opening: Promise<void> | undefined;
  /** One more with each driver that is given up, also before it was made. */
  #turn = 0;
  #closing: Promise<void> = Promise.resolve();
  #past = NO_STATS;
  #flush: NodeJS.Immediate | undefined;
  /** Of the envelope that is being read. */
  #bytes: Uint8Array = new Uint8Array(0);
  #slot = 0;

  constructor({ id, makeLink }: GatewayOptions) {
    this.#id = id;
    this.#makeLink = makeLink;
  }

  /** The link of the hub that has this number at the gateway. */
  link(hub: number): Link {
    return new GatewayLink(this, `gateway://${this.#id}/${hub}`, hub);
  }

  /** `received` counts envelopes that are sound or cut off, the ports count frames. */
  stats(): GatewayStats {
    const driver = this.#driver;
    const stats = driver === undefined ? this.#past : addStats(this.#past, driver.stats());
    const refused = addStats({ ...NO_STATS, refused: this.#refused }, stats).refused;
    return { ...stats, refused, id: this.#id, address: driver?.address ?? "" };
  }

  /** For the port: what it opens with. Throws what the driver throws, and `E_PORT_TAKEN`. */
  async attach(hub: number, port: OpenPort): Promise<void> {
    if (this.#ports.has(hub)) {
      const text = `gateway://${this.#id}/${hub} is taken: give each hub of the gateway a number of its own.`;
      throw new MycelError("E_PORT_TAKEN", text, { gateway: this.#id, hub });
    }
    this.#ports.set(hub, port);
    try {
      this.#opening ??= this.#open();
      await this.#opening;
    } catch (cause) {
      if (this.#ports.get(hub) === port) this.#ports.delete(hub);
      throw cause;
    }
  }

  /** For the port. Hands over what was sent before the driver is closed with the last one. */
  async detach(hub: number, port: OpenPort): Promise<void> {
    if (this.#ports.get(hub) !== port) return;
    this.#ports.delete(hub);
    this.#sendAll();
    if (this.#ports.size > 0) return;
    const driver = this.#retire();
    if (driver !== undefined) this.#closing = driver.close();
    await this.#closing;
  }

  /** For the port: the frame leaves with others at the end of this turn, or when the envelope is full. */
  send(hub: number, peer: number, frame: Uint8Array): Result<void, SendRefusal> {
    const driverPeer = this.#slots.peerOf(peer >>> 16);
    if (driverPeer === undefined) return err("peerUnknown");
    let outbound = this.#outbound.get(driverPeer);
    if (outbound === undefined) {
      outbound = { driverPeer, writer: new EnvelopeWriter() };
      this.#outbound.set(driverPeer, outbound);
    }
    const node = peer & 0xffff;
    if (!outbound.writer.add(hub, node, frame)) {
      const refusal = this.#sendOut(outbound);
      outbound.writer.add(hub, node, frame);
      if (refusal !== undefined) return err(refusal);
    }
    this.#flush ??= setImmediate(this.#sendAll);
    return ok(undefined);
  }

  async #open(): Promise<void> {
    const turn = this.#turn;
    await this.#closing;
    if (turn !== this.#turn) {
      const text = `The gateway ${this.#id} was closed while it was being opened.`;
      throw new MycelError("E_LINK_CLOSED", text, { gateway: this.#id });
    }
    const driver = this.#makeLink();
    this.#driver = driver;
    this.#slots.clear();
    try {
      await driver.open(this.#receive, (cause) => {
        if (driver === this.#driver) this.#fail(cause);
      });
    } catch (cause) {
      if (driver === this.#driver) this.#retire();
      throw cause;
    }
  }

  #fail(cause: unknown): void {
    const ports = [...this.#ports.values()];
    this.#ports.clear();
    this.#retire();
    for (const { onClosed } of ports) onClosed(cause);
  }

  #retire(): Link | undefined {
    const driver = this.#driver;
    if (driver !== undefined) this.#past = addStats(this.#past, driver.stats());
    this.#driver = undefined;
    this.#turn += 1;
    this.#opening = undefined;
    this.#outbound.clear();
    return driver;
  }

  readonly #receive: FrameReceiver = (bytes, start, end, peer) => {
    this.#bytes = bytes;
    this.#slot = this.#slots.slotOf(peer);
    const fault: EnvelopeFault | undefined = readEnvelope(bytes, start, end, this.#onEntry);
    if (fault !== undefined) this.#refuse(fault, 1);
    return true;
  };

  readonly #onEntry = (hub: number, node: number, start: number, end: number): void => {
    const port = this.#ports.get(hub);
    if (port === undefined) this.#refuse("noHub", 1);
    else port.deliver(this.#bytes, start, end, (this.#slot << 16) | node);
  };

  readonly #sendAll = (): void => {
    if (this.#flush !== undefined) clearImmediate(this.#flush);
    this.#flush = undefined;
    for (const outbound of this.#outbound.values()) this.#sendOut(outbound);
    if (this.#outbound.size > WRITERS_KEPT) this.#outbound.clear();
  };

  #sendOut({ driverPeer, writer }: Outbound): SendRefusal | undefined {
    const { frames } = writer;
    if (frames === 0) return undefined;
    const sent = this.#driver?.send(driverPeer, writer.envelope) ?? err("closed" as const);
    writer.clear();
    if (sent.ok) return undefined;
    this.#refuse("sendFailed", frames);
    return sent.error;
  }

  #refuse(reason: string, count: number): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + count;
  }
}

class GatewayLink implements Link {
  readonly address: string;
  readonly #gateway: Gateway;
  readonly #hub: number;
  #state: "new" | "open" | "closed" = "new";
  #port: OpenPort | undefined;
  #closing: Promise<void> | undefined;
  #received = 0;
  #sent = 0;
  readonly #refused: Record<string, number> = {};

  constructor(gateway: Gateway, address: string, hub: number) {
    this.#gateway = gateway;
    this.address = address;
    this.#hub = hub;
  }

  async open(receiver: FrameReceiver, onClosed: (cause: unknown) => void): Promise<void> {
    invariant(this.#state === "new", `${this.address} is opened once`);
    this.#state = "open";
    const port: OpenPort = {
      deliver: (bytes, start, end, peer) => this.#deliver(receiver, bytes, start, end, peer),
      onClosed: (cause) => {
        this.#state = "closed";
        onClosed(cause);
      },
    };
    this.#port = port;
    try {
      await this.#gateway.attach(this.#hub, port);
    } catch (cause) {
      this.#state = "closed";
      throw cause;
    }
  }

  send(peer: number, frame: Uint8Array): Result<void, SendRefusal> {
    if (this.#state !== "open") return err("closed");
    if (frame.length > FRAME_BYTES_MAX) return err("frameTooLong");
    const sent = this.#gateway.send(this.#hub, peer, frame);
    if (sent.ok) this.#sent += 1;
    return sent;
  }

  stats(): LinkStats {
    const refused = { ...this.#refused };
    return { received: this.#received, sent: this.#sent, refused, lostByKernel: undefined };
  }

  close(): Promise<void> {
    const port = this.#port;
    this.#closing ??=
      this.#state === "open" && port !== undefined
        ? this.#gateway.detach(this.#hub, port)
        : Promise.resolve();
    this.#state = "closed";
    return this.#closing;
  }

  #deliver(
    receiver: FrameReceiver,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: number,
  ): void {
    if (this.#state !== "open") return;
    if (end - start > FRAME_BYTES_MAX) {
      this.#refuse("tooLong");
      return;
    }
    try {
      receiver(bytes, start, end, peer);
      this.#received += 1;
    } catch {
      // A fault behind the link costs one frame and not the envelope.
      this.#refuse("receiverFailed");
    }
  }

  #refuse(reason: string): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
  }
}
