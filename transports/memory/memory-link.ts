/** A link without a wire: frames go through a `MemoryMedium` to another link in this process. */
import { MycelError } from "../../runtime/errors.ts";
import { invariant } from "../../runtime/invariant.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { FrameReceiver, Link, LinkStats, SendRefusal } from "../link.ts";
import type { MemoryMedium } from "./memory-medium.ts";

export class MemoryLink implements Link {
  readonly address: string;
  readonly #medium: MemoryMedium;
  readonly #name: string;
  readonly #frameBytesMax: number;
  #state: "new" | "open" | "closed" = "new";
  #receiver: FrameReceiver | undefined;
  /** Peer numbers are places in this list, from 1; as many as the medium has links. */
  readonly #peerNames: string[] = [];
  readonly #peerByName = new Map<string, number>();
  #received = 0;
  #sent = 0;
  readonly #refused: Record<string, number> = {};

  /** Made by `medium.link(name)`. */
  constructor(medium: MemoryMedium, name: string, frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
    this.#medium = medium;
    this.#name = name;
    this.address = `memory://${name}`;
  }

  async open(receiver: FrameReceiver): Promise<void> {
    invariant(this.#state === "new", `${this.address} is opened once`);
    if (!this.#medium.attach(this.#name, this)) {
      this.#state = "closed";
      const text = `${this.address} is taken: close the link that has it or choose another name.`;
      throw new MycelError("E_PORT_TAKEN", text, { name: this.#name });
    }
    this.#state = "open";
    this.#receiver = receiver;
  }

  /** The number that stands for a link not heard yet: a leaf speaks first. */
  peerOf(name: string): number {
    const known = this.#peerByName.get(name);
    if (known !== undefined) return known;
    const peer = this.#peerNames.push(name);
    this.#peerByName.set(name, peer);
    return peer;
  }

  send(peer: number, frame: Uint8Array): Result<void, SendRefusal> {
    if (this.#state !== "open") return err("closed");
    if (frame.length > this.#frameBytesMax) return err("frameTooLong");
    const to = this.#peerNames[peer - 1];
    if (to === undefined) return err("peerUnknown");
    if (!this.#medium.carry(this.#name, to, frame)) return err("full");
    this.#sent += 1;
    return ok(undefined);
  }

  /** For the medium: a frame has come. */
  arrive(from: string, frame: Uint8Array): void {
    if (frame.length > this.#frameBytesMax) {
      this.#refuse("tooLong");
      return;
    }
    try {
      this.#receiver?.(frame, 0, frame.length, this.peerOf(from));
      this.#received += 1;
    } catch {
      // As on the other links: a fault behind the link costs one frame.
      this.#refuse("receiverFailed");
    }
  }

  stats(): LinkStats {
    return {
      received: this.#received,
      sent: this.#sent,
      refused: { ...this.#refused },
      lostByKernel: undefined,
    };
  }

  async close(): Promise<void> {
    if (this.#state === "open") this.#medium.detach(this.#name);
    this.#state = "closed";
  }

  #refuse(reason: string): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
  }
}
