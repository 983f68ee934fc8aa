/**
 * An actor: mailbox, context and address in one object, so that a million idle ones cost little.
 *
 *            ┌─ system lane: Stop, Failed, Terminated …   first, never shed
 *   turn ◀───┼─ control lane: own timers, answers, promises
 *            └─ data lane: the mailbox
 *
 *   loading ▶ starting ▶ running ▶ failed ▶ stopping ▶ halted ▶ starting …    (a restart)
 *                                            stopping ▶ ended
 *
 * A restart keeps the address, the mailbox and what was stashed; it loses the behavior's state, its
 * timers, asks and watches, and the message in hand.
 */
import type { ActorContext } from "./actor-context.ts";
import type { ActorRef } from "./actor-ref.ts";
import type { SystemCore } from "./actor-system.ts";
import { ActorAsk } from "./ask.ts";
import { type Behavior, type Receive, receive, type Signal, same, unhandled } from "./behavior.ts";
import type { ControlItem } from "./control-items.ts";
import { ActorTimer, ControlMessage, NOTHING, PipedPromise } from "./control-items.ts";
import { BYTES_LETTER, type DeadLetterReason } from "./dead-letters.ts";
import { DeathWatch } from "./death-watch.ts";
import { invariant } from "./invariant.ts";
import {
  CONTROL_LANE_MAX,
  MAILBOX_CAPACITY_DEFAULT,
  SAMPLE_EVERY,
  SETUP_DEPTH_MAX,
  TURN_MESSAGES_MAX,
  WAIT_CHAIN_MAX,
} from "./limits.ts";
import type { Logger } from "./logger.ts";
import { BYTES, Mailbox, PUT, type Put, TIMED, TIMED_BYTES } from "./mailbox.ts";
import { type ActorInfo, type ActorTimes, Histogram } from "./metrics.ts";
import type { Receptionist } from "./receptionist.ts";
import { RingQueue } from "./ring-queue.ts";
import { Stash } from "./stash.ts";
import { type Child, Supervision } from "./supervision.ts";
import { type ChildSpec, type Exit, isRestarted, type MailboxSpec } from "./supervisor.ts";
import { isSystemRef, type SystemMessage, type SystemRef } from "./system-messages.ts";
import { Timer } from "./timers.ts";

const PHASE = {
  loading: 0,
  starting: 1,
  running: 2,
  failed: 3,
  stopping: 4,
  halted: 5,
  ended: 6,
} as const;
type Phase = (typeof PHASE)[keyof typeof PHASE];

/** Why the next message may not simply be the mailbox's next one. */
const LOOK = { system: 1, control: 2, notRunning: 4, outOfCredit: 8 } as const;

const NOT_STARTED = receive(() => unhandled) as Receive<unknown>;

const MAILBOX_DEFAULT: MailboxSpec<never> = {
  capacity: MAILBOX_CAPACITY_DEFAULT,
  overflow: "refuse",
};

/** Tells on this thread until the next one is timed. */
let untilSample = SAMPLE_EVERY;

/** The way down: children, last signal, promises of that signal, then the report to the parent. */
class Descent extends Timer {
  readonly cell: ActorCell<never>;
  readonly signal: Signal;
  readonly exit: Exit;
  readonly cause: unknown;
  /** Still to be stopped, the next one last. */
  readonly children: Child[];
  awaited: Child | undefined = undefined;
  promises = 0;
  /** For good, not for a restart. */
  ends: boolean;
  /** The parent does not know yet, and is to decide. */
  asksParent: boolean;

  constructor(
    cell: ActorCell<never>,
    children: Child[],
    how: { signal: Signal; exit: Exit; cause: unknown; ends: boolean; asksParent: boolean },
  ) {
    super();
    this.cell = cell;
    this.children = children;
    this.signal = how.signal;
    this.exit = how.exit;
    this.cause = how.cause;
    this.ends = how.ends;
    this.asksParent = how.asksParent;
  }

