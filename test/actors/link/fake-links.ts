/** Drivers in a test's hand. */
import { MycelError } from "../../../runtime/errors.ts";
import { err, ok } from "../../../runtime/result.ts";
import type { FrameReceiver, Link } from "../../../transports/link.ts";

/** A driver whose failures a test decides. */
export class FakeLink implements Link {
  readonly address = "fake://1";
  received = 0;
  isClosed = false;
  readonly sent: Uint8Array[] = [];
  readonly fault: Error | undefined;
  #receiver: FrameReceiver | undefined;
  #onClosed: ((cause: unknown) => void) | undefined;

  constructor(fault: Error | undefined) {
    this.fault = fault;
  }
  async open(receiver: FrameReceiver, onClosed: (cause: unknown) => void): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
    this.#receiver = receiver;
    this.#onClosed = onClosed;
  }
  arrive(bytes: Uint8Array, peer: number): void {
    this.received += 1;
    this.#receiver?.(bytes, 0, bytes.length, peer);
  }
  unplug(): void {
    this.#onClosed?.(new MycelError("E_LINK_CLOSED", "The device is gone: plug it in again."));
  }
  send(peer: number, frame: Uint8Array) {
    if (peer !== 1) return err("peerUnknown" as const);
    this.sent.push(frame);
    return ok(undefined);
  }
  stats() {
    const { received, sent } = this;
    return { received, sent: sent.length, refused: { badCrc: 1 }, lostByKernel: 2 };
  }
  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** One that holds its senders back: what the receiver did not take waits, in order. */
export class FakeStream extends FakeLink {
  readonly #held: Uint8Array[] = [];
  #receiver: FrameReceiver = () => true;
  override async open(receiver: FrameReceiver): Promise<void> {
    this.#receiver = receiver;
  }
  override arrive(bytes: Uint8Array): void {
    if (this.#held.push(bytes) === 1) this.offer();
  }
  offer(): void {
    while (this.#held.length > 0) {
      const [bytes] = this.#held as [Uint8Array];
      if (this.#receiver(bytes, 0, bytes.length, 1) === false) return;
      this.received += 1;
      this.#held.shift();
    }
  }
}
