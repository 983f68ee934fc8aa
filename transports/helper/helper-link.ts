/**
 * A link whose hardware is reached by a helper process of its own (I2C, BLE): the process has the
 * device, this has the bounds and the counts.
 *
 *   leaf ──bus, radio──▶ helper process ──(bytes, start, end, peer)──▶ receiver
 *
 * A restart begins with a new process. Frames to leaves that it had not handed over are lost then.
 */

import { MycelError } from "../../runtime/errors.ts";
import { invariant } from "../../runtime/invariant.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import {
  FRAME_BYTES_MAX,
  type FrameReceiver,
  type Link,
  type LinkStats,
  type SendRefusal,
} from "../link.ts";
import { buildHelper, type HelperProgram } from "./build-helper.ts";
import { HelperProcess } from "./helper-process.ts";

export interface HelperLinkOptions {
  readonly address: string;
  readonly program: HelperProgram;
  readonly args: readonly string[];
}

/** What a helper keeps for one peer, so that nothing accepted finds no room there. */
const SENDING_MAX = 64;

export class HelperLink implements Link {
  readonly address: string;
  readonly #program: HelperProgram;
  readonly #args: readonly string[];
  /** A hub speaks to whom it has heard. At most what a helper numbers: 16 bits. */
  readonly #heard = new Set<number>();
  readonly #refused: Record<string, number> = {};
  #state: "new" | "open" | "closed" = "new";
  #process: HelperProcess | undefined;
  #received = 0;
  #sent = 0;
  #sending = 0;
  #closing: Promise<void> | undefined;

  constructor({ address, program, args }: HelperLinkOptions) {
    this.address = address;
    this.#program = program;
    this.#args = args;
  }

  async open(receiver: FrameReceiver, onClosed: (cause: unknown) => void): Promise<void> {
    invariant(this.#state === "new", `${this.address} is opened once`);
    this.#state = "open";
    try {
      const program = await buildHelper(this.#program);
      if (this.#closing !== undefined) throw closedFault(this.address);
      await this.#start(program, receiver, onClosed);
    } catch (cause) {
      this.#state = "closed";
      throw cause;
    }
  }

  #start(
    program: string,
    receiver: FrameReceiver,
    onClosed: (cause: unknown) => void,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let isReady = false;
    this.#process = new HelperProcess(program, this.#args, {
      onReady: () => {
        isReady = true;
        resolve();
      },
      onFrame: (bytes, start, end, peer) => this.#deliver(receiver, bytes, start, end, peer),
      onSent: () => {
        this.#sending -= 1;
        this.#sent += 1;
      },
      onNotSent: (_peer, why) => {
        this.#sending -= 1;
        this.#refuse(why);
      },
      onRefused: (_peer, why) => this.#refuse(why),
      onEnd: (why) => {
        if (!isReady) reject(why === undefined ? closedFault(this.address) : this.#openFault(why));
        else if (why !== undefined) {
          this.#state = "closed";
          onClosed(new MycelError("E_LINK_CLOSED", `${this.address} failed: ${why}.`));
        }
      },
    });
    return promise;
  }

  send(peer: number, frame: Uint8Array): Result<void, SendRefusal> {
    if (this.#state !== "open" || this.#process === undefined) return err("closed");
    if (frame.length > FRAME_BYTES_MAX) return err("frameTooLong");
    if (!this.#heard.has(peer)) return err("peerUnknown");
    if (this.#sending >= SENDING_MAX) return err("full");
    this.#sending += 1;
    this.#process.send(peer, frame);
    return ok(undefined);
  }

  stats(): LinkStats {
    return {
      received: this.#received,
      sent: this.#sent,
      refused: { ...this.#refused },
      lostByKernel: undefined,
    };
  }

  /** What was accepted by `send` is handed to leaves that take it. */
  close(): Promise<void> {
    this.#state = "closed";
    this.#closing ??= this.#process?.end() ?? Promise.resolve();
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
    this.#heard.add(peer);
    if (end - start > FRAME_BYTES_MAX) {
      this.#refuse("tooLong");
      return;
    }
    try {
      receiver(bytes, start, end, peer);
      this.#received += 1;
    } catch {
      // A fault behind the link costs one frame.
      this.#refuse("receiverFailed");
    }
  }

  #refuse(reason: string): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
  }

  #openFault(why: string): MycelError {
    const fields = { address: this.address };
    if (why === "taken") {
      const text = `${this.address} is used by another hub: give each hub a bus of its own.`;
      return new MycelError("E_PORT_TAKEN", text, fields);
    }
    return new MycelError("E_LINK_OPEN", `Cannot open ${this.address}: ${why}.`, fields);
  }
}

const closedFault = (address: string): MycelError =>
  new MycelError("E_LINK_CLOSED", `${address} was closed while it was being opened.`, { address });
