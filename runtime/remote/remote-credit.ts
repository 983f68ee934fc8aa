/**
 * Backpressure between threads, as senders meet it. Two things make an actor here wait: a way to
 * another thread that is full, and a mailbox there that lends no more credit.
 *
 *   tell ──credit?──▶ sent          none: held here, and the sender finishes its handler and waits
 *   Credit ──▶ what was held is sent ──all of it?──▶ who waited goes on
 *
 * What handlers may send beyond their credit is bounded, and then refused. So it is for everybody when
 * credit has not come for `PUSH_BACK_MS_MAX`: no circle of waiting actors over threads is for ever.
 */
import { recordBytes } from "../byte-ring.ts";
import type { ActorCell } from "../cell/actor-cell.ts";
import type { Dispatcher } from "../dispatcher.ts";
import { PUSH_BACK_MS_MAX } from "../limits.ts";
import { LANE } from "../threads/thread-port.ts";
import type { Timers } from "../timers.ts";
import { CreditAccount, type Held } from "./credit-account.ts";
import { type CreditShare, firstShareOf } from "./credit-share.ts";
import type { Addressee, Outbox, Sent, Written } from "./outbox.ts";

export class RemoteCredit {
  readonly #dispatcher: Dispatcher<ActorCell<never>>;
  readonly #timers: Timers;
  readonly #outboxTo: (thread: number) => Outbox;
  readonly #firstShare: CreditShare;
  /** By the mailbox's number: those with backpressure that actors here have sent to. */
  readonly #accounts = new Map<number, CreditAccount>();
  /** Those of which something is held for which there is credit, but no room on the way. */
  readonly #blocked = new Set<CreditAccount>();
  /** Actors here that wait for room on the way to a thread. */
  readonly #waiting = new Map<number, Set<ActorCell<never>>>();

  /** `threads`: how many others there are. */
  constructor(
    dispatcher: Dispatcher<ActorCell<never>>,
    timers: Timers,
    threads: number,
    outboxTo: (thread: number) => Outbox,
  ) {
    this.#dispatcher = dispatcher;
    this.#timers = timers;
    this.#outboxTo = outboxTo;
    this.#firstShare = firstShareOf(threads);
  }

  // To any mailbox: room on the way

  /** Code outside actors cannot be made to wait, so it is refused as soon as others wait. */
  maySend(outbox: Outbox): boolean {
    return outbox.isEmpty || this.#dispatcher.waiter !== undefined;
  }

  /** False when nothing was sent. */
  afterSending(sent: Sent, thread: number): boolean {
    this.#dispatcher.noteOutgoing();
    if (sent === "sent") return true;
    if (sent === "refused") return false;
    const sender = this.#dispatcher.waiter;
    if (sender !== undefined) {
      const waiting = this.#waiting.get(thread) ?? new Set();
      this.#waiting.set(thread, waiting);
      if (!waiting.has(sender)) {
        waiting.add(sender);
        sender.pause();
      }
    }
    return sent === "waits";
  }

  roomOnTheWay(thread: number): void {
    const waiting = this.#waiting.get(thread);
    this.#waiting.delete(thread);
    for (const sender of waiting ?? []) sender.resume();
  }

  // To a mailbox with backpressure: its credit

  /** False when nothing was sent, nor ever will be. Written to `at`, and `cost` bytes are to be paid. */
  tell(to: Addressee, thread: number, at: Addressee, message: unknown, cost: number): boolean {
    const account = this.#accountOf(to, thread);
    let wayIsFull = false;
    if (account.held.count === 0 && account.covers) {
      const written = this.#write(account, at, message, cost);
      if (written !== "full") return written === "sent";
      wayIsFull = true;
    }
    return this.#hold(account, { at, message, bytes: undefined, cost }, wayIsFull);
  }

  tellBytes(
    to: Addressee,
    thread: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    const account = this.#accountOf(to, thread);
    let wayIsFull = false;
    if (account.held.count === 0 && account.covers) {
      const written = this.#writeBytes(account, to, bytes, start, end, tag, atMs);
      if (written !== "full") return written === "sent";
      wayIsFull = true;
    }
    const message = bytes.slice(start, end);
    const held = { at: to, message, bytes: { tag, atMs }, cost: recordBytes(end - start) };
    return this.#hold(account, held, wayIsFull);
  }

