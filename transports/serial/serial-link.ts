/**
 * One leaf, or a radio that speaks for many, on a serial line: UART, USB, pty. Frames are stuffed
 * with their CRC (transports/frame/splitter.ts), since a line has no packets; old leaves send them bare
 * (transports/frame/resync-reader.ts).
 *
 *   leaf ──bytes──▶ driver ──chunks──▶ reader ──(bytes, start, end, peer)──▶ receiver
 *
 * A restart loses the frame it cut in two.
 */
import type { SerialPort } from "serialport";
import { MycelError } from "../../runtime/errors.ts";
import { invariant } from "../../runtime/invariant.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { type Framing, type StreamCodec, streamCodec } from "../frame/framing.ts";
import { streamBytesMax } from "../frame/splitter.ts";
import {
  FRAME_BYTES_MAX,
  type FrameReceiver,
  type Link,
  type LinkStats,
  type SendRefusal,
} from "../link.ts";
import { noticeHangUp } from "./hang-up.ts";

export interface SerialLinkOptions {
  /** `/dev/ttyUSB0`, `COM3`. */
  readonly path: string;
  readonly baud: number;
  /** `cobs`, unless an old leaf speaks. */
  readonly framing?: Framing;
  readonly frameBytesMax?: number;
}

/** The other end of the line; there is no second. */
export const SERIAL_PEER = 1;

/** Of the longest: 1.4 s at 115 200 baud. A device that reads no more is not waited for. */
const SENDING_FRAMES_MAX = 64;

export class SerialLink implements Link {
  readonly address: string;
  readonly #path: string;
  readonly #baud: number;
  #state: "new" | "open" | "closed" = "new";
  #port: SerialPort | undefined;
  readonly #codec: StreamCodec;
  readonly #frameBytesMax: number;
  #closing: Promise<void> | undefined;
  #received = 0;
  #sent = 0;
  #sendFailed = 0;
  #receiverFailed = 0;

  constructor({ path, baud, framing = "cobs", frameBytesMax }: SerialLinkOptions) {
    this.#frameBytesMax = frameBytesMax ?? FRAME_BYTES_MAX;
    this.#codec = streamCodec(framing, this.#frameBytesMax);
    this.#path = path;
    this.#baud = baud;
    this.address = `serial://${path}?baud=${baud}${framing === "cobs" ? "" : `&framing=${framing}`}`;
  }

  async open(receiver: FrameReceiver, onClosed: (cause: unknown) => void): Promise<void> {
    invariant(this.#state === "new", `${this.address} is opened once`);
    this.#state = "open";
    try {
      const driver = await loadDriver();
      const port = new driver({ path: this.#path, baudRate: this.#baud, autoOpen: false });
      await new Promise<void>((resolve, reject) => {
        port.open((fault) => (fault === null ? resolve() : reject(fault)));
      });
      if (port.port !== undefined) noticeHangUp(port.port);
      this.#port = port;
    } catch (cause) {
      this.#state = "closed";
      throw openFault(cause, this.#path);
    }
    const reader = this.#codec.reader((bytes, start, end) =>
      this.#deliver(receiver, bytes, start, end),
    );
    this.#port.on("data", (chunk: Uint8Array) => reader.feed(chunk));
    const fail = (cause: unknown): void => this.#fail(cause, onClosed);
    this.#port.on("error", fail);
    this.#port.on("close", fail);
    if (this.#codec.opening.length > 0) this.#port.write(this.#codec.opening);
  }

  send(peer: number, frame: Uint8Array): Result<void, SendRefusal> {
    const port = this.#port;
    if (this.#state !== "open" || port === undefined) return err("closed");
    if (frame.length > this.#frameBytesMax) return err("frameTooLong");
    if (peer !== SERIAL_PEER) return err("peerUnknown");
    const bytes = this.#codec.toStream(frame);
    if (
      port.writableLength + bytes.length >
      SENDING_FRAMES_MAX * streamBytesMax(this.#frameBytesMax)
    ) {
      return err("full");
    }
    port.write(bytes, this.#afterWrite);
    return ok(undefined);
  }

  stats(): LinkStats {
    const refused: Record<string, number> = {};
    const counts = {
      ...this.#codec.refused,
      receiverFailed: this.#receiverFailed,
      sendFailed: this.#sendFailed,
    };
    for (const [reason, count] of Object.entries(counts)) if (count > 0) refused[reason] = count;
    return { received: this.#received, sent: this.#sent, refused, lostByKernel: undefined };
  }

  /** What the device has not read by then is dropped: it may never read again. */
  close(): Promise<void> {
    this.#closing ??= this.#state === "open" ? this.#shut() : Promise.resolve();
    this.#state = "closed";
    return this.#closing;
  }

  async #shut(): Promise<void> {
    const port = this.#port;
    if (port === undefined) return;
    port.removeAllListeners("data");
    await new Promise<void>((resolve) => {
      // An error says that it is closed already.
      port.close(() => resolve());
    });
  }

  #deliver(receiver: FrameReceiver, bytes: Uint8Array, start: number, end: number): void {
    if (this.#state !== "open") return;
    try {
      receiver(bytes, start, end, SERIAL_PEER);
      this.#received += 1;
    } catch {
      // A fault behind the link costs one frame and not the line.
      this.#receiverFailed += 1;
    }
  }

  /** The device was unplugged, or the line broke: said once, also when both events come. */
  #fail(cause: unknown, onClosed: (cause: unknown) => void): void {
    if (this.#state !== "open") return;
    void this.close();
    const text = `${this.#path} is gone: plug the device in again or check its cable.`;
    onClosed(new MycelError("E_LINK_CLOSED", text, { path: this.#path }, cause));
  }

  readonly #afterWrite = (fault: Error | null | undefined): void => {
    if (fault == null) this.#sent += 1;
    else this.#sendFailed += 1;
  };
}

/** Loaded when first needed: it brings native code, which not every machine has. */
async function loadDriver(): Promise<typeof SerialPort> {
  try {
    return (await import("serialport")).SerialPort;
  } catch (cause) {
    const machine = `${process.platform}-${process.arch}`;
    const text = `The package serialport has no build for ${machine}: run its install script, or reach the leaves by UDP.`;
    throw new MycelError("E_LINK_OPEN", text, { machine }, cause);
  }
}

function openFault(cause: unknown, path: string): MycelError {
  if (cause instanceof MycelError) return cause;
  // The driver has no codes, only texts.
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/lock port/i.test(text)) {
    const taken = `${path} is taken: stop the program that has it open.`;
    return new MycelError("E_PORT_TAKEN", taken, { path }, cause);
  }
  const why = /no such file/i.test(text)
    ? "there is no such device, is it plugged in?"
    : /permission denied/i.test(text)
      ? 'this user may not open it, on Debian the group "dialout" may.'
      : `the driver says "${text.replace(/^Error:? /, "").replace(/\.$/, "")}".`;
  return new MycelError("E_LINK_OPEN", `Cannot open ${path}: ${why}`, { path }, cause);
}
