/**
 * The second part of an actor cell: its turn, in which it handles what has come in.
 *
 *            ┌─ system lane: Stop, Failed, Terminated …   first, never shed
 *   turn ◀───┼─ control lane: own timers, answers, promises
 *            └─ data lane: the mailbox
 */
import type { ActorContext } from "../actor-context.ts";
import {
  type Behavior,
  type Handlers,
  type Movable,
  type OnMessage,
  type Receive,
  type Signal,
  same,
  unhandled,
} from "../behavior.ts";
import { BYTES_LETTER } from "../dead-letters.ts";
import { broken } from "../invariant.ts";
import { SETUP_DEPTH_MAX, TURN_MESSAGES_MAX } from "../limits.ts";
import { BYTES, NONE, NOTED, NOTED_BYTES } from "../mailbox.ts";
import { messageType } from "../message-type.ts";
import type { Exit } from "../supervisor.ts";
import type { SystemMessage } from "../system-messages.ts";
import { MessageTimes } from "../watching/message-times.ts";
import type { Cause } from "../watching/tracing.ts";
import { CellIntake } from "./cell-intake.ts";
import { LOOK, NOT_STARTED, PHASE } from "./cell-state.ts";
import { CausedItem, type ControlItem, NOTHING } from "./control-items.ts";

// A module's own constants are folded into its code; an imported one is read anew at each use.
const [SAME, TURN_MOST] = [same, TURN_MESSAGES_MAX];
const [NO_FRONT, BYTES_SLOT, NOTED_SLOT, NOTED_BYTES_SLOT] = [NONE, BYTES, NOTED, NOTED_BYTES];

export abstract class CellTurn<M> extends CellIntake<M> {
  /** The behavior, in parts: an actor of its own closures then holds no object for it. */
  protected onMessage: OnMessage<M> = NOT_STARTED.onMessage;
  protected handlers: Handlers<M> = NOT_STARTED.handlers;
  protected processed = 0;

  protected abstract get context(): ActorContext<M>;
  protected abstract start(): void;
  protected abstract handleSystem(message: SystemMessage): void;
  /** A handler has thrown. */
  protected abstract fail(cause: unknown): void;
  /** The behavior wants to be given up until the next message. */
  protected abstract passivate(): void;
  /** The behavior is over, by its own will or by a fault. */
  protected abstract exit(exit: Exit, cause: unknown): void;

  runTurn(): number {
    let left = TURN_MOST;
    try {
      while (left > 0) {
        if (this.look !== 0) {
          if (!this.attend()) break;
          left -= 1;
          continue;
        }
        if (this.count === 0) break;
        left -= 1;
        let message = this.front;
        if (message !== NO_FRONT) this.front = NO_FRONT;
        else {
          const slots = this.slots;
          const at = this.head & (slots.length - 1);
          message = slots[at];
          slots[at] = undefined;
        }
        this.head = (this.head + 1) | 0;
        this.count -= 1;
        if (message === BYTES_SLOT) {
          this.handleBytes();
          continue;
        }
        if (message === NOTED_SLOT || message === NOTED_BYTES_SLOT) {
          this.handleNoted(message === NOTED_BYTES_SLOT);
          continue;
        }
        const { onMessage } = this;
        const next = onMessage(message as M);
        if (next !== SAME) this.become(next, message);
      }
    } catch (cause) {
      this.fail(cause);
    }
    const handled = TURN_MOST - left;
    this.processed += handled;
    if (this.count === 0 && this.slots.length > 0) this.noteDrained();
    if (this.state?.waiting !== undefined && this.hasCreditToGive) this.giveCredit();
    if (this.hasWork()) this.system.dispatcher.enqueue(this.untyped);
    else this.queued = false;
    return handled;
  }

  protected handleSignal(signal: Signal): void {
    const next = this.handlers.onSignal?.(signal) ?? same;
    if (next !== same && next !== unhandled) this.become(next, signal);
  }

  protected settleOn(behavior: Behavior<M>): void {
    let next = behavior;
    if (next.kind === "setup" && this.state !== undefined) this.state.carried = undefined;
    for (let depth = 0; next.kind === "setup"; depth += 1) {
      if (depth === SETUP_DEPTH_MAX) broken(`the setups of ${this.path} come to an end`);
      next = next.movable === undefined ? next.start(this.context) : this.goOn(next.movable);
    }
    if (next.kind === "stopped") this.exit("normal", undefined);
    else if (next.kind === "receive") this.behave(next);
    else broken(`the setup of ${this.path} returns how to receive`);
  }

