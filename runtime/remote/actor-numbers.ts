/**
 * Numbers for actors that other threads know, and refs as data. A number is unique on the node, so
 * that a ref is the same on every thread.
 *
 *   ref ──encode──▶ path, thread, number ──decode──▶ the actor here, or a ref to the other thread
 *
 * A number may arrive before its actor: a third thread can learn of it before the thread that is to
 * spawn it. What is told to it meanwhile is held.
 */

import type { ActorRef } from "../actor-ref.ts";
import type { SystemCore } from "../actor-system.ts";
import { AnswerRef } from "../ask.ts";
import { ActorCell } from "../cell/actor-cell.ts";
import { Nobody } from "../nobody.ts";
import type { SystemRef } from "../system-messages.ts";
import type { ThreadPort } from "../threads/thread-port.ts";
import { HeldMessages } from "./held-messages.ts";
import { actorKind, RECEIVER, type ReceiverKind, receiverKind } from "./receiver-kind.ts";
import { type PathRef, RemoteRef } from "./remote-ref.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

/**
 * Numbers of one thread's making: thread * 2^46 + epoch * 2^38 + a counter * 4 + `ReceiverKind`. Without the
 * epoch, a ref that outlived a lost thread would mean another actor of the fresh one. Threads stay below
 * 2^7 and 2^36 crossings last two years at 1,000 a second; the epoch returns to 0 after 256 replacements.
 */
const NUMBERS_PER_THREAD = 2 ** 46;
const NUMBERS_PER_EPOCH = 2 ** 38;
const EPOCHS = 2 ** 8;
const STEP = 4;

/** A ref as it crosses: path, thread, number. */
export type CrossingRef = readonly [path: string, thread: number, number: number];

/** Who has a number: an actor here, or the address of an answer. */
export type Numbered = ActorCell<never> | AnswerRef<never>;

/** In place of a number: the ref is made anew from its path. */
const BY_PATH = -1;

export class ActorNumbers {
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;
  readonly #thread: number;
  readonly #held: HeldMessages;
  #last: number;
  /** As many as have crossed and not ended. */
  readonly #known = new Map<number, Numbered>();
  /** Who was asked for last: messages to one come in bursts, and a number this large costs a hash. */
  #lastNumber = BY_PATH;
  #lastFound: Numbered | undefined;

  constructor(system: SystemCore, gateway: ThreadGateway, { self, epoch }: ThreadPort) {
    this.#system = system;
    this.#gateway = gateway;
    this.#thread = self;
    this.#held = new HeldMessages(system.timers);
    this.#last = self * NUMBERS_PER_THREAD + (epoch % EPOCHS) * NUMBERS_PER_EPOCH;
  }

  next(kind: ReceiverKind): number {
    this.#last += STEP;
    return this.#last + kind;
  }

