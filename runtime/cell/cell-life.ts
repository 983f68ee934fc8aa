/**
 * The third part of an actor cell: its life, from the first start to the end.
 *
 *   fault ──▶ temporary: down, ended                      parent ──Halt──▶ down, halted ──Start──▶ starting
 *      └────▶ else failed: the parent is told, which decides
 *
 *   passive ──▶ down ──▶ at rest ──a message──▶ starting
 *
 *   down: children, the last first, each ended before the next ▶ last signal ▶ its promises
 *
 * A restart keeps the address, the mailbox and what was stashed; it loses the behavior's state, its
 * timers, asks and watches, and the message in hand.
 */
import type { ActorRef } from "../actor-ref.ts";
import type { SystemCore } from "../actor-system.ts";
import type { Signal } from "../behavior.ts";
import { Children } from "../children.ts";
import { DeathWatch } from "../death-watch.ts";
import { broken } from "../invariant.ts";
import type { Logger } from "../logger.ts";
import { RingQueue } from "../ring-queue.ts";
import { type Child, Supervision } from "../supervision.ts";
import { type ChildSpec, type Exit, isRestarted } from "../supervisor.ts";
import type { SystemMessage, SystemRef } from "../system-messages.ts";
import {
  Descent,
  LOOK,
  NOT_STARTED,
  PHASE,
  type RareState,
  STOP,
  type WayDown,
} from "./cell-state.ts";
import { CellTurn } from "./cell-turn.ts";

export abstract class CellLife<M> extends CellTurn<M> {
  /** Among the parent's children. */
  place = -1;

  constructor(system: SystemCore, parent: SystemRef | undefined, spec: ChildSpec<M>) {
    super(system, parent, spec);
    const { start } = spec;
    if (typeof start === "object" && !system.modules.isLoaded(start.module)) this.load();
    else this.wake();
  }

  abstract get log(): Logger;

  get id(): string {
    return this.spec.id;
  }

  get identity(): unknown {
    return this.system.identityOf(this.untyped);
  }

  get thread(): number {
    return this.state?.away?.thread ?? this.system.thread;
  }

  get hasMoved(): boolean {
    return this.phase === PHASE.moved;
  }

  signal(message: SystemMessage): void {
    if (this.phase === PHASE.moved) {
      this.state?.away?.signal(message);
      return;
    }
    if (this.phase === PHASE.ended) {
      if (message.type === "Watch") {
        message.watcher.signal({ type: "Terminated", ref: this, cause: undefined });
      }
      return;
    }
    const state = this.ensureState();
    state.systemLane ??= new RingQueue();
    state.systemLane.push(message);
    this.look |= LOOK.system;
    this.wake();
  }

  /** Those who watched from a thread that is lost. */
  forgetWatchers(isLost: (watcher: SystemRef) => boolean): void {
    this.state?.watch?.removeWatchers(isLost);
  }

  get incarnation(): number {
    return this.state?.incarnation ?? 0;
  }

  get hasEnded(): boolean {
    return this.phase === PHASE.ended;
  }

  get hasChildren(): boolean {
    const children = this.state?.children;
    return children !== undefined && children.count > 0;
  }

  ownChildren(): Child[] {
    return this.state?.children?.all() ?? [];
  }

  /** The child that `ref` means, if it is one. */
  ownChild(ref: SystemRef): Child | undefined {
    if (ref instanceof CellLife && this.state?.children?.holds(ref)) return ref;
    const child = this.childOf(idOf(ref));
    return child?.identity === ref.identity ? child : undefined;
  }

  get descent(): unknown {
    return this.state?.descent;
  }

  /** A promise of the last signal has ended. */
  promiseEnded(held: unknown): void {
    const descent = this.state?.descent;
    if (descent === undefined || descent !== held) return;
    descent.promises -= 1;
    if (descent.promises === 0) this.finishDescent(descent);
  }

  /** The module of its behavior is loaded, or cannot be. */
  moduleLoaded(cause: unknown): void {
    if (this.phase !== PHASE.loading) return;
    this.phase = PHASE.starting;
    if (cause === undefined) this.wake();
    else this.fail(cause);
  }

  /**
   * `shutdownMs` has passed: no child and no promise is waited for any more. With its parent it is
   * killed for good, even on its way through a restart.
   */
  kill(forGood: boolean): void {
    const state = this.ensureState();
    state.descent ??= new Descent(this.untyped, [], STOP);
    if (forGood) state.descent.ends = true;
    this.log.warn({ shutdownMs: this.spec.shutdownMs }, "killed: the way to its end took too long");
    this.finishDescent(state.descent);
  }

