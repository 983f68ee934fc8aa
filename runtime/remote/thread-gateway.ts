/**
 * A thread's gateway to the others: messages and signals out and in, actors spawned here for parents
 * elsewhere, and what follows when a thread is lost.
 *
 *   RemoteRef.tell ──▶ outbox ──▶ ThreadPort ═══▶ onMessage ──▶ cell of that number ──▶ mailbox
 *
 * The same system messages pass between a parent and its child, a watcher and the watched, as on one
 * thread. A lost thread's actors are `Terminated` for those who watch them and failed children for
 * their parents, which may start them anew under the same number when a fresh thread has come.
 */

import type { SystemCore } from "../actor-system.ts";
import { recordBytes } from "../byte-ring.ts";
import { ActorCell } from "../cell/actor-cell.ts";
import type { Baggage } from "../cell/baggage.ts";
import { BYTES_LETTER } from "../dead-letters.ts";
import type { Outside } from "../dispatcher.ts";
import type { MycelError } from "../errors.ts";
import { TAKE_IN_MAX } from "../limits.ts";
import { ByteMessage } from "../mailbox.ts";
import { messageType } from "../message-type.ts";
import { Balancer } from "../moves/balancer.ts";
import { LoadMeter } from "../moves/load-meter.ts";
import type { Locations } from "../moves/locations.ts";
import { MoveOrders } from "../moves/move-orders.ts";
import { Moves } from "../moves/moves.ts";
import { Nobody } from "../nobody.ts";
import type { Announcer } from "../receptionist.ts";
import type { ChildSpec } from "../supervisor.ts";
import type { SystemMessage, SystemRef } from "../system-messages.ts";
import { LANE, type Lane, type ThreadPort, type ThreadReceiver } from "../threads/thread-port.ts";
import type { HopOutcome } from "../watching/tracing.ts";
import { ActorNumbers, type Numbered } from "./actor-numbers.ts";
import {
  type CrossingSpec,
  fromCrossing,
  GATEWAY,
  type GatewayMessage,
  type TracedMessage,
  threadLostFault,
  toCrossing,
} from "./gateway-messages.ts";
import { LentCredit } from "./lent-credit.ts";
import { Outbox } from "./outbox.ts";
import { RECEIVER, receiverKind } from "./receiver-kind.ts";
import { RemoteChildren } from "./remote-children.ts";
import { RemoteCredit } from "./remote-credit.ts";
import { type PathRef, RemoteChild, RemoteRef } from "./remote-ref.ts";
import { RemoteWatches } from "./remote-watches.ts";
import { TreeReports } from "./tree-reports.ts";

export class ThreadGateway implements ThreadReceiver, Outside, Announcer {
  readonly reports: TreeReports;
  readonly children = new RemoteChildren(this);
  readonly credit: RemoteCredit;
  readonly lent: LentCredit;
  readonly numbers: ActorNumbers;
  readonly moves: Moves;
  readonly orders: MoveOrders;
  readonly #meter: LoadMeter;
  readonly #balancer: Balancer | undefined;
  readonly #watches = new RemoteWatches();
  readonly #system: SystemCore;
  readonly #port: ThreadPort;
  /** By thread number, from the first message to it on. */
  readonly #outboxes: (Outbox | undefined)[] = [];
  readonly #lost = new Set<number>();
  /** Of each thread the last loss: one object, by which supervisors know that it is one. */
  readonly #losses = new Map<number, MycelError>();
  /** Actors here whose parent is on another thread, by number. */
  readonly #guests = new Map<number, ActorCell<never>>();

  constructor(system: SystemCore, port: ThreadPort, balanceEveryMs: number | undefined) {
    this.#system = system;
    this.#port = port;
    this.numbers = new ActorNumbers(system, this, port);
    this.reports = new TreeReports(system, this);
    const others = port.threads.length - 1;
    this.credit = new RemoteCredit(system.dispatcher, system.timers, others, (thread) =>
      this.outbox(thread),
    );
    this.lent = new LentCredit(others, (thread, message) => this.say(thread, message));
    this.moves = new Moves(system, this);
    this.orders = new MoveOrders(system, this);
    this.#meter = new LoadMeter(system, this);
    if (balanceEveryMs !== undefined) this.#balancer = new Balancer(system, this, balanceEveryMs);
    port.onWake(() => system.dispatcher.onBell());
    system.dispatcher.wake();
  }

