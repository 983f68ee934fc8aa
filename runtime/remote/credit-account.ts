/**
 * This thread's credit with one mailbox elsewhere: how much may be sent to it, what waits until more
 * may, and which actors here wait with it.
 */
import type { ActorCell } from "../cell/actor-cell.ts";
import { CREDIT_AWAITED_MAX, OVERSHOOT_MIN } from "../limits.ts";
import { RingQueue } from "../ring-queue.ts";
import { Timer } from "../timers.ts";
import type { CreditShare } from "./credit-share.ts";
import type { Addressee } from "./outbox.ts";

export interface Held {
  /** To whom it is written: the mailbox itself, or the gateway that is to pass it on. */
  readonly at: Addressee;
  readonly message: unknown;
  /** Of a byte message, whose copy is `message`. */
  readonly bytes: { readonly tag: number; readonly atMs: number } | undefined;
  /** What it takes of the mailbox's byte ring. */
  readonly cost: number;
}

export class CreditAccount extends Timer {
  readonly to: Addressee;
  thread: number;
  /** Sent by handlers that had begun when the credit ran out; bounded, in order. */
  readonly held = new RingQueue<Held>();
  #messages: number;
  #bytes: number;
  readonly #senders = new Set<ActorCell<never>>();
  /** It has the credit that everybody starts with: the mailbox has had no time to lend more. */
  #isNew = true;
  /** Nobody waits any more: what is told is refused until credit comes. */
  #hasExpired = false;

  constructor(to: Addressee, thread: number, { messages, bytes }: CreditShare) {
    super();
    this.to = to;
    this.thread = thread;
    this.#messages = messages;
    this.#bytes = bytes;
  }

  /** The last message may take more bytes than are left: it could else never be sent. */
  get covers(): boolean {
    return this.#messages > 0 && this.#bytes > 0;
  }

  spend(bytes: number): void {
    this.#messages -= 1;
    this.#bytes -= bytes;
  }

  add({ messages, bytes }: CreditShare): void {
    this.#messages += messages;
    this.#bytes += bytes;
    this.#isNew = false;
    this.#hasExpired = false;
  }

  /** At another home, with the credit that everybody starts with there. */
  moveTo(thread: number, { messages, bytes }: CreditShare): void {
    this.thread = thread;
    this.#messages = messages;
    this.#bytes = bytes;
    this.#isNew = true;
  }

  /**
   * False when no more may be sent, by anybody who waits or does not. Code outside actors, which cannot
   * wait, is refused at once; but not while the first credit is on its way, or a hub would lose the first
   * frames of its leaves.
   */
  hold(sender: ActorCell<never> | undefined, held: Held): boolean {
    if (this.#hasExpired || (sender === undefined && !this.#isNew)) return false;
    if (this.held.count >= (this.#isNew ? CREDIT_AWAITED_MAX : OVERSHOOT_MIN)) return false;
    this.held.push(held);
    if (sender !== undefined && !this.#senders.has(sender)) {
      this.#senders.add(sender);
      sender.pause();
    }
    return true;
  }

  takeHeld(): Held[] {
    const taken: Held[] = [];
    for (let next = this.held.shift(); next !== undefined; next = this.held.shift())
      taken.push(next);
    return taken;
  }

  release(): void {
    for (const sender of this.#senders) sender.resume();
    this.#senders.clear();
  }

  fire(): void {
    this.#hasExpired = true;
    this.release();
  }
}