  unstashAll(): void {
    const messages = this.state?.stash?.takeAll() ?? [];
    for (let i = messages.length - 1; i >= 0; i -= 1) this.putFirst(messages[i] as M);
  }

  protected addChild<C>(spec: ChildSpec<C>): ActorRef<C> {
    if (!this.isAtWork) broken(`${this.path} spawns ${spec.id} while it runs`);
    const state = this.ensureState();
    state.children ??= new Children();
    if (!state.children.isFree(spec.id)) broken(`no child of ${this.path} has the id ${spec.id}`);
    const child = this.system.makeChild(this.untyped, spec);
    state.children.add(child as unknown as Child);
    return child;
  }

  /** The child lives on another thread from now on. */
  replaceChild(child: Child): void {
    this.state?.children?.replace(child);
  }

  protected childOf(id: string): Child | undefined {
    return this.state?.children?.get(id);
  }

  protected start(): void {
    const { start } = this.spec;
    this.settleOn(typeof start === "function" ? start() : this.system.modules.build<M>(start));
    if (this.phase !== PHASE.starting) return;
    this.phase = PHASE.running;
  }

  protected handleSystem(message: SystemMessage): void {
    switch (message.type) {
      case "Terminated": {
        const ref = this.state?.watch?.end(message.ref);
        if (ref === undefined || this.phase !== PHASE.running) return;
        this.handleSignal({ type: "Terminated", ref, cause: message.cause });
        return;
      }
      case "Watch": {
        const state = this.ensureState();
        state.watch ??= new DeathWatch();
        state.watch.addWatcher(message.watcher);
        return;
      }
      case "Unwatch":
        this.state?.watch?.removeWatcher(message.watcher);
        return;
      case "Failed":
        if (this.isAtWork) this.supervision().onFailed(message);
        return;
      case "Halted":
        this.state?.supervision?.onHalted(message.child);
        return;
      case "Ended":
        this.childEnded(message.child, message.cause);
        return;
      case "Stop":
        this.onStop();
        return;
      case "Halt":
        this.onHalt(message.cause);
        return;
      case "Start":
        this.restart();
        return;
    }
  }

  private get isAtWork(): boolean {
    return this.phase === PHASE.running || this.phase === PHASE.starting;
  }

  protected fail(cause: unknown): void {
    if (!this.isAtWork) {
      this.log.error({ err: cause }, "fault while stopping");
      return;
    }
    this.ensureState().failures += 1;
    this.exit("fault", cause);
  }

  /** The actor cannot or will not go on: it ends, or its parent decides. */
  protected exit(exit: Exit, cause: unknown): void {
    const { parent } = this;
    const ends = parent === undefined || !isRestarted(this.spec.restart, exit);
    if (!ends && exit === "fault") {
      this.phase = PHASE.failed;
      parent.signal({ type: "Failed", child: this, exit, cause });
      return;
    }
    if (ends && exit === "normal") this.descend(STOP);
    else this.descend({ signal: STOP.signal, exit, cause, ends, asksParent: !ends });
  }

  protected passivate(): void {
    const isBusy = this.hasChildren || this.state?.asks?.size || this.state?.promises;
    if (isBusy || this.phase !== PHASE.running) return;
    this.descend({ ...STOP, ends: false, rests: true });
  }

  private load(): void {
    this.phase = PHASE.loading;
    const { start } = this.spec;
    if (typeof start === "object") this.system.modules.load(start.module, this.untyped);
  }

  private onStop(): void {
    const descent = this.state?.descent;
    if (descent === undefined) this.descend(STOP);
    else descent.ends = true;
  }

  private onHalt(cause: unknown): void {
    const descent = this.state?.descent;
    if (descent !== undefined) descent.rests = descent.asksParent = false;
    else if (this.phase === PHASE.halted) this.parent?.signal({ type: "Halted", child: this });
    else {
      const signal: Signal = { type: "PreRestart", cause };
      this.descend({ signal, exit: "fault", cause, ends: false, asksParent: false });
    }
  }

  private descend(way: WayDown): void {
    this.phase = PHASE.stopping;
    this.state?.supervision?.abandon();
    // Most have nobody to wait for and no last words.
    if (!this.hasChildren && this.handlers.onSignal === undefined) {
      this.behave(NOT_STARTED);
      this.afterDescent(way);
      return;
    }
    const state = this.ensureState();
    const descent = new Descent(this.untyped, this.ownChildren(), way);
    state.descent = descent;
    const { shutdownMs } = this.spec;
    if (Number.isFinite(shutdownMs)) this.system.timers.start(descent, shutdownMs);
    this.stepDown(descent);
  }

