/**
 * The actors of one thread: the root of their tree and what all of them share.
 *
 *   createActorSystem ──▶ root "user" ──▶ what `spawn` is given ──▶ their children …
 *
 * A process has one system for each thread; the same code runs in a simulation, with a clock, chance
 * and scheduler that a seed drives.
 */

import type { ActorRef } from "./actor-ref.ts";
import { AnswerRef, PromiseAsk } from "./ask.ts";
import { receive, unhandled } from "./behavior.ts";
import { ActorCell } from "./cell/actor-cell.ts";
import { lookAtNext } from "./cell/cell-intake.ts";
import { type Clock, systemClock } from "./clock.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Dispatcher } from "./dispatcher.ts";
import { broken, invariant } from "./invariant.ts";
import { INTENSITY_DEFAULT } from "./limits.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { ActorInfo, ActorTimes } from "./metrics.ts";
import { Modules } from "./modules.ts";
import type { MoveRefusal } from "./moves/move-messages.ts";
import { Nobody } from "./nobody.ts";
import { anySeed, type Random, seededRandom } from "./random.ts";
import { LocalReceptionist, type Receptionist } from "./receptionist.ts";
import type { CrossingRef } from "./remote/actor-numbers.ts";
import { PathRef, RemoteChild, RemoteRef } from "./remote/remote-ref.ts";
import { ThreadGateway } from "./remote/thread-gateway.ts";
import { err, type Result } from "./result.ts";
import { immediateScheduler, type Scheduler } from "./scheduler.ts";
import {
  type ChildSpec,
  type Supervision,
  type SupervisorSpec,
  toChildSpec,
  WITHOUT_TIME_LIMIT,
} from "./supervisor.ts";
import type { SystemRef } from "./system-messages.ts";
import type { ThreadPort } from "./threads/thread-port.ts";
import { Timers } from "./timers.ts";
import { type ThreadInfo, threadInfo } from "./watching/thread-info.ts";
import { Tracer } from "./watching/tracer.ts";
import { type TraceReport, Tracing } from "./watching/tracing.ts";

export interface ActorSystemOptions {
  readonly node: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly scheduler?: Scheduler;
  readonly logger?: Logger;
  /** What `ctx.shared(name)` gives, the same on every thread. */
  readonly shared?: Readonly<Record<string, SharedArrayBuffer>>;
  /** How the root supervises what `spawn` starts; default oneForOne, 3 restarts in 5 s. */
  readonly supervision?: Supervision;
  /** The ways to the node's other threads. */
  readonly port?: ThreadPort;
  /** On the main thread: moves actors from busy workers to idle ones, looking at them so often. */
  readonly balance?: { readonly everyMs: number };
}

/** How a system came to its end: with a cause when its root gave up. */
export interface Termination {
  readonly cause: unknown;
}

export interface ActorSystem {
  readonly node: string;
  readonly thread: number;
  readonly deadLetters: DeadLetters;
  readonly receptionist: Receptionist;
  /** When all actors have stopped, by `shutdown` or because the root gave up. Never rejects. */
  readonly terminated: Promise<Termination>;
  spawn<C>(spec: ChildSpec<C>): ActorRef<C>;
  spawn(spec: SupervisorSpec): ActorRef<never>;
  /**
   * Moves an actor to another thread of the node, with its state, mailbox, timers, stash and watches;
   * no message is lost or passes another. Asked of the main thread's system. It waits, for a bounded
   * time, until the actor has no ask and no piped promise under way.
   */
  move(path: string, toThread: number): Promise<Result<void, MoveRefusal>>;
  /** For code outside actors; rejects with `E_ASK_TIMEOUT`, at once with `E_ASK_REFUSED`. */
  ask<Q, A>(
    target: ActorRef<Q>,
    makeRequest: (replyTo: ActorRef<A>) => Q,
    timeoutMs: number,
  ): Promise<A>;
  refAt<T>(path: string): ActorRef<T>;
  /**
   * Of all threads, parents before their children; of the others what they last reported, which
   * `refreshTree` brings up to date.
   */
  tree(): ActorInfo[];
  refreshTree(): Promise<void>;
  /** Of the actors of which a message has been timed; of other threads as `tree`. */
  times(): ActorTimes[];
  /** The threads themselves, this one first; of others what they last reported. */
  threads(): ThreadInfo[];
  /**
   * Follows what messages to the actor at `path` lead to, over all threads, until the returned function
   * is called. On the main thread, and while `canTrace`.
   */
  trace(path: string, onSeen: (seen: TraceReport) => void): () => void;
  /** False while `TRACED_ACTORS_MAX` are followed. */
  readonly canTrace: boolean;
  /** Whether a module is being loaded. */
  isLoading(): boolean;
  /** Loads modules ahead, so that actors placed by them start at once. */
  preload(urls: readonly string[]): Promise<void>;
  /** Stops all actors, the last started first, each within its `shutdownMs`. */
  shutdown(): Promise<void>;
  /** How refs cross threads, for the port's codec. */
  encodeRef(ref: object): unknown;
  decodeRef(data: unknown): object;
  /** A thread is lost: its actors are `Terminated`, and failed children of their parents. */
  threadLost(thread: number): void;
  /** A fresh thread has taken the place of a lost one. */
  threadReady(thread: number): void;
}