  onCredit(from: number, number: number, more: CreditShare): void {
    let account = this.#accounts.get(number);
    if (account === undefined) {
      // Asked for by what was sent without: while the thread there was taking a lost one's place.
      const rest = { messages: 0, bytes: this.#firstShare.bytes };
      account = this.#open({ path: `actor number ${number}`, number }, from, rest);
    }
    // A former home's credit is void.
    if (account.thread !== from) return;
    account.add(more);
    this.#sendHeld(account);
  }

  /** There is no such actor: what is held becomes dead letters where it would be. */
  onCreditEnd(from: number, number: number): void {
    const account = this.#accounts.get(number);
    if (account === undefined || account.thread !== from) return;
    this.#accounts.delete(number);
    account.add(UNLIMITED);
    this.#sendHeld(account);
  }

  /** The actor lives on another thread from now on; what is held goes there. */
  moved(number: number, thread: number): void {
    const account = this.#accounts.get(number);
    if (account === undefined || account.thread === thread) return;
    account.moveTo(thread, this.#firstShare);
    this.#sendHeld(account);
  }

  /** The actor lives here from now on: what is held for it is given out, oldest first. */
  movedHere(number: number): readonly Held[] {
    const account = this.#accounts.get(number);
    if (account === undefined) return [];
    this.#accounts.delete(number);
    const held = account.takeHeld();
    this.#release(account);
    return held;
  }

  /** Tries again what found no room on the way. */
  sendOut(): void {
    for (const account of this.#blocked) this.#sendHeld(account);
  }

  threadLost(thread: number): void {
    this.roomOnTheWay(thread);
    for (const [number, account] of this.#accounts) {
      // The way says of all that is held that the thread is lost.
      if (account.thread === thread) this.onCreditEnd(thread, number);
    }
  }

  #hold(account: CreditAccount, held: Held, wayIsFull: boolean): boolean {
    const sender = this.#dispatcher.waiter;
    if (!account.hold(sender, held)) return false;
    if (wayIsFull) this.#blocked.add(account);
    if (account.slot < 0) this.#timers.start(account, PUSH_BACK_MS_MAX);
    return true;
  }

  #sendHeld(account: CreditAccount): void {
    const { held } = account;
    for (let next = held.first(); next !== undefined && account.covers; next = held.first()) {
      const written = this.#writeHeld(account, next);
      if (written === "full") {
        this.#blocked.add(account);
        return;
      }
      held.shift();
    }
    if (held.count === 0 && account.covers) this.#release(account);
    else this.#blocked.delete(account);
  }

  #release(account: CreditAccount): void {
    this.#blocked.delete(account);
    this.#timers.cancel(account);
    account.release();
  }

  #writeHeld(account: CreditAccount, { at, message, bytes, cost }: Held): Written {
    if (bytes === undefined) return this.#write(account, at, message, cost);
    const all = message as Uint8Array;
    return this.#writeBytes(account, at, all, 0, all.length, bytes.tag, bytes.atMs);
  }

  #write(account: CreditAccount, at: Addressee, message: unknown, cost: number): Written {
    const written = this.#outboxTo(account.thread).write(LANE.data, at, message);
    if (written === "sent") this.#spend(account, cost);
    return written;
  }

  #writeBytes(
    account: CreditAccount,
    at: Addressee,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): Written {
    const outbox = this.#outboxTo(account.thread);
    const written = outbox.writeBytes(at, bytes, start, end, tag, atMs);
    if (written === "sent") this.#spend(account, recordBytes(end - start));
    return written;
  }

  #spend(account: CreditAccount, bytes: number): void {
    account.spend(bytes);
    this.#dispatcher.noteOutgoing();
  }

  #accountOf(to: Addressee, thread: number): CreditAccount {
    return this.#accounts.get(to.number) ?? this.#open(to, thread, this.#firstShare);
  }

  #open(to: Addressee, thread: number, share: CreditShare): CreditAccount {
    const account = new CreditAccount(to, thread, share);
    this.#accounts.set(to.number, account);
    return account;
  }
}

const UNLIMITED: CreditShare = {
  messages: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
};