  get(number: number): Numbered | undefined {
    if (number === this.#lastNumber) return this.#lastFound;
    const found = this.#known.get(number);
    if (found !== undefined) {
      this.#lastNumber = number;
      this.#lastFound = found;
    }
    return found;
  }

  /** The actors here that other threads know. */
  *cells(): Iterable<ActorCell<never>> {
    for (const each of this.#known.values()) if (each instanceof ActorCell) yield each;
  }

  /** An actor of this number lives here from now on. */
  enter(number: number, cell: ActorCell<never>): void {
    cell.number = number;
    this.#known.set(number, cell);
    this.#lastNumber = BY_PATH;
    this.#held.release(number);
  }

  /** Of a ref whose actor is here: the actor. */
  here(ref: SystemRef): SystemRef {
    if (!(ref instanceof RemoteRef) || ref.thread !== this.#thread) return ref;
    const found = this.#known.get(ref.number);
    return found instanceof ActorCell ? found : ref;
  }

  /** It lives elsewhere: what was held for it here was meant for one that is lost. */
  giveUpHeld(number: number): void {
    this.#held.giveUp(number);
  }

  forget(number: number): void {
    this.#known.delete(number);
    this.#lastNumber = BY_PATH;
    this.#lastFound = undefined;
  }

  encode(ref: object): CrossingRef {
    if (ref instanceof ActorCell) return [ref.path, ref.thread, this.numberOf(ref.untyped)];
    if (ref instanceof AnswerRef) return [ref.path, this.#thread, this.numberOf(ref)];
    if (ref instanceof RemoteRef) return [ref.path, ref.thread, ref.number];
    return [(ref as PathRef | Nobody).path, this.#thread, BY_PATH];
  }

  decode([path, thread, number]: CrossingRef): SystemRef {
    const gateway = this.#gateway;
    if (number === BY_PATH) return this.#system.find(path);
    const known = this.#known.get(number) as SystemRef | undefined;
    const found = known ?? gateway.children.get(number);
    if (found !== undefined) return found;
    const livesHere = gateway.locations.threadOf(number, thread) === this.#thread;
    // The order to spawn it may be on its way still.
    return !livesHere || this.mayComeYet(this.#thread, number)
      ? new RemoteRef(gateway, path, thread, number)
      : new Nobody(this.#system, path);
  }

  /** By a ref that came here before its actor, which may be here by now. */
  tell(number: number, letter: unknown, deliver: (found: Numbered) => boolean): boolean {
    const found = this.#known.get(number);
    if (found !== undefined) return deliver(found);
    this.holdMessage(this.#thread, number, letter, deliver);
    return true;
  }

  /** For a number with no actor: it has ended, or another thread is about to spawn it. */
  holdMessage(
    from: number,
    number: number,
    letter: unknown,
    deliver: (found: Numbered) => boolean,
  ): void {
    const giveUp = (reason: "stopped" | "noSuchActor"): void => {
      this.#system.deadLetters.put(letter, { path: `actor number ${number}` }, reason);
      if (receiverKind(number) === RECEIVER.pushesBack && from !== this.#thread) {
        this.#gateway.lent.refuse(from, number);
      }
    };
    const place = this.#gateway.locations.get(number);
    const livesElsewhere = place !== undefined && place.thread !== this.#thread;
    if (livesElsewhere || !this.mayComeYet(from, number)) {
      giveUp("stopped");
      return;
    }
    this.hold(
      number,
      () => {
        const found = this.#known.get(number);
        if (found === undefined) giveUp("stopped");
        else this.passOn(found, letter, () => deliver(found));
      },
      () => giveUp("noSuchActor"),
    );
  }

  hold(number: number, deliver: () => void, giveUp: () => void): void {
    this.#held.hold({ number, deliver, giveUp });
  }

  /** Its sender has gone on: what is refused here is a dead letter, if it has not become one already. */
  passOn(to: ActorRef<never>, letter: unknown, tell: () => boolean): void {
    const { deadLetters } = this.#system;
    const before = deadLetters.total();
    if (tell() || deadLetters.total() > before) return;
    deadLetters.put(letter, to, to instanceof ActorCell ? "mailboxFull" : "wayFull");
  }

  /** Its spawner's own messages come after the spawning; only a third thread's may come before. */
  mayComeYet(from: number, number: number): boolean {
    const spawner = Math.floor(number / NUMBERS_PER_THREAD);
    return spawner !== this.#thread && spawner !== from;
  }

  /** One that makes it the same actor for all, and by which nobody can speak to it yet. */
  numberFor(ref: Numbered): number {
    if (ref.number === 0) ref.number = this.next(kindOf(ref));
    return ref.number;
  }

  /** By which others can speak to it from now on. */
  numberOf(ref: Numbered): number {
    const number = this.numberFor(ref);
    if (!this.#known.has(number) && isOpen(ref)) this.#known.set(number, ref);
    return number;
  }
}

const isOpen = (ref: Numbered): boolean =>
  ref instanceof ActorCell ? !ref.hasEnded && !ref.hasMoved : ref.isOpen;

const kindOf = (ref: Numbered): ReceiverKind =>
  ref instanceof ActorCell ? actorKind(ref.spec.mailbox) : RECEIVER.answer;