export const createActorSystem = (options: ActorSystemOptions): ActorSystem =>
  new SystemCore(options);

export class SystemCore implements ActorSystem {
  readonly node: string;
  readonly thread: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly timers: Timers;
  readonly deadLetters: DeadLetters;
  readonly dispatcher: Dispatcher<ActorCell<never>>;
  readonly receptionist = new LocalReceptionist();
  readonly modules = new Modules();
  /** Asks from outside actors whose time has not passed. */
  readonly openAsks = new Set<{ refuse(why: string): void }>();
  readonly gateway: ThreadGateway | undefined;
  readonly tracing: Tracing;
  readonly tracer: Tracer;
  readonly #shared: Readonly<Record<string, SharedArrayBuffer>>;
  readonly #root: ActorCell<never>;
  #hasEnded = false;
  #rootEnd: Termination | undefined;
  readonly #terminated = Promise.withResolvers<Termination>();

  constructor(options: ActorSystemOptions) {
    this.node = options.node;
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? seededRandom(anySeed());
    this.log = options.logger ?? silentLogger;
    this.#shared = options.shared ?? {};
    this.timers = new Timers(this.clock);
    this.deadLetters = new DeadLetters(this.clock, this.log);
    this.dispatcher = new Dispatcher(this.clock, options.scheduler ?? immediateScheduler);
    this.thread = options.port?.self ?? 0;
    this.tracing = new Tracing(this, lookAtNext);
    this.tracer = new Tracer(this);
    if (options.port !== undefined) {
      this.gateway = new ThreadGateway(this, options.port, options.balance?.everyMs);
      this.dispatcher.outside = this.gateway;
      this.receptionist.announcer = this.gateway.listings;
    }
    this.#root = new ActorCell<never>(this, undefined, {
      ...WITHOUT_TIME_LIMIT,
      id: "user",
      start: () => receive(() => unhandled),
      restart: "temporary",
      supervision: options.supervision ?? { strategy: "oneForOne", intensity: INTENSITY_DEFAULT },
    });
  }

  get terminated(): Promise<Termination> {
    return this.#terminated.promise;
  }

  spawn<C>(spec: ChildSpec<C> | SupervisorSpec): ActorRef<C> {
    return this.#root.spawn(toChildSpec(spec)) as unknown as ActorRef<C>;
  }

  move(path: string, toThread: number): Promise<Result<void, MoveRefusal>> {
    if (this.gateway === undefined) return Promise.resolve(err("noSuchThread"));
    return this.gateway.orders.move(path, toThread);
  }

  ask<Q, A>(
    target: ActorRef<Q>,
    makeRequest: (replyTo: ActorRef<A>) => Q,
    timeoutMs: number,
  ): Promise<A> {
    const ask = new PromiseAsk<A>(this, target.path, timeoutMs);
    if (this.#hasEnded) ask.refuse(SYSTEM_HAS_ENDED);
    else {
      const request = makeRequest(ask);
      this.openAsks.add(ask);
      this.timers.start(ask, timeoutMs);
      if (!target.tell(request)) ask.refuse("there is no room for the question now");
    }
    return ask.promise;
  }

  refAt<T>(path: string): ActorRef<T> {
    return this.find(path) as ActorRef<unknown>;
  }

  tree(): ActorInfo[] {
    return [...this.localTree(), ...(this.gateway?.reports.actors() ?? [])];
  }

  async refreshTree(): Promise<void> {
    await this.gateway?.reports.refresh();
  }

  times(): ActorTimes[] {
    return [...this.localTimes(), ...(this.gateway?.reports.times() ?? [])];
  }

  threads(): ThreadInfo[] {
    const own = threadInfo(this, this.#cells().length);
    return [own, ...(this.gateway?.reports.threads() ?? [])];
  }

  get canTrace(): boolean {
    return !this.tracer.isFull;
  }

  trace(path: string, onSeen: (seen: TraceReport) => void): () => void {
    return this.tracer.follow(path, onSeen);
  }

  async preload(urls: readonly string[]): Promise<void> {
    await Promise.all(urls.map((url) => this.modules.preload(url)));
  }

  isLoading(): boolean {
    return this.modules.pending > 0;
  }

  async shutdown(): Promise<void> {
    // On the main thread each is stopped by its parent, in its order.
    const guests = this.thread === MAIN ? [] : (this.gateway?.guests.all() ?? []);
    for (const guest of guests) guest.signal({ type: "Stop" });
    this.#root.signal({ type: "Stop" });
    await this.terminated;
  }

  encodeRef(ref: object): unknown {
    return this.#throughGateway().numbers.encode(ref);
  }

  decodeRef(data: unknown): object {
    return this.#throughGateway().numbers.decode(data as CrossingRef);
  }

  threadLost(thread: number): void {
    this.#throughGateway().threadLost(thread);
  }

  threadReady(thread: number): void {
    this.#throughGateway().threadReady(thread);
  }

  // For the rest of the kernel

  makeChild<C>(parent: ActorCell<never>, spec: ChildSpec<C>): SystemRef & ActorRef<C> {
    const { id } = spec;
    if (id === "" || id.includes("/")) broken(`the id of a child is one part of a path: ${id}`);
    const { gateway } = this;
    if (gateway === undefined || spec.placement === undefined) {
      return new ActorCell<C>(this, parent, spec);
    }
    const thread = gateway.children.threadFor(spec as ChildSpec<never>);
    return thread === this.thread
      ? new ActorCell<C>(this, parent, spec)
      : gateway.children.spawn(parent, spec as ChildSpec<never>, thread);
  }

  /** The actor at a path, here or through the thread that can find it; `from` asked already. */
  find(path: string, from?: number): SystemRef {
    let at: SystemRef | undefined = this.#topOf(path);
    if (at === undefined) {
      const elsewhere = this.gateway !== undefined && this.thread !== MAIN && from !== MAIN;
      const mine = path.startsWith(`mycel://${this.node}/`);
      return elsewhere && mine
        ? new PathRef(this.gateway, path, { thread: MAIN })
        : this.nobody(path);
    }
    while (at !== undefined && at.path !== path) {
      if (at instanceof RemoteChild && at.thread !== this.thread) {
        return new PathRef(at.gateway, path, at);
      }
      if (at instanceof RemoteChild) at = at.gateway.numbers.here(at);
      const end = path.indexOf("/", at.path.length + 1);
      const id = path.slice(at.path.length + 1, end < 0 ? undefined : end);
      at = at instanceof ActorCell ? (at.child(id) as SystemRef | undefined) : undefined;
    }
    return at ?? this.nobody(path);
  }

  /** The actor at a path, if it lives here for a parent that may be elsewhere. */
  guestAt(path: string): ActorCell<never> | undefined {
    return this.gateway?.guests.at(path);
  }

  nobody(path: string): SystemRef {
    return new Nobody(this, path);
  }

  shared(name: string): SharedArrayBuffer {
    const memory = this.#shared[name];
    invariant(memory !== undefined, `shared memory ${name} was given to the system at its start`);
    return memory;
  }

  /** Equal for all refs to one actor. */
  identityOf(cell: ActorCell<never>): unknown {
    return this.gateway?.numbers.numberFor(cell) ?? cell;
  }

  forgetNumber(number: number): void {
    this.gateway?.forgetNumber(number);
    this.endIfEmpty();
  }

  rootEnded(cause: unknown): void {
    this.#rootEnd = { cause };
    if (cause !== undefined) this.log.error({ err: cause }, "the root gave up");
    this.endIfEmpty();
  }

  localTimes(): ActorTimes[] {
    return this.#cells().flatMap((cell) => cell.times() ?? []);
  }

  localTree(): ActorInfo[] {
    return this.#cells().map((cell) => cell.info());
  }

  endIfEmpty(): void {
    if (this.#rootEnd === undefined || this.gateway?.guests.all().length) return;
    this.#hasEnded = true;
    // Nobody is left to answer.
    for (const ask of [...this.openAsks]) ask.refuse(SYSTEM_HAS_ENDED);
    this.timers.close();
    this.#terminated.resolve(this.#rootEnd);
  }

  #throughGateway(): ThreadGateway {
    invariant(this.gateway !== undefined, "a system of several threads was given a port");
    return this.gateway;
  }

  /** The actor here under which the path lies: the root, or a guest from another thread. */
  #topOf(path: string): ActorCell<never> | undefined {
    const guest = this.gateway?.guests.above(path);
    if (guest !== undefined) return guest;
    const root = this.#root.path;
    const isUnder = path === root || path.startsWith(`${root}/`);
    return this.thread === MAIN && isUnder ? this.#root : undefined;
  }

  /** Parents before their children. A worker's own root has none and is left out. */
  #cells(): ActorCell<never>[] {
    const cells: ActorCell<never>[] = [];
    const toVisit = [...(this.gateway?.guests.all() ?? [])];
    if (!this.#root.hasEnded && (this.thread === MAIN || this.#root.hasChildren)) {
      toVisit.push(this.#root);
    }
    for (let cell = toVisit.pop(); cell !== undefined; cell = toVisit.pop()) {
      cells.push(cell);
      for (const child of [...cell.ownChildren()].reverse()) {
        if (child instanceof ActorCell) toVisit.push(child.untyped);
      }
    }
    return cells;
  }
}

/** The main thread, whose root is the node's. */
const MAIN = 0;

const SYSTEM_HAS_ENDED = "the actor system has ended";

/** What a ref that crosses threads is an instance of. */
export const REF_CLASSES = [ActorCell, AnswerRef, RemoteRef, PathRef, Nobody] as const;