  /** Stops the next child, or goes on when there is none left. */
  private stepDown(descent: Descent): void {
    for (let child = descent.children.pop(); child !== undefined; child = descent.children.pop()) {
      const own = this.ownChild(child);
      if (own === undefined) continue;
      descent.awaited = own;
      own.signal({ type: "Stop" });
      return;
    }
    try {
      this.handlers.onSignal?.(descent.signal);
    } catch (cause) {
      this.log.error({ err: cause, signal: descent.signal.type }, "fault in the last signal");
    }
    this.behave(NOT_STARTED);
    if (descent.promises === 0) this.finishDescent(descent);
  }

  private childEnded(child: SystemRef, cause: unknown): void {
    const own = this.ownChild(child);
    if (own === undefined) return;
    this.state?.children?.remove(own);
    if (cause !== undefined || this.state?.supervision !== undefined) {
      this.supervision().onEnded(child, cause);
    }
    const descent = this.state?.descent;
    if (descent !== undefined && descent.awaited?.id === own.id) {
      descent.awaited = undefined;
      this.stepDown(descent);
    }
  }

  /**
   * A child that no other thread knows of has ended by its own will; false when there is more to it than to
   * forget it.
   */
  private forgetChild(child: Child): boolean {
    const { state } = this;
    if (state === undefined) return true;
    if (state.supervision !== undefined || state.descent !== undefined) return false;
    if (state.children?.holds(child)) state.children.remove(child);
    return true;
  }

  private finishDescent(descent: Descent): void {
    this.system.timers.cancel(descent);
    if (this.state !== undefined) this.state.descent = undefined;
    this.afterDescent(descent);
  }

  /** The way down is behind it. */
  private afterDescent(way: WayDown): void {
    if (this.state !== undefined) this.letGo(this.state);
    if (way.ends) this.end(way.cause);
    else if (way.rests) this.rest();
    else {
      this.phase = PHASE.halted;
      const { exit, cause } = way;
      this.parent?.signal(
        way.asksParent
          ? { type: "Failed", child: this, exit, cause }
          : { type: "Halted", child: this },
      );
    }
  }

  /** Of what it had begun nothing goes on without it. */
  private letGo(state: RareState<M>): void {
    const left = this.ownChildren();
    state.children = undefined;
    for (const child of left) {
      if (child instanceof CellLife) child.kill(true);
      else child.signal({ type: "Stop" });
    }
    for (const timer of state.timers?.values() ?? []) timer.cancel();
    state.timers = undefined;
    for (const ask of state.asks ?? []) ask.drop();
    state.asks = undefined;
    state.answer = undefined;
    state.carried = undefined;
    state.arrival = undefined;
    this.look &= ~(LOOK.held | LOOK.answered);
    state.watch?.endAll(this);
    this.unstashAll();
  }

  /** What is left is the address, the mailbox and those who wait for something of this actor. */
  private rest(): void {
    this.phase = PHASE.passive;
    if (this.count === 0) this.rare = undefined;
    if (this.state?.isBare()) this.state = undefined;
    this.wake();
  }

  private restart(): void {
    if (this.phase !== PHASE.halted) return;
    const state = this.ensureState();
    state.incarnation += 1;
    state.supervision = undefined;
    this.phase = PHASE.starting;
    const { start } = this.spec;
    if (typeof start === "object" && !this.system.modules.isLoaded(start.module)) this.load();
  }

  private end(cause: unknown): void {
    this.look = PHASE.ended;
    this.shedAll("stopped");
    this.giveCredit();
    const { state } = this;
    if (state !== undefined) this.tellOfEnd(state, cause);
    this.state = undefined;
    const { parent, number } = this;
    if (number !== 0) this.system.forgetNumber(number);
    if (parent === undefined) this.system.rootEnded(cause);
    else {
      const isPlain = cause === undefined && number === 0 && parent instanceof CellLife;
      if (isPlain && parent.forgetChild(this)) return;
      parent.signal({ type: "Ended", child: this, cause });
    }
  }

  private tellOfEnd(
    { systemLane, controlLane, watch, listed }: RareState<M>,
    cause: unknown,
  ): void {
    for (let item = controlLane?.shift(); item; item = controlLane?.shift()) {
      item.abandon("stopped");
    }
    watch?.tellWatchers(this, cause);
    // Behind the order to stop there may be one who asks to watch.
    for (let left = systemLane?.shift(); left; left = systemLane?.shift()) this.signal(left);
    if (listed) this.system.receptionist.forget(this);
  }

  private supervision(): Supervision {
    const state = this.ensureState();
    state.supervision ??= new Supervision(this.untyped);
    return state.supervision;
  }
}

/** The last part of its path, which a cell need not put together. */
const idOf = (ref: SystemRef): string =>
  ref instanceof CellLife ? ref.id : ref.path.slice(ref.path.lastIndexOf("/") + 1);
