/**
 * A thread's gateway to the others: numbers for actors that others know, refs as data, spawning
 * afar, and the list of the receptionist on every thread.
 *
 *   RemoteRef.tell ──▶ outbox ──▶ ThreadPort ═══▶ onMessage ──▶ cell of that number ──▶ mailbox
 *
 * The same system messages pass between a parent and its child, a watcher and the watched, as on one
 * thread. A lost thread's actors are `Terminated` for those who watch them and failed children for
 * their parents, which may start them anew under the same number when a fresh thread has come.
 */
import { ActorCell } from "./actor-cell.ts";
import type { SystemCore } from "./actor-system.ts";
import { AnswerRef } from "./ask.ts";
import { BYTES_LETTER } from "./dead-letters.ts";
import type { Outside } from "./dispatcher.ts";
import { MycelError } from "./errors.ts";
import {
  type CrossingSpec,
  fromCrossing,
  type GatewayMessage,
  toCrossing,
} from "./gateway-messages.ts";
import { HeldMessages } from "./held-messages.ts";
import { invariant } from "./invariant.ts";
import { OVERSHOOT_MIN, TAKE_IN_MAX } from "./limits.ts";
import { Nobody } from "./nobody.ts";
import { Outbox, type Sent } from "./outbox.ts";
import type { Announcer } from "./receptionist.ts";
import { type PathRef, RemoteChild, RemoteRef } from "./remote-ref.ts";
import type { ChildSpec } from "./supervisor.ts";
import type { SystemMessage, SystemRef } from "./system-messages.ts";
import { LANE, type Lane, type ThreadPort, type ThreadReceiver } from "./threads/thread-port.ts";
import { TreeReports } from "./tree-reports.ts";

/**
 * Numbers of one thread's making: thread * 2^46 + epoch * 2^36 + a counter. Without the epoch, a ref
 * that outlived a lost thread would mean another actor of the fresh one. Threads stay below 2^7 and
 * 2^36 crossings last two years at 1,000 a second; the epoch returns to 0 after 1,024 replacements.
 */
const NUMBERS_PER_THREAD = 2 ** 46;
const NUMBERS_PER_EPOCH = 2 ** 36;
const EPOCHS = 2 ** 10;

/** A ref as it crosses: path, thread, number. */
type CrossingRef = readonly [path: string, thread: number, number: number];

/** Who has a number: an actor here, or the address of an answer. */
type Numbered = ActorCell<never> | AnswerRef<never>;

/** In place of a number: the ref is made anew from its path. */
const BY_PATH = -1;

/** The gateway itself, as addressee. */
const GATEWAY = { path: "gateway", number: 0 } as const;

interface Watched {
  readonly ref: RemoteRef | PathRef;
  readonly watchers: Map<unknown, SystemRef>;
}

/** A mailbox elsewhere that pushes back. */
interface FullMailbox {
  readonly thread: number;
  readonly senders: Set<ActorCell<never>>;
  /** Sent all the same by handlers that had begun. */
  overshoot: number;
}

export class ThreadGateway implements ThreadReceiver, Outside, Announcer {
  readonly reports: TreeReports;
  readonly #system: SystemCore;
  readonly #port: ThreadPort;
  readonly #held: HeldMessages;
  readonly #outboxes = new Map<number, Outbox>();
  readonly #lost = new Set<number>();
  #lastNumber: number;
  /** As many as have crossed and not ended. */
  readonly #numbers = new Map<number, Numbered>();
  /** Children on other threads, by number. */
  readonly #children = new Map<number, RemoteChild>();
  /** Actors here whose parent is on another thread, by number. */
  readonly #guests = new Map<number, ActorCell<never>>();
  /** Who here watches whom elsewhere, for when a thread is lost; by the watched's identity. */
  readonly #watches = new Map<unknown, Watched>();
  readonly #full = new Map<number, FullMailbox>();
  /** Actors here that wait for room on the way to a thread. */
  readonly #waiting = new Map<number, Set<ActorCell<never>>>();
  /** Threads told that a mailbox here is full, by its number. */
  readonly #pushedBack = new Map<number, Set<number>>();
  /** Turns, for `placement: "any"`. */
  #nextWorker = 0;

