/**
 * The actors of one thread: the root of their tree and what all of them share.
 *
 *   createActorSystem ──▶ root "user" ──▶ what `spawn` is given ──▶ their children …
 *
 * A process has one system for each thread; the same code runs in a simulation, with a clock, chance
 * and scheduler that a seed drives.
 */
import { ActorCell } from "./actor-cell.ts";
import type { ActorRef } from "./actor-ref.ts";
import { PromiseAsk } from "./ask.ts";
import { receive, unhandled } from "./behavior.ts";
import { type Clock, systemClock } from "./clock.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Dispatcher } from "./dispatcher.ts";
import { invariant } from "./invariant.ts";
import { INTENSITY_DEFAULT } from "./limits.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { ActorInfo, ActorTimes } from "./metrics.ts";
import { Modules } from "./modules.ts";
import { Nobody } from "./nobody.ts";
import { anySeed, type Random, seededRandom } from "./random.ts";
import { LocalReceptionist, type Receptionist } from "./receptionist.ts";
import { immediateScheduler, type Scheduler } from "./scheduler.ts";
import {
  type ChildSpec,
  type Supervision,
  type SupervisorSpec,
  toChildSpec,
} from "./supervisor.ts";
import type { SystemRef } from "./system-messages.ts";
import { Timers } from "./timers.ts";

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
  /** For code outside actors; rejects with `E_ASK_TIMEOUT`. */
  ask<Q, A>(
    target: ActorRef<Q>,
    makeRequest: (replyTo: ActorRef<A>) => Q,
    timeoutMs: number,
  ): Promise<A>;
  refAt<T>(path: string): ActorRef<T>;
  /** Parents before their children. */
  tree(): ActorInfo[];
  /** Of the actors of which a message has been timed. */
  times(): ActorTimes[];
  /** Whether a module is being loaded. */
  isLoading(): boolean;
  /** Loads modules ahead, so that actors placed by them start at once. */
  preload(urls: readonly string[]): Promise<void>;
  /** Stops all actors, the last started first, each within its `shutdownMs`. */
  shutdown(): Promise<void>;
}

export const createActorSystem = (options: ActorSystemOptions): ActorSystem =>
  new SystemCore(options);

export class SystemCore implements ActorSystem {
  readonly node: string;
  readonly thread = 0;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly timers: Timers;
  readonly deadLetters: DeadLetters;
  readonly dispatcher: Dispatcher<ActorCell<never>>;
  readonly receptionist = new LocalReceptionist();
  readonly modules = new Modules();
  readonly #shared: Readonly<Record<string, SharedArrayBuffer>>;
  readonly #root: ActorCell<never>;
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
    this.#root = new ActorCell<never>(this, undefined, {
      id: "user",
      start: () => receive(() => unhandled),
      restart: "temporary",
      shutdownMs: Number.POSITIVE_INFINITY,
      supervision: options.supervision ?? { strategy: "oneForOne", intensity: INTENSITY_DEFAULT },
    });
  }

  get terminated(): Promise<Termination> {
    return this.#terminated.promise;
  }

  spawn<C>(spec: ChildSpec<C> | SupervisorSpec): ActorRef<C> {
    return this.#root.spawn(toChildSpec(spec)) as unknown as ActorRef<C>;
  }

  ask<Q, A>(
    target: ActorRef<Q>,
    makeRequest: (replyTo: ActorRef<A>) => Q,
    timeoutMs: number,
  ): Promise<A> {
    const ask = new PromiseAsk<A>(this, target.path, timeoutMs);
    this.timers.start(ask, timeoutMs);
    target.tell(makeRequest(ask));
    return ask.promise;
  }

  refAt<T>(path: string): ActorRef<T> {
    return (this.#cellAt(path) ?? this.nobody(path)) as ActorRef<unknown>;
  }

  tree(): ActorInfo[] {
    return this.#cells().map((cell) => cell.info());
  }

  times(): ActorTimes[] {
    return this.#cells().flatMap((cell) => cell.times() ?? []);
  }

  async preload(urls: readonly string[]): Promise<void> {
    await Promise.all(urls.map((url) => this.modules.preload(url)));
  }

  isLoading(): boolean {
    return this.modules.pending > 0;
  }

  async shutdown(): Promise<void> {
    this.#root.signal({ type: "Stop" });
    await this.terminated;
  }

  // For the rest of the kernel

  makeChild<C>(parent: ActorCell<never>, spec: ChildSpec<C>): ActorCell<C> {
    invariant(
      spec.id !== "" && !spec.id.includes("/"),
      `the id of a child is one part of a path: ${spec.id}`,
    );
    return new ActorCell<C>(this, parent, spec);
  }

  nobody(path: string): SystemRef {
    return new Nobody(this, path);
  }

  shared(name: string): SharedArrayBuffer {
    const memory = this.#shared[name];
    invariant(memory !== undefined, `shared memory ${name} was given to the system at its start`);
    return memory;
  }

  forgetNumber(_number: number): void {}

  rootEnded(cause: unknown): void {
    this.timers.close();
    if (cause !== undefined) this.log.error({ err: cause }, "the root gave up");
    this.#terminated.resolve({ cause });
  }

  /** The actor at a path of this node, as far as it is on this thread. */
  #cellAt(path: string): SystemRef | undefined {
    const root = this.#root.path;
    if (path === root) return this.#root;
    if (!path.startsWith(`${root}/`)) return undefined;
    let at: SystemRef | undefined = this.#root;
    for (const id of path.slice(root.length + 1).split("/")) {
      at = at instanceof ActorCell ? (at.child(id) as SystemRef | undefined) : undefined;
      if (at === undefined) return undefined;
    }
    return at;
  }

  /** Parents before their children. */
  #cells(): ActorCell<never>[] {
    const cells: ActorCell<never>[] = [];
    const toVisit: ActorCell<never>[] = this.#root.hasEnded ? [] : [this.#root];
    for (let cell = toVisit.pop(); cell !== undefined; cell = toVisit.pop()) {
      cells.push(cell);
      for (const child of [...cell.ownChildren()].reverse()) {
        if (child instanceof ActorCell) toVisit.push(child.untyped);
      }
    }
    return cells;
  }
}