  /** `shutdownMs` is over. */
  fire(): void {
    this.cell.kill();
  }
}

/** What few actors have at any one time. */
class RareState<M> {
  systemLane = new RingQueue<SystemMessage>();
  controlLane = new RingQueue<ControlItem<M>>();
  watch: DeathWatch | undefined = undefined;
  supervision: Supervision | undefined = undefined;
  timers: Map<string, ActorTimer<M>> | undefined = undefined;
  asks: Set<ControlItem<M> & { drop(): void }> | undefined = undefined;
  stash: Stash<M> | undefined = undefined;
  descent: Descent | undefined = undefined;
  /** Senders that wait until this mailbox has room again. */
  waiting: ActorCell<never>[] | undefined = undefined;
  /** The mailbox this actor waits for. */
  waitsFor: ActorCell<never> | undefined = undefined;
  /** For how many mailboxes and ways this actor waits. */
  debts = 0;
  /** Senders on other threads wait as well. */
  pushesBackAfar = false;
  log: Logger | undefined = undefined;
  handlerTimes: Histogram | undefined = undefined;
  waitTimes: Histogram | undefined = undefined;
  /** Known to the receptionist, which is to forget it at its end. */
  listed = false;
  failures = 0;
  incarnation = 0;
}

export class ActorCell<M> extends Mailbox<M> implements ActorContext<M>, ActorRef<M>, Child {
  readonly system: SystemCore;
  readonly parent: SystemRef | undefined;
  readonly spec: ChildSpec<M>;
  /** Unique on the node once another thread knows of it, else 0. */
  number = 0;
  #behavior: Receive<M> = NOT_STARTED;
  #children: Map<string, Child> | undefined = undefined;
  #state: RareState<M> | undefined = undefined;
  #look: number = LOOK.notRunning;
  #phase: Phase = PHASE.starting;
  #queued = false;
  #processed = 0;

  constructor(system: SystemCore, parent: SystemRef | undefined, spec: ChildSpec<M>) {
    super((spec.mailbox ?? MAILBOX_DEFAULT) as MailboxSpec<M>);
    this.system = system;
    this.parent = parent;
    this.spec = spec;
    const { start } = spec;
    if (typeof start === "object" && !system.modules.isLoaded(start.module)) this.#load();
    else this.#wake();
  }

  // Address

  get id(): string {
    return this.spec.id;
  }

  get path(): string {
    return this.parent === undefined
      ? `mycel://${this.system.node}/${this.spec.id}`
      : `${this.parent.path}/${this.spec.id}`;
  }

  get identity(): unknown {
    return this;
  }

