/**
 * Backpressure between threads. Two things make an actor here wait: a way to another thread that is
 * full, and a mailbox there that pushes back.
 *
 *   mailbox there is full ──Full──▶ senders here finish their handlers and wait ◀──Room── it has room
 */
import type { ActorCell } from "../cell/actor-cell.ts";
import type { Dispatcher } from "../dispatcher.ts";
import { OVERSHOOT_MIN, PUSH_BACK_MS_MAX } from "../limits.ts";
import { Timer, type Timers } from "../timers.ts";
import type { GatewayMessage } from "./gateway-messages.ts";
import type { Outbox, Sent } from "./outbox.ts";

/** A mailbox elsewhere that pushes back, and the time after which nobody waits for it any more. */
class FullMailbox extends Timer {
  readonly thread: number;
  readonly #senders = new Set<ActorCell<never>>();
  /** Sent all the same by handlers that had begun. */
  #overshoot = 0;

  constructor(thread: number) {
    super();
    this.thread = thread;
  }

  /** False when nothing more may be sent to it. */
  take(sender: ActorCell<never>): boolean {
    if (this.#overshoot >= OVERSHOOT_MIN) return false;
    this.#overshoot += 1;
    pauseOnce(this.#senders, sender);
    return true;
  }

  /** Lets those who wait go on; whether they may send is another matter. */
  release(): void {
    for (const sender of this.#senders) sender.resume();
    this.#senders.clear();
  }

  fire(): void {
    this.#overshoot = OVERSHOOT_MIN;
    this.release();
  }
}

export class RemoteCredit {
  readonly #dispatcher: Dispatcher<ActorCell<never>>;
  readonly #timers: Timers;
  readonly #say: (thread: number, message: GatewayMessage) => void;
  /** By the mailbox's number. */
  readonly #full = new Map<number, FullMailbox>();
  /** Actors here that wait for room on the way to a thread. */
  readonly #waiting = new Map<number, Set<ActorCell<never>>>();
  /** Threads told that a mailbox here is full, by its number. */
  readonly #pushedBack = new Map<number, Set<number>>();

  constructor(
    dispatcher: Dispatcher<ActorCell<never>>,
    timers: Timers,
    say: (thread: number, message: GatewayMessage) => void,
  ) {
    this.#dispatcher = dispatcher;
    this.#timers = timers;
    this.#say = say;
  }

  // As sender

  /** Whether the running actor may send to this number; it may have to wait afterwards. */
  maySend(number: number, outbox: Outbox): boolean {
    const sender = this.#dispatcher.running;
    // Code outside actors cannot be made to wait, so it is refused as soon as others wait.
    if (sender === undefined && !outbox.isEmpty) return false;
    if (this.#full.size === 0) return true;
    const full = this.#full.get(number);
    if (full === undefined) return true;
    return sender !== undefined && full.take(sender);
  }

  /** False when nothing was sent. */
  afterSending(sent: Sent, thread: number): boolean {
    this.#dispatcher.noteOutgoing();
    if (sent === "sent") return true;
    if (sent === "refused") return false;
    const sender = this.#dispatcher.running;
    if (sender !== undefined) {
      const waiting = this.#waiting.get(thread) ?? new Set();
      this.#waiting.set(thread, waiting);
      pauseOnce(waiting, sender);
    }
    return sent === "waits";
  }

  roomOnTheWay(thread: number): void {
    const waiting = this.#waiting.get(thread);
    this.#waiting.delete(thread);
    for (const sender of waiting ?? []) sender.resume();
  }

  onFull(thread: number, number: number): void {
    if (this.#full.has(number)) return;
    const full = new FullMailbox(thread);
    this.#full.set(number, full);
    this.#timers.start(full, PUSH_BACK_MS_MAX);
  }

  onRoom(number: number): void {
    const full = this.#full.get(number);
    if (full === undefined) return;
    this.#full.delete(number);
    this.#timers.cancel(full);
    full.release();
  }

  // As receiver

  /** A message of this thread has come to a full mailbox here. */
  pushBack(thread: number, number: number): void {
    let told = this.#pushedBack.get(number);
    if (told === undefined) {
      told = new Set();
      this.#pushedBack.set(number, told);
    }
    if (told.has(thread)) return;
    told.add(thread);
    this.#say(thread, { type: "Full", number });
  }

  /** The mailbox has room again, or is gone. */
  roomAgain(number: number): void {
    for (const thread of this.#pushedBack.get(number) ?? []) {
      this.#say(thread, { type: "Room", number });
    }
    this.#pushedBack.delete(number);
  }

  threadLost(thread: number): void {
    this.roomOnTheWay(thread);
    for (const [number, full] of this.#full) if (full.thread === thread) this.onRoom(number);
    for (const told of this.#pushedBack.values()) told.delete(thread);
  }
}

function pauseOnce(waiting: Set<ActorCell<never>>, sender: ActorCell<never>): void {
  if (waiting.has(sender)) return;
  waiting.add(sender);
  sender.pause();
}