  constructor(system: SystemCore, port: ThreadPort) {
    this.#system = system;
    this.#port = port;
    this.#lastNumber = port.self * NUMBERS_PER_THREAD + (port.epoch % EPOCHS) * NUMBERS_PER_EPOCH;
    this.#held = new HeldMessages(system.timers);
    this.reports = new TreeReports(system, this);
    port.onWake(() => system.dispatcher.wake());
    system.dispatcher.wake();
  }

  get thread(): number {
    return this.#port.self;
  }

  /** Those that are not lost. */
  otherThreads(): readonly number[] {
    const { self, threads } = this.#port;
    return threads.filter((thread) => thread !== self && !this.#lost.has(thread));
  }

  guests(): readonly ActorCell<never>[] {
    return [...this.#guests.values()];
  }

  // Refs as data

  encodeRef(ref: object): CrossingRef {
    if (ref instanceof ActorCell || ref instanceof AnswerRef) {
      return [ref.path, this.thread, this.#numberOf(ref as Numbered)];
    }
    if (ref instanceof RemoteRef) return [ref.path, ref.thread, ref.number];
    return [(ref as PathRef | Nobody).path, this.thread, BY_PATH];
  }

  decodeRef(data: unknown): SystemRef {
    const [path, thread, number] = data as CrossingRef;
    if (number === BY_PATH) return this.#system.find(path);
    if (thread !== this.thread) {
      return this.#children.get(number) ?? new RemoteRef(this, path, thread, number);
    }
    const known = this.#numbers.get(number) as SystemRef | undefined;
    return known ?? new Nobody(this.#system, path);
  }

  forgetNumber(number: number): void {
    this.#numbers.delete(number);
    this.#guests.delete(number);
    this.#pushedBack.delete(number);
  }

  // Out

  tell(ref: RemoteRef, message: unknown): boolean {
    const outbox = this.#outbox(ref.thread);
    if (!this.#maySend(ref, outbox)) return false;
    return this.#afterSending(outbox.send(LANE.data, ref, message), ref.thread);
  }

  tellBytes(
    ref: RemoteRef,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    const outbox = this.#outbox(ref.thread);
    if (!this.#maySend(ref, outbox)) return false;
    const sent = outbox.sendBytes(ref, bytes, start, end, tag, atMs);
    return this.#afterSending(sent, ref.thread);
  }

  /** A message to an actor whose thread finds it by its path. */
  tellPath(ref: PathRef, message: GatewayMessage): boolean {
    const sent = this.#outbox(ref.thread).send(LANE.data, toGateway(ref.path), message);
    return this.#afterSending(sent, ref.thread);
  }

  signal(ref: RemoteRef, message: SystemMessage): void {
    if (this.#noteWatch(ref, message)) this.#sendSystem(ref.thread, ref, toCrossing(message));
  }

  signalPath(ref: PathRef, message: SystemMessage): void {
    if (!this.#noteWatch(ref, message)) return;
    this.say(ref.thread, { type: "SignalPath", path: ref.path, message: toCrossing(message) });
  }

  say(thread: number, message: GatewayMessage): void {
    this.#sendSystem(thread, GATEWAY, message);
  }

  announce(change: "Listed" | "Unlisted", key: string, ref: SystemRef): void {
    // An actor elsewhere is entered by its own thread, which then tells all.
    const threads = "thread" in ref ? [ref.thread as number] : this.otherThreads();
    for (const thread of threads) this.say(thread, { type: change, key, ref });
  }

  takeIn(): boolean {
    return this.#port.drain(this, TAKE_IN_MAX) > 0;
  }

  sendOut(): void {
    for (const [thread, outbox] of this.#outboxes) {
      if (!outbox.isEmpty && outbox.flush()) this.#roomOnTheWay(thread);
    }
    this.#port.flush();
  }

  // In

  onMessage(from: number, lane: Lane, target: number, message: unknown): void {
    if (target === GATEWAY.number) this.#onGateway(from, message as GatewayMessage);
    else if (lane === LANE.system) {
      this.#onSignal(from, target, fromCrossing(message as SystemMessage));
    } else {
      const to = this.#numbers.get(target);
      if (to === undefined)
        this.#onUnknown(from, target, message, (found) => found.tell(message as never));
      else if (to instanceof ActorCell) {
        if (to.arrive(message as never)) this.#pushBack(from, target);
      } else to.tell(message as never);
    }
  }

  onBytes(
    from: number,
    target: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): void {
    const to = this.#numbers.get(target);
    if (to === undefined) {
      const copy = bytes.slice(start, end);
      const deliver = (found: Numbered) => found.tellBytes(copy, 0, copy.length, tag, atMs);
      this.#onUnknown(from, target, BYTES_LETTER, deliver);
    } else if (to instanceof ActorCell) {
      if (to.arriveBytes(bytes, start, end, tag, atMs)) this.#pushBack(from, target);
    } else to.tellBytes();
  }

  /** A mailbox here that had pushed back has room again. */
  roomAgain(number: number): void {
    for (const thread of this.#pushedBack.get(number) ?? []) {
      this.say(thread, { type: "Room", number });
    }
    this.#pushedBack.delete(number);
  }

  // Children elsewhere

  /** Where a child of this spec is to live. */
  threadFor({ id, start, placement = "parent" }: ChildSpec<never>): number {
    const { self, threads } = this.#port;
    if (placement === "parent") return self;
    if (typeof start === "function") {
      const elsewhere = typeof placement === "object" ? placement.thread !== self : self !== 0;
      invariant(placement === "any" || !elsewhere, `${id} is given by module to live elsewhere`);
      return self;
    }
    if (placement === "main") return 0;
    if (placement !== "any") {
      invariant(threads.includes(placement.thread), `${id} is placed on a thread that exists`);
      return placement.thread;
    }
    const workers = this.otherThreads()
      .concat(self)
      .filter((thread) => thread !== 0);
    if (workers.length === 0) return self;
    workers.sort((a, b) => a - b);
    this.#nextWorker += 1;
    return workers[(this.#nextWorker - 1) % workers.length] as number;
  }

  spawn(parent: ActorCell<never>, spec: ChildSpec<never>, thread: number): RemoteChild {
    const child = new RemoteChild(this, parent, spec, thread, this.#nextNumber());
    this.#children.set(child.number, child);
    if (this.#lost.has(thread)) this.#childLost(child);
    else this.#spawnAfar(child);
    return child;
  }

  /** What a child on a lost thread would answer. */
  signalLostChild(child: RemoteChild, message: SystemMessage): void {
    switch (message.type) {
      case "Halt":
        child.parent.signal({ type: "Halted", child });
        return;
      case "Stop":
        this.#children.delete(child.number);
        child.parent.signal({ type: "Ended", child, cause: undefined });
        return;
      case "Start":
        child.waitsForThread = true;
        if (!this.#lost.has(child.thread)) this.#spawnAfar(child);
        return;
      case "Watch":
        message.watcher.signal({ type: "Terminated", ref: child, cause: undefined });
        return;
      default:
        return;
    }
  }

  // Threads that come and go

  threadLost(thread: number): void {
    if (this.#lost.has(thread)) return;
    this.#lost.add(thread);
    this.#outboxes.get(thread)?.clear();
    this.#outboxes.delete(thread);
    this.#roomOnTheWay(thread);
    for (const [number, full] of this.#full) if (full.thread === thread) this.#onRoom(number);
    for (const told of this.#pushedBack.values()) told.delete(thread);
    this.#system.receptionist.removeWhere((ref) => "thread" in ref && ref.thread === thread);
    this.reports.forget(thread);
    const cause = threadLost(thread);
    for (const [identity, { ref, watchers }] of this.#watches) {
      if (ref.thread !== thread) continue;
      this.#watches.delete(identity);
      for (const watcher of watchers.values()) watcher.signal({ type: "Terminated", ref, cause });
    }
    for (const guest of this.guests()) {
      const { parent } = guest;
      if (parent instanceof RemoteRef && parent.thread === thread) guest.signal({ type: "Stop" });
    }
    for (const child of [...this.#children.values()]) {
      if (child.thread === thread) this.#childLost(child);
    }
  }

  /** A fresh thread has taken the place of a lost one. */
  threadReady(thread: number): void {
    if (!this.#lost.delete(thread)) return;
    for (const [key, ref] of this.#system.receptionist.entries()) {
      if (!("thread" in ref)) this.say(thread, { type: "Listed", key, ref });
    }
    for (const child of this.#children.values()) {
      if (child.thread === thread && child.waitsForThread) this.#spawnAfar(child);
    }
  }

  #onGateway(from: number, message: GatewayMessage): void {
    const { receptionist } = this.#system;
    switch (message.type) {
      case "Spawn":
        this.#spawnHere(message.number, message.parent, message.spec);
        return;
      case "Listed":
        if ("thread" in message.ref) receptionist.add(message.key, message.ref);
        else receptionist.register({ id: message.key }, message.ref);
        return;
      case "Unlisted":
        if ("thread" in message.ref) receptionist.remove(message.key, message.ref);
        else receptionist.deregister({ id: message.key }, message.ref);
        return;
      case "Full":
        if (!this.#full.has(message.number)) {
          this.#full.set(message.number, { thread: from, senders: new Set(), overshoot: 0 });
        }
        return;
      case "Room":
        this.#onRoom(message.number);
        return;
      case "TellPath":
        this.#system.find(message.path, from).tell(message.message as never);
        return;
      case "TellPathBytes": {
        const { bytes, tag, atMs } = message;
        this.#system.find(message.path, from).tellBytes(bytes, 0, bytes.length, tag, atMs);
        return;
      }
      case "SignalPath":
        this.#system.find(message.path, from).signal(fromCrossing(message.message));
        return;
      case "ReportTree":
        this.reports.send(from);
        return;
      case "TreeReport":
        this.reports.accept(from, message.actors, message.last);
        return;
    }
  }

  #onSignal(from: number, target: number, message: SystemMessage): void {
    if (message.type === "Ended" && message.child instanceof RemoteChild) {
      this.#children.delete(message.child.number);
    }
    const to = this.#numbers.get(target);
    if (to instanceof ActorCell) {
      if (message.type === "Terminated") this.#dropWatch(message.ref, to);
      to.signal(message);
    } else if (message.type === "Watch") {
      const { watcher } = message;
      const ref = new RemoteRef(this, "", this.thread, target);
      const tell = () => watcher.signal({ type: "Terminated", ref, cause: undefined });
      if (!this.#mayComeYet(from, target)) tell();
      else {
        const deliver = () => this.#onSignal(this.thread, target, message);
        this.#held.hold({ number: target, deliver, giveUp: tell });
      }
    }
  }

  /** A number this thread knows no actor of: it has ended, or another thread is about to spawn it. */
  #onUnknown(
    from: number,
    number: number,
    message: unknown,
    deliver: (found: Numbered) => void,
  ): void {
    const giveUp = (reason: "stopped" | "noSuchActor") =>
      this.#system.deadLetters.put(message, { path: `actor number ${number}` }, reason);
    if (!this.#mayComeYet(from, number)) {
      giveUp("stopped");
      return;
    }
    this.#held.hold({
      number,
      deliver: () => {
        const found = this.#numbers.get(number);
        if (found === undefined) giveUp("stopped");
        else deliver(found);
      },
      giveUp: () => giveUp("noSuchActor"),
    });
  }

  /** Its spawner's own messages come after the spawning; only a third thread's may come before. */
  #mayComeYet(from: number, number: number): boolean {
    const spawner = Math.floor(number / NUMBERS_PER_THREAD);
    return spawner !== this.thread && spawner !== from;
  }

  #spawnHere(number: number, parent: SystemRef, spec: CrossingSpec): void {
    const cell = new ActorCell<never>(this.#system, parent, spec as ChildSpec<never>);
    cell.number = number;
    this.#numbers.set(number, cell);
    this.#guests.set(number, cell);
    this.#held.release(number);
  }

  #spawnAfar(child: RemoteChild): void {
    child.lost = false;
    child.waitsForThread = false;
    const { number, parent } = child;
    this.say(child.thread, { type: "Spawn", number, parent, spec: toCrossingSpec(child.spec) });
  }

  #childLost(child: RemoteChild): void {
    child.lost = true;
    const cause = threadLost(child.thread);
    if (child.spec.restart === "temporary") {
      this.#children.delete(child.number);
      child.parent.signal({ type: "Ended", child, cause });
    } else {
      child.parent.signal({ type: "Failed", child, exit: "fault", cause });
    }
  }

  /** Keeps account of who here watches whom there; false when the answer is known here. */
  #noteWatch(ref: RemoteRef | PathRef, message: SystemMessage): boolean {
    if (message.type === "Unwatch") this.#dropWatch(ref, message.watcher);
    if (message.type !== "Watch") return true;
    const { watcher } = message;
    if (this.#lost.has(ref.thread)) {
      watcher.signal({ type: "Terminated", ref, cause: threadLost(ref.thread) });
      return false;
    }
    if (!(watcher instanceof ActorCell)) return true;
    let watched = this.#watches.get(ref.identity);
    if (watched === undefined) {
      watched = { ref, watchers: new Map() };
      this.#watches.set(ref.identity, watched);
    }
    watched.watchers.set(watcher.identity, watcher);
    return true;
  }

  #dropWatch(ref: SystemRef, watcher: SystemRef): void {
    for (const identity of [ref.identity, ref.path]) {
      const watched = this.#watches.get(identity);
      if (watched?.watchers.delete(watcher.identity) && watched.watchers.size === 0) {
        this.#watches.delete(identity);
      }
    }
  }

  /** Whether the sender may put a message on the way; it may have to wait afterwards. */
  #maySend(ref: RemoteRef, outbox: Outbox): boolean {
    const sender = this.#system.dispatcher.running;
    // Code outside actors cannot be made to wait, so it is refused as soon as others wait.
    if (sender === undefined && !outbox.isEmpty) return false;
    if (this.#full.size === 0) return true;
    const full = this.#full.get(ref.number);
    if (full === undefined) return true;
    if (sender === undefined || full.overshoot >= OVERSHOOT_MIN) return false;
    full.overshoot += 1;
    if (!full.senders.has(sender)) {
      full.senders.add(sender);
      sender.pause();
    }
    return true;
  }

  #afterSending(sent: Sent, thread: number): boolean {
    const { dispatcher } = this.#system;
    dispatcher.noteOutgoing();
    if (sent === "sent") return true;
    const sender = dispatcher.running;
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

  #roomOnTheWay(thread: number): void {
    const waiting = this.#waiting.get(thread);
    this.#waiting.delete(thread);
    for (const sender of waiting ?? []) sender.resume();
  }

  #onRoom(number: number): void {
    const full = this.#full.get(number);
    this.#full.delete(number);
    for (const sender of full?.senders ?? []) sender.resume();
  }

  #pushBack(thread: number, number: number): void {
    let told = this.#pushedBack.get(number);
    if (told === undefined) {
      told = new Set();
      this.#pushedBack.set(number, told);
    }
    if (told.has(thread)) return;
    told.add(thread);
    this.say(thread, { type: "Full", number });
  }

  #sendSystem(thread: number, to: { path: string; number: number }, message: unknown): void {
    if (this.#lost.has(thread)) return;
    this.#outbox(thread).send(LANE.system, to, message);
    this.#system.dispatcher.noteOutgoing();
  }

  #outbox(thread: number): Outbox {
    let outbox = this.#outboxes.get(thread);
    if (outbox === undefined) {
      outbox = new Outbox(this.#port, thread, this.#system.deadLetters);
      this.#outboxes.set(thread, outbox);
    }
    return outbox;
  }

  #numberOf(ref: ActorCell<never> | AnswerRef<never>): number {
    if (ref.number !== 0) return ref.number;
    const open = ref instanceof ActorCell ? !ref.hasEnded : ref.isOpen;
    if (!open) return this.#nextNumber();
    ref.number = this.#nextNumber();
    this.#numbers.set(ref.number, ref);
    return ref.number;
  }

  #nextNumber(): number {
    this.#lastNumber += 1;
    return this.#lastNumber;
  }
}

function toCrossingSpec(spec: ChildSpec<never>): CrossingSpec {
  const { id, start, restart, shutdownMs, mailbox, stash, supervision } = spec;
  invariant(typeof start === "object", `${id} is given by module to live elsewhere`);
  invariant(
    mailbox?.conflateBy === undefined && mailbox?.isControl === undefined,
    `the mailbox of ${id}, which lives elsewhere, is plain data`,
  );
  return {
    id,
    start: { module: start.module, name: start.name, options: start.options },
    restart,
    shutdownMs,
    ...(mailbox && { mailbox: { capacity: mailbox.capacity, overflow: mailbox.overflow } }),
    ...(stash && { stash }),
    ...(supervision && { supervision }),
  };
}

const toGateway = (path: string) => ({ path, number: GATEWAY.number });

const threadLost = (thread: number): MycelError =>
  new MycelError(
    "E_THREAD_LOST",
    `Thread ${thread} is lost; its actors start anew on a fresh one.`,
    {
      thread,
    },
  );