  tell(message: M): boolean {
    const { count } = this;
    if (count < this.limit && --untilSample > 0) {
      this.slots[(this.head + count) & (this.slots.length - 1)] = message;
      this.count = count + 1;
      if (!this.#queued) this.#wake();
      return true;
    }
    return this.#tellTheLongWay(message);
  }

  tellBytes(bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): boolean {
    if (this.#phase === PHASE.ended) {
      this.shed(BYTES_LETTER, "stopped");
      return true;
    }
    const waits = this.#mustWait();
    if (waits === "refused") return false;
    const put = this.putBytes(bytes, start, end, tag, atMs);
    if (put === PUT.refused) return false;
    if (--untilSample <= 0) this.#timeNewest(put);
    if (waits === "waits") this.#makeSenderWait();
    if (!this.#queued) this.#wake();
    return true;
  }

  signal(message: SystemMessage): void {
    if (this.#phase === PHASE.ended) {
      if (message.type === "Watch") {
        message.watcher.signal({ type: "Terminated", ref: this, cause: undefined });
      }
      return;
    }
    this.#rare().systemLane.push(message);
    this.#look |= LOOK.system;
    this.#wake();
  }

  toJSON(): string {
    return this.path;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `ActorRef(${this.path})`;
  }

  // Context

  get self(): ActorRef<M> {
    return this;
  }

  get log(): Logger {
    const state = this.#rare();
    state.log ??= this.system.log.child({ actor: this.path });
    return state.log;
  }

  get receptionist(): Receptionist {
    return this.system.receptionist;
  }

  nowMs(): number {
    return this.system.clock.nowMs();
  }

  random(): number {
    return this.system.random.next();
  }

  spawn<C>(spec: ChildSpec<C>): ActorRef<C> {
    invariant(
      this.#phase === PHASE.starting || this.#phase === PHASE.running,
      `${this.path} spawns ${spec.id} while it runs`,
    );
    this.#children ??= new Map();
    invariant(!this.#children.has(spec.id), `no child of ${this.path} has the id ${spec.id}`);
    const child = this.system.makeChild(this.untyped, spec);
    this.#children.set(spec.id, child as unknown as Child);
    return child;
  }

  child(id: string): ActorRef<never> | undefined {
    return this.#children?.get(id);
  }

  stop(child: ActorRef<never>): void {
    if (!isSystemRef(child)) return;
    this.ownChild(child)?.signal({ type: "Stop" });
  }

  watch(ref: ActorRef<never>): void {
    const watched = isSystemRef(ref) ? ref : this.system.nobody(ref.path);
    const state = this.#rare();
    state.watch ??= new DeathWatch();
    if (state.watch.begin(watched)) watched.signal({ type: "Watch", watcher: this });
  }

  unwatch(ref: ActorRef<never>): void {
    if (!isSystemRef(ref)) return;
    if (this.#state?.watch?.end(ref)) ref.signal({ type: "Unwatch", watcher: this });
  }

  startTimer(key: string, message: M, delayMs: number): void {
    this.#startTimer(key, message, delayMs, 0);
  }

  startPeriodicTimer(key: string, message: M, everyMs: number): void {
    invariant(everyMs > 0, `timer ${key} of ${this.path} has a period`);
    this.#startTimer(key, message, everyMs, everyMs);
  }

  cancelTimer(key: string): void {
    this.#state?.timers?.get(key)?.cancel();
    this.#state?.timers?.delete(key);
  }

  stash(message: M): boolean {
    const state = this.#rare();
    state.stash ??= new Stash(this.spec.stash);
    return state.stash.put(message);
  }

  unstashAll(): void {
    const messages = this.#state?.stash?.takeAll() ?? [];
    for (let i = messages.length - 1; i >= 0; i -= 1) this.putFirst(messages[i] as M);
  }

  pipeToSelf<T>(
    promise: Promise<T>,
    onValue: (value: T) => M,
    onFault: (cause: unknown) => M,
  ): void {
    const descent = this.#state?.descent;
    if (descent !== undefined) descent.promises += 1;
    new PipedPromise(this, promise, onValue, onFault);
  }

  ask<Q, A>(
    target: ActorRef<Q>,
    request: (replyTo: ActorRef<A>) => Q,
    timeoutMs: number,
    onAnswer: (answer: A) => M,
    onTimeout: () => M,
  ): void {
    const state = this.#rare();
    state.asks ??= new Set();
    invariant(
      state.asks.size < CONTROL_LANE_MAX,
      `${this.path} awaits a bounded number of answers`,
    );
    const ask = new ActorAsk<M, A>(this, onAnswer, onTimeout);
    state.asks.add(ask);
    this.system.timers.start(ask, timeoutMs);
    target.tell(request(ask));
  }

  refAt<T>(path: string): ActorRef<T> {
    return this.system.refAt(path);
  }

  shared(name: string): SharedArrayBuffer {
    return this.system.shared(name);
  }

  // For the rest of the kernel

  /** The cell where its message type plays no part. */
  get untyped(): ActorCell<never> {
    return this as unknown as ActorCell<never>;
  }

  get incarnation(): number {
    return this.#state?.incarnation ?? 0;
  }

  get hasEnded(): boolean {
    return this.#phase === PHASE.ended;
  }

  get hasChildren(): boolean {
    return this.#children !== undefined && this.#children.size > 0;
  }

  ownChildren(): Iterable<Child> {
    return this.#children?.values() ?? [];
  }

  /** The child that `ref` means, if it is one. */
  ownChild(ref: SystemRef): Child | undefined {
    const child = this.#children?.get(ref.path.slice(ref.path.lastIndexOf("/") + 1));
    return child?.identity === ref.identity ? child : undefined;
  }

  putControl(item: ControlItem<M>): void {
    if (this.#phase === PHASE.ended) {
      item.abandon();
      return;
    }
    const { controlLane } = this.#rare();
    if (controlLane.count >= CONTROL_LANE_MAX) {
      this.shed(item.toMessage(), "controlFull");
      return;
    }
    controlLane.push(item);
    this.#look |= LOOK.control;
    this.#wake();
  }

  get descent(): unknown {
    return this.#state?.descent;
  }

  /** A promise of the last signal has ended. */
  promiseEnded(held: unknown): void {
    const descent = this.#state?.descent;
    if (descent === undefined || descent !== held) return;
    descent.promises -= 1;
    if (descent.promises === 0) this.#finishDescent(descent);
  }

  forgetTimer(key: string): void {
    this.#state?.timers?.delete(key);
  }

  forgetAsk(ask: ControlItem<M> & { drop(): void }): void {
    this.#state?.asks?.delete(ask);
  }

  /** Sent on from another thread; true when senders there are to wait until there is room. */
  arrive(message: M): boolean {
    if (!this.#isPastCredit()) {
      this.tell(message);
      return false;
    }
    // What is on its way when the senders are told to wait is bounded by the size of the ways.
    this.append(message);
    this.#wake();
    return this.#pushBackAfar();
  }

  arriveBytes(bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): boolean {
    if (!this.#isPastCredit()) {
      const taken = this.tellBytes(bytes, start, end, tag, atMs);
      if (!taken && this.rules.overflow === "backpressure") this.shed(BYTES_LETTER, "mailboxFull");
      return false;
    }
    if (!this.appendBytes(bytes, start, end, tag, atMs)) this.shed(BYTES_LETTER, "mailboxFull");
    this.#wake();
    return this.#pushBackAfar();
  }

  #isPastCredit(): boolean {
    return (
      this.rules.overflow === "backpressure" &&
      this.count >= this.capacity &&
      this.#phase !== PHASE.ended
    );
  }

  /** Is not run again until as many `resume`s have come. */
  pause(): void {
    this.#rare().debts += 1;
    this.#look |= LOOK.outOfCredit;
  }

  resume(): void {
    if (this.#phase === PHASE.ended) return;
    const state = this.#rare();
    state.debts -= 1;
    if (state.debts > 0) return;
    this.#look &= ~LOOK.outOfCredit;
    this.#wake();
  }

  /** The receptionist is to be told of the end. */
  markListed(): void {
    this.#rare().listed = true;
  }

  /** The module of its behavior is loaded, or cannot be. */
  moduleLoaded(cause: unknown): void {
    if (this.#phase !== PHASE.loading) return;
    this.#phase = PHASE.starting;
    if (cause === undefined) this.#wake();
    else this.#fail(cause);
  }

  shed(message: unknown, reason: DeadLetterReason): void {
    this.system.deadLetters.put(message, this, reason);
  }

  info(): ActorInfo {
    return {
      path: this.path,
      parent: this.parent?.path ?? null,
      thread: this.system.thread,
      mailboxDepth: this.count + (this.#state?.controlLane.count ?? 0),
      mailboxCapacity: this.capacity,
      processed: this.#processed,
      failures: this.#state?.failures ?? 0,
      restarts: this.incarnation,
    };
  }

  times(): ActorTimes | undefined {
    const { handlerTimes, waitTimes } = this.#state ?? {};
    if (handlerTimes === undefined || waitTimes === undefined) return undefined;
    return { path: this.path, handler: handlerTimes.percentiles(), wait: waitTimes.percentiles() };
  }

  // Turns

  runTurn(): number {
    let left = TURN_MESSAGES_MAX;
    try {
      while (left > 0) {
        if (this.#look !== 0) {
          if (!this.#attend()) break;
          left -= 1;
          continue;
        }
        if (this.count === 0) break;
        left -= 1;
        const slots = this.slots;
        const at = this.head & (slots.length - 1);
        const message = slots[at];
        slots[at] = undefined;
        this.head = (this.head + 1) | 0;
        this.count -= 1;
        if (message === BYTES) {
          this.#handleBytes();
          continue;
        }
        if (message === TIMED || message === TIMED_BYTES) {
          this.#handleTimed(message === TIMED_BYTES);
          continue;
        }
        const next = this.#behavior.onMessage(message as M);
        if (next !== same) this.#become(next, message);
      }
    } catch (cause) {
      this.#fail(cause);
    }
    const handled = TURN_MESSAGES_MAX - left;
    this.#processed += handled;
    if (this.count === 0 && this.slots.length > 0) this.releaseSlots();
    if (this.#state?.waiting !== undefined && this.count <= this.capacity >> 1) this.#giveCredit();
    if (this.#hasWork()) this.system.dispatcher.enqueue(this.untyped);
    else this.#queued = false;
    return handled;
  }

  #wake(): void {
    if (this.#queued || !this.#hasWork()) return;
    this.#queued = true;
    this.system.dispatcher.enqueue(this.untyped);
  }

  #hasWork(): boolean {
    const look = this.#look;
    if (look === 0) return this.count > 0;
    if ((look & LOOK.system) !== 0 || this.#phase === PHASE.starting) return true;
    return (
      (look & (LOOK.notRunning | LOOK.outOfCredit)) === 0 &&
      (this.count > 0 || (look & LOOK.control) !== 0)
    );
  }

  /** What comes before the mailbox; false when the turn is over. Only messages count as processed. */
  #attend(): boolean {
    if ((this.#look & LOOK.system) !== 0) {
      const { systemLane } = this.#rare();
      const message = systemLane.shift();
      if (systemLane.count === 0) this.#look &= ~LOOK.system;
      this.#processed -= 1;
      if (message !== undefined) this.#handleSystem(message);
      return true;
    }
    if (this.#phase === PHASE.starting) {
      this.#processed -= 1;
      this.#start();
      return true;
    }
    if ((this.#look & (LOOK.notRunning | LOOK.outOfCredit)) !== 0) return false;
    const { controlLane } = this.#rare();
    const item = controlLane.shift();
    if (controlLane.count === 0) this.#look &= ~LOOK.control;
    const message = item?.toMessage() ?? NOTHING;
    if (message !== NOTHING) this.#handle(message);
    return true;
  }

  #handle(message: M): void {
    const next = this.#behavior.onMessage(message);
    if (next !== same) this.#become(next, message);
  }

  #handleBytes(): void {
    const ring = this.rareState().bytes;
    invariant(ring !== undefined, "a byte ring holds what the slot announces");
    ring.take();
    const { onBytes } = this.#behavior;
    if (onBytes === undefined) {
      ring.release();
      this.shed(BYTES_LETTER, "unhandled");
      return;
    }
    try {
      const next = onBytes(ring.bytes, ring.start, ring.end, ring.tag, ring.atMs);
      if (next !== same) this.#become(next, BYTES_LETTER);
    } finally {
      ring.release();
    }
  }

  #handleTimed(isBytes: boolean): void {
    const rare = this.rareState();
    const { timed, timedAtMs } = rare;
    rare.timed = undefined;
    rare.timedAtMs = -1;
    const state = this.#rare();
    state.waitTimes ??= new Histogram();
    state.handlerTimes ??= new Histogram();
    const { clock } = this.system;
    const startMs = clock.monotonicMs();
    state.waitTimes.add(startMs - timedAtMs);
    try {
      if (isBytes) this.#handleBytes();
      else this.#handle(timed as M);
    } finally {
      state.handlerTimes.add(clock.monotonicMs() - startMs);
    }
  }

  #become(next: Behavior<M>, message: unknown): void {
    switch (next.kind) {
      case "receive":
        this.#behavior = next;
        return;
      case "setup":
        this.#settleOn(next);
        return;
      case "unhandled":
        this.shed(message, "unhandled");
        return;
      case "stopped":
        this.#exit("normal", undefined);
        return;
      case "same":
        return;
    }
  }

  #settleOn(behavior: Behavior<M>): void {
    let next = behavior;
    for (let depth = 0; next.kind === "setup"; depth += 1) {
      invariant(depth < SETUP_DEPTH_MAX, `the setups of ${this.path} come to an end`);
      next = next.start(this);
    }
    if (next.kind === "stopped") this.#exit("normal", undefined);
    else {
      invariant(next.kind === "receive", `the setup of ${this.path} returns how to receive`);
      this.#behavior = next;
    }
  }

  // Messages in

  #tellTheLongWay(message: M): boolean {
    if (this.#phase === PHASE.ended) {
      this.shed(message, "stopped");
      return true;
    }
    if (this.rules.isControl?.(message)) {
      this.putControl(new ControlMessage(this, message));
      return true;
    }
    const waits = this.#mustWait();
    if (waits === "refused") return false;
    const put = this.put(message);
    if (put === PUT.refused) return false;
    if (untilSample <= 0) this.#timeNewest(put);
    if (waits === "waits") this.#makeSenderWait();
    if (!this.#queued) this.#wake();
    return true;
  }

  #timeNewest(put: Put): void {
    untilSample = SAMPLE_EVERY;
    if (put !== PUT.shed) this.timeNewest(this.system.clock.monotonicMs());
  }

  /** Whether the mailbox pushes back on whoever sends now. */
  #mustWait(): "goesOn" | "waits" | "refused" {
    if (this.rules.overflow !== "backpressure" || this.count < this.capacity) return "goesOn";
    const sender = this.system.dispatcher.running;
    // Nobody outside an actor can be made to wait, and waiting for oneself would be for ever.
    if (sender === undefined || this.#waitsAlong(sender)) return "refused";
    return "waits";
  }

  /** Whether this actor waits, through others perhaps, for `sender`. */
  #waitsAlong(sender: ActorCell<never>): boolean {
    let waiting: ActorCell<never> | undefined = this.untyped;
    for (let hops = 0; waiting !== undefined; hops += 1) {
      if (waiting === sender || hops > WAIT_CHAIN_MAX) return true;
      waiting = waiting.#state?.waitsFor;
    }
    return false;
  }

  #makeSenderWait(): void {
    const sender = this.system.dispatcher.running;
    if (sender === undefined) return;
    const state = sender.#rare();
    if (state.waitsFor !== undefined) return;
    state.waitsFor = this.untyped;
    sender.pause();
    const own = this.#rare();
    own.waiting ??= [];
    own.waiting.push(sender);
  }

  #giveCredit(): void {
    const state = this.#rare();
    const waiting = state.waiting ?? [];
    state.waiting = undefined;
    for (const sender of waiting) {
      sender.#rare().waitsFor = undefined;
      sender.resume();
    }
    if (!state.pushesBackAfar) return;
    state.pushesBackAfar = false;
    this.system.gateway?.roomAgain(this.number);
  }

  #pushBackAfar(): true {
    const state = this.#rare();
    state.pushesBackAfar = true;
    state.waiting ??= [];
    return true;
  }

  // Life

  #load(): void {
    this.#phase = PHASE.loading;
    const { start } = this.spec;
    if (typeof start === "object") this.system.modules.load(start.module, this.untyped);
  }