  get thread(): number {
    return this.#port.self;
  }

  get threads(): readonly number[] {
    return this.#port.threads;
  }

  get locations(): Locations {
    return this.moves.locations;
  }

  isLost(thread: number): boolean {
    return this.#lost.has(thread);
  }

  /** Those that are not lost. */
  otherThreads(): readonly number[] {
    const { self, threads } = this.#port;
    return threads.filter((thread) => thread !== self && !this.#lost.has(thread));
  }

  guests(): readonly ActorCell<never>[] {
    return [...this.#guests.values()];
  }

  /**
   * Under whom a message by path finds its receiver directly. To one that has moved it goes by way of its parent's
   * thread, as before it moved: by two ways one message could pass another.
   */
  guestsFor(path: string): readonly ActorCell<never>[] {
    if (this.locations.isEmpty) return this.guests();
    return this.guests().filter(
      (guest) => this.locations.get(guest.number) === undefined || guest.path !== path,
    );
  }

  /** Its actor or ask has ended. */
  forgetNumber(number: number): void {
    this.forgetGuest(number);
    this.children.forget(number);
    this.moves.ended(number);
  }

  // Actors that come and go

  /** An actor whose parent may be elsewhere lives here from now on. */
  takeGuest(number: number, cell: ActorCell<never>): void {
    this.#guests.set(number, cell);
    this.numbers.enter(number, cell);
  }

  forgetGuest(number: number): void {
    this.numbers.forget(number);
    this.lent.end(number);
    this.#guests.delete(number);
  }

  /** It lives on another thread from now on, and a shell of it is left here. */
  guestLeaves(cell: ActorCell<never>, thread: number, baggage: Baggage): void {
    const { number, parent } = cell;
    this.numbers.forget(number);
    this.#guests.delete(number);
    this.lent.forget(number);
    let away = new RemoteRef(this, cell.path, thread, number);
    if (parent instanceof ActorCell && !(parent.untyped.ownChild(cell) instanceof RemoteChild)) {
      const child = this.children.adopt(parent.untyped, cell, thread, baggage.signals);
      parent.replaceChild(child);
      away = child;
    }
    for (const watched of baggage.watching) this.#watches.remove(watched, cell);
    cell.depart(away);
    for (const watcher of baggage.watchers) {
      if (watcher instanceof ActorCell && !watcher.hasMoved) this.#watches.add(away, watcher);
    }
    this.#system.endIfEmpty();
  }

  /** Those here who watch it are told by itself. */
  guestArrives(number: number): void {
    this.#watches.forget(number);
  }

  /** What waits here for credit of its mailbox goes where it lives now. */
  located(number: number, thread: number): void {
    if (thread !== this.thread) {
      this.credit.moved(number, thread);
      return;
    }
    const cell = this.numbers.get(number);
    if (!(cell instanceof ActorCell)) return;
    const take = (message: unknown, bytes: { tag: number; atMs: number } | undefined): void => {
      const all = message as Uint8Array;
      if (bytes === undefined) cell.arrive(message as never);
      else cell.arriveBytes(all, 0, all.length, bytes.tag, bytes.atMs);
    };
    for (const { at, message, bytes } of this.credit.movedHere(number)) {
      if (at.number === number) take(message, bytes);
      else {
        const traced = message as TracedMessage;
        const isBytes = traced.type === "TracedBytes";
        const letter = isBytes ? traced.bytes : traced.message;
        this.#system.tracing.arrive(traced.cause, () => take(letter, isBytes ? traced : undefined));
      }
    }
  }

  /** Nobody has it any more: as for all actors of the lost thread. */
  actorLost(number: number, thread: number): void {
    const cause = this.#lossOf(thread);
    this.#system.receptionist.removeWhere((ref) => ref.identity === number);
    this.#watches.actorLost(number, cause);
    this.children.actorLost(number, cause);
  }

  /** For those here who watch it, before they hear of the next incarnation. */
  watchedLost(number: number): void {
    const lost = this.locations.get(number)?.thread ?? this.thread;
    this.#watches.actorLost(number, this.#lossOf(lost));
  }

  /** Of a ref whose actor is here: the actor. */
  here(ref: SystemRef): SystemRef {
    if (!(ref instanceof RemoteRef) || ref.thread !== this.thread) return ref;
    const found = this.numbers.get(ref.number);
    return found instanceof ActorCell ? found : ref;
  }

  // Out

  tell(ref: RemoteRef, message: unknown): boolean {
    const { thread } = ref;
    if (thread === this.thread) return this.#tellHere(ref, message);
    const { tracing } = this.#system;
    const cause = tracing.isOn ? tracing.causeTo(ref.path) : undefined;
    if (cause !== undefined) {
      return this.#tellTraced(ref, { type: "Traced", ...addressOf(ref), message, cause }, 0);
    }
    if (this.#needsCredit(ref)) return this.credit.tell(ref, thread, ref, message, 0);
    const outbox = this.outbox(thread);
    if (!this.credit.maySend(outbox)) return false;
    return this.credit.afterSending(outbox.send(laneTo(ref), ref, message), thread);
  }

  tellBytes(
    ref: RemoteRef,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    const { thread } = ref;
    if (thread === this.thread) {
      return this.#tellBytesHere(ref, bytes.slice(start, end), tag, atMs);
    }
    const { tracing } = this.#system;
    const cause = tracing.isOn ? tracing.causeTo(ref.path) : undefined;
    if (cause !== undefined) {
      const copy = bytes.slice(start, end);
      const out = {
        type: "TracedBytes",
        ...addressOf(ref),
        bytes: copy,
        tag,
        atMs,
        cause,
      } as const;
      return this.#tellTraced(ref, out, recordBytes(end - start));
    }
    if (this.#needsCredit(ref)) {
      return this.credit.tellBytes(ref, thread, bytes, start, end, tag, atMs);
    }
    const outbox = this.outbox(thread);
    if (!this.credit.maySend(outbox)) return false;
    const sent = outbox.sendBytes(ref, bytes, start, end, tag, atMs);
    return this.credit.afterSending(sent, thread);
  }

  /** A message to an actor whose thread finds it by its path. */
  tellPath(ref: PathRef, message: GatewayMessage): boolean {
    const { tracing } = this.#system;
    const cause = tracing.isOn ? tracing.causeTo(ref.path) : undefined;
    const out: GatewayMessage =
      cause === undefined ? message : { type: "Traced", ...toGateway(ref.path), message, cause };
    const sent = this.outbox(ref.thread).send(LANE.data, toGateway(ref.path), out);
    return this.credit.afterSending(sent, ref.thread);
  }

  signal(ref: RemoteRef, message: SystemMessage): void {
    if (ref.thread === this.thread) this.#onSignal(this.thread, ref.number, message);
    else if (this.#noteWatch(ref, message)) this.#sendSystem(ref.thread, ref, toCrossing(message));
  }

  signalPath(ref: PathRef, message: SystemMessage): void {
    if (!this.#noteWatch(ref, message)) return;
    this.say(ref.thread, { type: "SignalPath", path: ref.path, message: toCrossing(message) });
  }

  say(thread: number, message: GatewayMessage): void {
    this.#sendSystem(thread, GATEWAY, message);
  }

  sayToAll(message: GatewayMessage): void {
    for (const thread of this.otherThreads()) this.say(thread, message);
  }

  /** In every lane, behind all that this thread has sent. */
  mark(thread: number, message: GatewayMessage): void {
    if (this.#lost.has(thread)) return;
    this.outbox(thread).sendMark(GATEWAY, message);
    this.wake();
  }

  canCross(message: GatewayMessage): boolean {
    return this.#port.canCross(message);
  }

  /** Sees to it that what is under way goes on. */
  wake(): void {
    this.#system.dispatcher.noteOutgoing();
  }

  announce(change: "Listed" | "Unlisted", key: string, ref: SystemRef): void {
    if (ref instanceof Nobody) return;
    if (ref instanceof RemoteRef && ref.thread === this.thread) {
      const { receptionist } = this.#system;
      this.numbers.tell(ref.number, { type: change, key }, (found) => {
        if (!(found instanceof ActorCell)) return false;
        if (change === "Listed") receptionist.register({ id: key }, found);
        else receptionist.deregister({ id: key }, found);
        return true;
      });
      return;
    }
    // An actor elsewhere is entered by its own thread, which then tells all.
    const threads = ref.thread === this.thread ? this.otherThreads() : [ref.thread];
    for (const thread of threads) this.say(thread, { type: change, key, ref });
  }

  subscribeAfar(key: string, subscriber: SystemRef): void {
    if (subscriber instanceof RemoteRef && subscriber.thread === this.thread) {
      this.numbers.tell(subscriber.number, { type: "Subscribe", key }, (found) => {
        if (found instanceof ActorCell) this.#system.receptionist.subscribe({ id: key }, found);
        return true;
      });
    } else if (subscriber.thread !== this.thread && subscriber.thread >= 0) {
      this.say(subscriber.thread, { type: "Subscribe", key, ref: subscriber });
    }
  }

  takeIn(): boolean {
    return this.#port.drain(this, TAKE_IN_MAX) > 0;
  }

  sendOut(): void {
    const outboxes = this.#outboxes;
    for (let thread = 0; thread < outboxes.length; thread += 1) {
      const outbox = outboxes[thread];
      if (outbox === undefined || outbox.isEmpty) continue;
      if (outbox.flush()) this.credit.roomOnTheWay(thread);
    }
    this.credit.sendOut();
    this.moves.departures.step();
    this.#port.flush();
  }

  rest(): boolean {
    return this.#port.rest();
  }

  // In

  onMessage(from: number, lane: Lane, target: number, message: unknown): void {
    if (target === GATEWAY.number) this.#onGateway(from, message as GatewayMessage);
    else if (lane === LANE.system) {
      this.#onSignal(from, target, fromCrossing(message as SystemMessage));
    } else {
      const { arrivals } = this.moves;
      if (arrivals.count > 0 && arrivals.takeLetter(from, target, message)) return;
      const to = this.numbers.get(target);
      if (to === undefined) this.#hold(from, target, message);
      else this.#arrive(from, to, message);
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
    const { arrivals } = this.moves;
    if (arrivals.count > 0 && arrivals.has(from, target)) {
      const letter = new ByteMessage(bytes.slice(start, end), tag, atMs);
      arrivals.takeLetter(from, target, letter);
      return;
    }
    const to = this.numbers.get(target);
    if (to === undefined) this.#holdBytes(from, target, bytes.slice(start, end), tag, atMs);
    else this.#arriveBytes(from, to, bytes, start, end, tag, atMs);
  }

  onDamaged(from: number, target: number, cause: unknown): void {
    this.#system.log.error({ err: cause, from }, "a message from another thread cannot be read");
    const to = { path: `actor number ${target}` };
    this.#system.deadLetters.put({ type: "Damaged", from }, to, "damaged");
  }

  // Threads that come and go

  threadLost(thread: number): void {
    if (this.#lost.has(thread)) return;
    this.#lost.add(thread);
    this.#outboxes[thread]?.clear();
    this.#outboxes[thread] = undefined;
    this.credit.threadLost(thread);
    this.lent.threadLost(thread);
    const livedThere = (ref: SystemRef): boolean =>
      ref.thread === thread && !this.locations.isOnItsWay(ref.identity as number);
    this.#system.receptionist.removeWhere(livedThere);
    this.reports.forget(thread);
    this.#losses.set(thread, threadLostFault(thread));
    const cause = this.#lossOf(thread);
    this.#watches.threadLost(livedThere, cause);
    for (const cell of this.numbers.cells()) cell.forgetWatchers(livedThere);
    for (const guest of this.guests()) {
      const { parent } = guest;
      if (parent instanceof RemoteRef && parent.thread === thread) guest.signal({ type: "Stop" });
    }
    this.children.threadLost(livedThere, cause);
    this.moves.threadLost(thread);
    this.orders.threadLost(thread);
    this.#balancer?.threadLost(thread);
  }

  /** A fresh thread has taken the place of a lost one. */
  threadReady(thread: number): void {
    if (!this.#lost.delete(thread)) return;
    for (const [key, ref] of this.#system.receptionist.entries()) {
      if (ref.thread === this.thread) this.say(thread, { type: "Listed", key, ref });
    }
    this.moves.threadReady(thread);
    this.children.threadReady();
  }

  #onGateway(from: number, message: GatewayMessage): void {
    const { receptionist } = this.#system;
    switch (message.type) {
      case "Spawn":
        this.spawnHere(message.number, message.version, message.parent, message.spec);
        return;
      case "Listed":
        if (livesOn(from, message.ref)) receptionist.add(message.key, message.ref);
        else receptionist.register({ id: message.key }, message.ref);
        return;
      case "Unlisted":
        if (livesOn(from, message.ref)) receptionist.remove(message.key, message.ref);
        else receptionist.deregister({ id: message.key }, message.ref);
        return;
      case "Subscribe":
        receptionist.subscribe({ id: message.key }, message.ref);
        return;
      case "Credit":
        this.credit.onCredit(from, message.number, message);
        return;
      case "CreditEnd":
        this.credit.onCreditEnd(from, message.number);
        return;
      case "TellPath": {
        const to = this.#system.find(message.path, from);
        this.numbers.passOn(to, message.message, () => to.tell(message.message as never));
        return;
      }
      case "TellPathBytes": {
        const { bytes, tag, atMs } = message;
        const to = this.#system.find(message.path, from);
        this.numbers.passOn(to, BYTES_LETTER, () =>
          to.tellBytes(bytes, 0, bytes.length, tag, atMs),
        );
        return;
      }
      case "SignalPath": {
        const to = this.#system.find(message.path, from);
        // A number, so that the watcher is forgotten with its thread.
        if (to instanceof ActorCell) this.numbers.numberOf(to.untyped);
        to.signal(fromCrossing(message.message));
        return;
      }
      case "Traced":
      case "TracedBytes":
        this.#system.tracing.arrive(message.cause, () => this.#onTraced(from, message));
        return;
      case "TraceActors":
        this.say(from, {
          type: "TraceReport",
          seen: this.#system.tracing.renew(message.actors),
        });
        return;
      case "TraceReport":
        this.#system.tracer.accept(message.seen);
        return;
      case "ReportTree":
        this.reports.send(from);
        return;
      case "TreeReport":
        this.reports.accept(from, message);
        return;
      case "Move":
        this.orders.onOrder(from, message);
        return;
      case "AskLoad":
        this.say(from, { type: "Load", load: this.#meter.report() });
        return;
      case "Load":
        this.#balancer?.accept(from, message.load);
        return;
      case "MoveEnded":
        this.orders.ended(message.order, message.refusal);
        return;
      default:
        this.moves.onMessage(from, message);
        return;
    }
  }

  /**
   * As any message in its lane, so that the order holds; the gateway there passes it on. `bytes` is what
   * it will take of a byte ring.
   */
  #tellTraced(ref: RemoteRef, out: TracedMessage, bytes: number): boolean {
    if (this.#needsCredit(ref)) {
      const at = toGateway(ref.path);
      const isTaken = this.credit.tell(ref, ref.thread, at, out, bytes);
      if (!isTaken) this.#traceEnds(out, "refused");
      return isTaken;
    }
    const outbox = this.outbox(ref.thread);
    const sent = this.credit.maySend(outbox)
      ? outbox.send(laneTo(ref), toGateway(ref.path), out)
      : undefined;
    if (sent === undefined || sent === "refused" || sent === "noRoom") {
      this.#traceEnds(out, sent === "refused" ? "cannotCross" : "refused");
    }
    return sent !== undefined && this.credit.afterSending(sent, ref.thread);
  }

  #onTraced(from: number, traced: TracedMessage): void {
    const { number } = traced;
    const isNobody = number !== GATEWAY.number && this.numbers.get(number) === undefined;
    if (isNobody && !this.numbers.mayComeYet(from, number)) this.#traceEnds(traced, "stopped");
    if (traced.type === "Traced") this.onMessage(from, LANE.data, number, traced.message);
    else {
      const { bytes, tag, atMs } = traced;
      this.onBytes(from, number, bytes, 0, bytes.length, tag, atMs);
    }
  }

  #traceEnds(traced: TracedMessage, outcome: HopOutcome): void {
    const type = messageType(traced.type === "Traced" ? traced.message : BYTES_LETTER);
    this.#system.tracing.lost(traced.cause, traced.path, type, outcome);
  }

  #needsCredit(ref: RemoteRef): boolean {
    return ref.kind === RECEIVER.pushesBack && !this.#lost.has(ref.thread);
  }

  /** True: what there is no room for leaves its dead letter itself. */
  #arrive(from: number, to: Numbered, message: unknown): true {
    if (!(to instanceof ActorCell)) to.tell(message as never);
    else {
      to.arrive(message as never);
      if (receiverKind(to.number) === RECEIVER.pushesBack) this.lent.arrived(from, to, 0);
    }
    return true;
  }

  #arriveBytes(
    from: number,
    to: Numbered,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): true {
    if (!(to instanceof ActorCell)) to.tellBytes();
    else {
      to.arriveBytes(bytes, start, end, tag, atMs);
      if (receiverKind(to.number) === RECEIVER.pushesBack) {
        this.lent.arrived(from, to, recordBytes(end - start));
      }
    }
    return true;
  }

  #onSignal(from: number, target: number, message: SystemMessage): void {
    if (message.type === "Ended" && message.child instanceof RemoteChild) {
      this.children.forget(message.child.number);
    }
    const to = this.numbers.get(target);
    if (to instanceof ActorCell) {
      if (message.type === "Terminated") this.#watches.remove(message.ref, to);
      to.signal(message);
    } else if (message.type === "Watch") {
      const { watcher } = message;
      const ref = new RemoteRef(this, "", this.thread, target);
      const tell = () => watcher.signal({ type: "Terminated", ref, cause: undefined });
      if (!this.numbers.mayComeYet(from, target)) tell();
      else {
        const deliver = () => this.#onSignal(this.thread, target, message);
        this.numbers.hold(target, deliver, tell);
      }
    }
  }

  spawnHere(number: number, version: number, parent: SystemRef, spec: CrossingSpec): void {
    if (version > 0)
      this.locations.enter(number, { thread: this.thread, version, from: undefined });
    const cell = new ActorCell<never>(this.#system, parent, spec as ChildSpec<never>);
    this.takeGuest(number, cell);
  }

  /** Keeps account of who here watches whom there; false when the answer is known here. */
  #noteWatch(ref: RemoteRef | PathRef, message: SystemMessage): boolean {
    if (message.type === "Unwatch") this.#watches.remove(ref, message.watcher);
    if (message.type !== "Watch") return true;
    const { watcher } = message;
    if (this.#lost.has(ref.thread)) {
      watcher.signal({ type: "Terminated", ref, cause: threadLostFault(ref.thread) });
      return false;
    }
    if (watcher instanceof ActorCell) this.#watches.add(ref, watcher);
    return true;
  }

  // Apart from their callers, which would else make room for what these closures keep with each message.

  #tellHere(ref: RemoteRef, message: unknown): boolean {
    return this.numbers.tell(ref.number, message, (found) => found.tell(message as never));
  }

  #tellBytesHere(ref: RemoteRef, copy: Uint8Array, tag: number, atMs: number): boolean {
    const deliver = (found: Numbered) => found.tellBytes(copy, 0, copy.length, tag, atMs);
    return this.numbers.tell(ref.number, BYTES_LETTER, deliver);
  }

  #hold(from: number, target: number, message: unknown): void {
    const deliver = (found: Numbered) => this.#arrive(from, found, message);
    this.numbers.holdMessage(from, target, message, this.#system.tracing.held(deliver));
  }

  #holdBytes(from: number, target: number, copy: Uint8Array, tag: number, atMs: number): void {
    const deliver = (found: Numbered) =>
      this.#arriveBytes(from, found, copy, 0, copy.length, tag, atMs);
    this.numbers.holdMessage(from, target, BYTES_LETTER, this.#system.tracing.held(deliver));
  }

  #sendSystem(thread: number, to: { path: string; number: number }, message: unknown): void {
    if (this.#lost.has(thread)) return;
    this.outbox(thread).send(LANE.system, to, message);
    this.#system.dispatcher.noteOutgoing();
  }

  #lossOf(thread: number): MycelError {
    return this.#losses.get(thread) ?? threadLostFault(thread);
  }

  outbox(thread: number): Outbox {
    return this.#outboxes[thread] ?? this.#newOutbox(thread);
  }

  #newOutbox(thread: number): Outbox {
    const outbox = new Outbox(this.#port, thread, this.#system.deadLetters);
    // No holes: the array stays one that is indexed fast.
    while (this.#outboxes.length < thread) this.#outboxes.push(undefined);
    this.#outboxes[thread] = outbox;
    return outbox;
  }
}

const livesOn = (thread: number, ref: SystemRef): boolean => ref.thread === thread;

const addressOf = ({ path, number }: RemoteRef) => ({ path, number });

/** Answers pass data on their way as well. */
const laneTo = (ref: RemoteRef): Lane => (ref.kind === RECEIVER.answer ? LANE.control : LANE.data);

const toGateway = (path: string) => ({ path, number: GATEWAY.number });
