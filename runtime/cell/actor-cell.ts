/**
 * An actor: mailbox, turn, life, address and context in one object, so that a million idle ones cost
 * little. Four files, each building on the one before:
 *
 *   mailbox.ts ▶ cell-intake.ts ▶ cell-turn.ts ▶ cell-life.ts ▶ cell-move.ts ▶ this one: what others call
 */
import type { ActorContext } from "../actor-context.ts";
import type { ActorRef } from "../actor-ref.ts";
import { ActorAsk, HoldingAsk } from "../ask.ts";
import { DeathWatch } from "../death-watch.ts";
import { ImpatientRef } from "../impatient-ref.ts";
import { invariant } from "../invariant.ts";
import { CONTROL_LANE_MAX } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { ActorInfo, ActorTimes } from "../metrics.ts";
import type { Receptionist } from "../receptionist.ts";
import { Stash } from "../stash.ts";
import type { Child } from "../supervision.ts";
import type { ChildSpec } from "../supervisor.ts";
import { isSystemRef } from "../system-messages.ts";
import { CellMove } from "./cell-move.ts";
import { LOOK } from "./cell-state.ts";
import type { ControlItem } from "./control-items.ts";
import { ActorTimer, PipedPromise } from "./control-items.ts";

export class ActorCell<M> extends CellMove<M> implements ActorContext<M>, ActorRef<M>, Child {
  // Address

  get path(): string {
    return this.parent === undefined
      ? `mycel://${this.system.node}/${this.spec.id}`
      : `${this.parent.path}/${this.spec.id}`;
  }

  toJSON(): string {
    return this.path;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `ActorRef(${this.path})`;
  }

  // Context

  protected get context(): ActorContext<M> {
    return this;
  }

  get self(): ActorRef<M> {
    return this;
  }

  get log(): Logger {
    const state = this.ensureState();
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
    return this.addChild(spec);
  }

  child(id: string): ActorRef<never> | undefined {
    return this.childOf(id);
  }

  stop(child: ActorRef<never>): void {
    if (!isSystemRef(child)) return;
    this.ownChild(child)?.signal({ type: "Stop" });
  }

  watch(ref: ActorRef<never>): void {
    const watched = isSystemRef(ref) ? ref : this.system.nobody(ref.path);
    const state = this.ensureState();
    state.watch ??= new DeathWatch();
    if (state.watch.begin(watched)) watched.signal({ type: "Watch", watcher: this });
  }

  unwatch(ref: ActorRef<never>): void {
    if (!isSystemRef(ref)) return;
    if (this.state?.watch?.end(ref)) ref.signal({ type: "Unwatch", watcher: this });
  }

  startTimer(key: string, message: M, delayMs: number): void {
    this.beginTimer(key, message, delayMs, 0);
  }

  startPeriodicTimer(key: string, message: M, everyMs: number): void {
    invariant(everyMs > 0, `timer ${key} of ${this.path} has a period`);
    this.beginTimer(key, message, everyMs, everyMs);
  }

  cancelTimer(key: string): void {
    this.state?.timers?.get(key)?.cancel();
    this.state?.timers?.delete(key);
  }

  stash(message: M): boolean {
    const state = this.ensureState();
    state.stash ??= new Stash(this.spec.stash);
    return state.stash.put(message);
  }

  pipeToSelf<T>(
    promise: Promise<T>,
    onValue: (value: T) => M,
    onFault: (cause: unknown) => M,
  ): void {
    const descent = this.state?.descent;
    if (descent !== undefined) descent.promises += 1;
    else this.ensureState().promises += 1;
    const piped = new PipedPromise(this, promise, onValue, onFault);
    this.system.tracing.remember(piped);
  }

  ask<Q, A>(
    target: ActorRef<Q>,
    request: (replyTo: ActorRef<A>) => Q,
    timeoutMs: number,
    onAnswer: (answer: A) => M,
    onTimeout: () => M,
  ): void {
    this.awaitAnswer(new ActorAsk<M, A>(this, onAnswer, onTimeout), target, request, timeoutMs);
  }

  askAndHold<Q, A>(
    target: ActorRef<Q>,
    request: (replyTo: ActorRef<A>) => Q,
    timeoutMs: number,
    onAnswer: (answer: A) => M,
    onTimeout: () => M,
  ): void {
    const isHeld = (this.look & (LOOK.held | LOOK.answered)) !== 0;
    invariant(!isHeld, `${this.path} holds its messages for one answer at a time`);
    this.look |= LOOK.held;
    this.awaitAnswer(new HoldingAsk<M, A>(this, onAnswer, onTimeout), target, request, timeoutMs);
  }

  impatient<T>(ref: ActorRef<T>): ActorRef<T> {
    return new ImpatientRef(ref, this.system.dispatcher);
  }

  refAt<T>(path: string): ActorRef<T> {
    return this.system.refAt(path);
  }

  shared(name: string): SharedArrayBuffer {
    return this.system.shared(name);
  }

  // For the rest of the kernel

  forgetTimer(key: string): void {
    this.state?.timers?.delete(key);
  }

  promiseSettled(promise: ControlItem<M>): void {
    if (this.state !== undefined) this.state.promises -= 1;
    this.putControl(promise);
  }

  forgetAsk(ask: ControlItem<M> & { drop(): void }): void {
    this.state?.asks?.delete(ask);
  }

  /** The receptionist is to be told of the end. */
  markListed(): void {
    this.ensureState().listed = true;
  }

  info(): ActorInfo {
    return {
      path: this.path,
      parent: this.parent?.path ?? null,
      thread: this.system.thread,
      mailboxDepth: this.count + (this.state?.controlLane?.count ?? 0),
      mailboxCapacity: this.capacity,
      processed: this.processed,
      failures: this.state?.failures ?? 0,
      restarts: this.incarnation,
    };
  }

  times(): ActorTimes | undefined {
    return this.state?.times?.told(this.path);
  }

  private awaitAnswer<Q, A>(
    ask: ActorAsk<M, A>,
    target: ActorRef<Q>,
    request: (replyTo: ActorRef<A>) => Q,
    timeoutMs: number,
  ): void {
    const state = this.ensureState();
    state.asks ??= new Set();
    invariant(
      state.asks.size < CONTROL_LANE_MAX,
      `${this.path} awaits a bounded number of answers`,
    );
    state.asks.add(ask);
    this.system.tracing.remember(ask);
    this.system.timers.start(ask, timeoutMs);
    target.tell(request(ask));
  }

  private beginTimer(key: string, message: M, delayMs: number, everyMs: number): void {
    const state = this.ensureState();
    state.timers ??= new Map();
    state.timers.get(key)?.cancel();
    invariant(
      state.timers.size < CONTROL_LANE_MAX || state.timers.has(key),
      `${this.path} has a bounded number of timers`,
    );
    const timer = new ActorTimer(this, key, message, everyMs);
    state.timers.set(key, timer);
    if (everyMs === 0) this.system.tracing.remember(timer);
    this.system.timers.start(timer, delayMs);
  }
}