  #start(): void {
    const { start } = this.spec;
    this.#settleOn(typeof start === "function" ? start() : this.system.modules.build<M>(start));
    if (this.#phase !== PHASE.starting) return;
    this.#phase = PHASE.running;
    this.#look &= ~LOOK.notRunning;
  }

  #handleSystem(message: SystemMessage): void {
    switch (message.type) {
      case "Terminated": {
        const ref = this.#state?.watch?.end(message.ref);
        if (ref === undefined || this.#phase !== PHASE.running) return;
        this.#handleSignal({ type: "Terminated", ref, cause: message.cause });
        return;
      }
      case "Watch": {
        const state = this.#rare();
        state.watch ??= new DeathWatch();
        state.watch.addWatcher(message.watcher);
        return;
      }
      case "Unwatch":
        this.#state?.watch?.removeWatcher(message.watcher);
        return;
      case "Failed":
        if (this.#phase <= PHASE.running) this.#supervision().onFailed(message);
        return;
      case "Halted":
        this.#state?.supervision?.onHalted(message.child);
        return;
      case "Ended":
        this.#childEnded(message.child, message.cause);
        return;
      case "Stop":
        this.#onStop();
        return;
      case "Halt":
        this.#onHalt(message.cause);
        return;
      case "Start":
        this.#restart();
        return;
    }
  }

  #handleSignal(signal: Signal): void {
    const next = this.#behavior.onSignal?.(signal) ?? same;
    if (next !== same && next !== unhandled) this.#become(next, signal);
  }