  protected behave({ onMessage, handlers }: Receive<M>): void {
    this.onMessage = onMessage;
    this.handlers = handlers;
  }

  /** A movable behavior starts, or goes on with the state that came along from another thread. */
  protected goOn({ initial, run }: Movable<M>): Behavior<M> {
    const state = this.ensureState();
    const { arrival } = state;
    state.carried = { state: arrival?.hasState ? arrival.state : initial() };
    return run(this.context, state.carried.state);
  }

  /** What comes before the mailbox; false when the turn is over. Only messages count as processed. */
  protected attend(): boolean {
    if ((this.look & LOOK.frozen) !== 0) return false;
    if (this.phase === PHASE.starting && this.state?.arrival !== undefined) {
      this.processed -= 1;
      this.start();
      return true;
    }
    if ((this.look & LOOK.system) !== 0) {
      const systemLane = this.state?.systemLane;
      const message = systemLane?.shift();
      if (!systemLane?.count) this.look &= ~LOOK.system;
      this.processed -= 1;
      if (message !== undefined) this.handleSystem(message);
      return true;
    }
    if (this.phase === PHASE.passive && this.hasWork()) this.phase = PHASE.starting;
    if (this.phase === PHASE.starting) {
      this.processed -= 1;
      this.start();
      return true;
    }
    if (this.phase !== PHASE.running) return false;
    if ((this.look & (LOOK.outOfCredit | LOOK.held)) !== 0) return false;
    const wasHeld = (this.look & LOOK.answered) !== 0;
    const item = this.nextControl();
    const message = item === undefined ? NOTHING : item.toMessage();
    if (message === NOTHING) return true;
    if (item instanceof CausedItem) this.handleTraced(item.cause, message);
    else this.handle(message);
    // The next message may hold it again: this is when one that always writes is quiet.
    if (wasHeld) this.system.gateway?.moves.departures.step();
    return true;
  }

  protected nextControl(): ControlItem<M> | undefined {
    const state = this.ensureState();
    if ((this.look & LOOK.answered) !== 0) {
      const { answer } = state;
      state.answer = undefined;
      this.look &= ~LOOK.answered;
      return answer;
    }
    const item = state.controlLane?.shift();
    if (!state.controlLane?.count) this.look &= ~LOOK.control;
    return item;
  }

  protected handle(message: M): void {
    const { onMessage } = this;
    const next = onMessage(message);
    if (next !== same) this.become(next, message);
  }

  protected handleBytes(): void {
    const ring = this.rare?.bytes;
    if (ring === undefined) broken("a byte ring holds what the slot announces");
    ring.take();
    const { onBytes } = this.handlers;
    if (onBytes === undefined) {
      ring.release();
      this.shed(BYTES_LETTER, "unhandled");
      return;
    }
    try {
      const next = onBytes(ring.bytes, ring.start, ring.end, ring.tag, ring.atMs);
      if (next !== SAME) this.become(next, BYTES_LETTER);
    } finally {
      ring.release();
    }
  }

  protected handleNoted(isBytes: boolean): void {
    const { message, atMs, cause } = this.takeNote();
    const letter = isBytes ? BYTES_LETTER : message;
    const state = this.ensureState();
    state.times ??= new MessageTimes();
    const { wait, handler } = state.times.of(letter);
    const { clock } = this.system;
    const startMs = clock.monotonicMs();
    wait.add(startMs - atMs);
    try {
      if (cause !== undefined) this.handleTraced(cause, letter);
      else if (isBytes) this.handleBytes();
      else this.handle(message as M);
    } finally {
      handler.add(clock.monotonicMs() - startMs);
    }
  }

  /** What the handler does is part of the trace. */
  protected handleTraced(cause: Cause, message: unknown): void {
    const { tracing } = this.system;
    tracing.enter(cause, this, messageType(message));
    let failed = true;
    try {
      if (message === BYTES_LETTER) this.handleBytes();
      else this.handle(message as M);
      failed = false;
    } finally {
      tracing.leave(failed);
    }
  }

  protected become(next: Behavior<M>, message: unknown): void {
    switch (next.kind) {
      case "receive":
        this.behave(next);
        return;
      case "setup":
        this.settleOn(next);
        return;
      case "unhandled":
        this.shed(message, "unhandled");
        return;
      case "stopped":
        this.exit("normal", undefined);
        return;
      case "passive":
        this.passivate();
        return;
      case "same":
        return;
    }
  }
}