  #fail(cause: unknown): void {
    if (this.#phase !== PHASE.running && this.#phase !== PHASE.starting) {
      this.log.error({ err: cause }, "fault while stopping");
      return;
    }
    this.#rare().failures += 1;
    this.#exit("fault", cause);
  }

  /** The actor cannot or will not go on: it ends, or its parent decides. */
  #exit(exit: Exit, cause: unknown): void {
    const { parent } = this;
    const ends = parent === undefined || !isRestarted(this.spec.restart, exit);
    if (!ends && exit === "fault") {
      this.#phase = PHASE.failed;
      this.#look |= LOOK.notRunning;
      parent.signal({ type: "Failed", child: this, exit, cause });
      return;
    }
    this.#descend({ signal: { type: "PostStop" }, exit, cause, ends, asksParent: !ends });
  }

  #onStop(): void {
    const descent = this.#state?.descent;
    if (descent !== undefined) descent.ends = true;
    else {
      const signal: Signal = { type: "PostStop" };
      this.#descend({ signal, exit: "normal", cause: undefined, ends: true, asksParent: false });
    }
  }

  #onHalt(cause: unknown): void {
    const descent = this.#state?.descent;
    if (descent !== undefined) descent.asksParent = false;
    else if (this.#phase === PHASE.halted) this.parent?.signal({ type: "Halted", child: this });
    else {
      const signal: Signal = { type: "PreRestart", cause };
      this.#descend({ signal, exit: "fault", cause, ends: false, asksParent: false });
    }
  }

  #descend(how: {
    signal: Signal;
    exit: Exit;
    cause: unknown;
    ends: boolean;
    asksParent: boolean;
  }): void {
    this.#phase = PHASE.stopping;
    this.#look |= LOOK.notRunning;
    const state = this.#rare();
    state.supervision?.abandon();
    const children = [...(this.#children?.values() ?? [])];
    const descent = new Descent(this.untyped, children, how);
    state.descent = descent;
    const { shutdownMs } = this.spec;
    if (Number.isFinite(shutdownMs)) this.system.timers.start(descent, shutdownMs);
    this.#stepDown(descent);
  }

  /** Stops the next child, or goes on when there is none left. */
  #stepDown(descent: Descent): void {
    for (let child = descent.children.pop(); child !== undefined; child = descent.children.pop()) {
      if (this.#children?.get(child.id) !== child) continue;
      descent.awaited = child;
      child.signal({ type: "Stop" });
      return;
    }
    try {
      this.#behavior.onSignal?.(descent.signal);
    } catch (cause) {
      this.log.error({ err: cause, signal: descent.signal.type }, "fault in the last signal");
    }
    this.#behavior = NOT_STARTED;
    if (descent.promises === 0) this.#finishDescent(descent);
  }

  #childEnded(child: SystemRef, cause: unknown): void {
    const own = this.ownChild(child);
    if (own === undefined) return;
    this.#children?.delete(own.id);
    if (cause !== undefined || this.#state?.supervision !== undefined) {
      this.#supervision().onEnded(child, cause);
    }
    const descent = this.#state?.descent;
    if (descent !== undefined && descent.awaited === own) {
      descent.awaited = undefined;
      this.#stepDown(descent);
    }
  }

  /** `shutdownMs` has passed: no child and no promise is waited for any more. */
  kill(): void {
    const state = this.#rare();
    state.descent ??= new Descent(this.untyped, [], {
      signal: { type: "PostStop" },
      exit: "normal",
      cause: undefined,
      ends: true,
      asksParent: false,
    });
    this.log.warn({ shutdownMs: this.spec.shutdownMs }, "killed: the way to its end took too long");
    this.#finishDescent(state.descent);
  }

  #finishDescent(descent: Descent): void {
    const { system } = this;
    system.timers.cancel(descent);
    const state = this.#rare();
    state.descent = undefined;
    const left = this.#children?.values() ?? [];
    this.#children = undefined;
    for (const child of left) {
      if (child instanceof ActorCell) child.kill();
      else child.signal({ type: "Stop" });
    }
    for (const timer of state.timers?.values() ?? []) timer.cancel();
    state.timers = undefined;
    for (const ask of state.asks ?? []) ask.drop();
    state.asks = undefined;
    state.watch?.endAll(this);
    this.unstashAll();
    if (descent.ends) {
      this.#end(descent.cause);
      return;
    }
    this.#phase = PHASE.halted;
    const { exit, cause } = descent;
    this.parent?.signal(
      descent.asksParent
        ? { type: "Failed", child: this, exit, cause }
        : { type: "Halted", child: this },
    );
  }

  #restart(): void {
    if (this.#phase !== PHASE.halted) return;
    const state = this.#rare();
    state.incarnation += 1;
    state.supervision = undefined;
    this.#phase = PHASE.starting;
    const { start } = this.spec;
    if (typeof start === "object" && !this.system.modules.isLoaded(start.module)) this.#load();
  }

  #end(cause: unknown): void {
    this.#phase = PHASE.ended;
    this.#look = LOOK.notRunning;
    this.shedAll("stopped");
    const state = this.#rare();
    this.#giveCredit();
    for (
      let item = state.controlLane.shift();
      item !== undefined;
      item = state.controlLane.shift()
    ) {
      item.abandon();
    }
    state.watch?.tellWatchers(this, cause);
    if (state.listed) this.system.receptionist.forget(this);
    if (this.number !== 0) this.system.forgetNumber(this.number);
    this.parent?.signal({ type: "Ended", child: this, cause });
    if (this.parent === undefined) this.system.rootEnded(cause);
    this.#state = undefined;
  }

  #startTimer(key: string, message: M, delayMs: number, everyMs: number): void {
    const state = this.#rare();
    state.timers ??= new Map();
    state.timers.get(key)?.cancel();
    const timer = new ActorTimer(this, key, message, everyMs);
    state.timers.set(key, timer);
    this.system.timers.start(timer, delayMs);
  }

  #supervision(): Supervision {
    const state = this.#rare();
    state.supervision ??= new Supervision(this.untyped);
    return state.supervision;
  }

  #rare(): RareState<M> {
    this.#state ??= new RareState();
    return this.#state;
  }
}
