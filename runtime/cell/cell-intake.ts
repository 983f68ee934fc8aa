/**
 * The first part of an actor cell: how messages come in, and how a full mailbox makes senders wait.
 *
 *   tell ──▶ room? ──▶ mailbox ──▶ run queue
 *             └ full, policy `backpressure` ──▶ the sender finishes its handler and waits for credit,
 *               which comes when the mailbox is half empty; beyond the overshoot it is refused
 */

import type { ActorRef } from "../actor-ref.ts";
import type { SystemCore } from "../actor-system.ts";
import { BYTES_LETTER, type DeadLetterReason } from "../dead-letters.ts";
import { BYTE_RING_BYTES_MAX, CONTROL_LANE_MAX, SAMPLE_EVERY, WAIT_CHAIN_MAX } from "../limits.ts";
import { BYTES, isTooLarge, Mailbox, PUT, type Put } from "../mailbox.ts";
import { isControl, type MessageKey } from "../mailbox-rules.ts";
import { messageType } from "../message-type.ts";
import type { Note } from "../rare-mailbox-state.ts";
import { RingQueue } from "../ring-queue.ts";
import type { ChildSpec, MailboxSpec } from "../supervisor.ts";
import type { SystemRef } from "../system-messages.ts";
import { type Cause, type HopOutcome, looksAtEach } from "../watching/tracing.ts";
import type { ActorCell } from "./actor-cell.ts";
import { LOOK, MAILBOX_DEFAULT, PHASE, PHASE_BITS, type Phase, RareState } from "./cell-state.ts";
import type { ControlItem } from "./control-items.ts";
import { CausedItem, ControlMessage, RuleFault } from "./control-items.ts";

/** A module's own constants are folded into its code; an imported one is read anew at each use. */
const BYTES_SLOT = BYTES;

/** Tells on this thread until the next one is looked at: to be timed, or to see whether it is traced. */
let untilLook = SAMPLE_EVERY;
/** Of those that are looked at, until one is timed, while all are. */
let untilSample = SAMPLE_EVERY;
/** 0 … SAMPLE_EVERY - 1, each once in a round that jumps about. */
let jump = 0;

/**
 * `SAMPLE_EVERY` on average, and never the same twice: messages come in rounds, and whoever has the same
 * place in each would always be timed or never.
 */
function nextSample(): number {
  jump = (5 * jump + 77) % SAMPLE_EVERY;
  return (SAMPLE_EVERY >> 1) + jump;
}

/** The next tell takes the long way. */
export function lookAtNext(): void {
  untilLook = 0;
}

export abstract class CellIntake<M> extends Mailbox<M> {
  readonly system: SystemCore;
  readonly parent: SystemRef | undefined;
  readonly spec: ChildSpec<M>;
  /** Unique on the node once another thread knows of it, else 0. */
  number = 0;
  protected state: RareState<M> | undefined = undefined;
  /** A set of `LOOK` and the phase; 0 lets the turn take the next message at once. */
  protected look: number = PHASE.starting;
  /** In the run queue, or in its turn. */
  protected queued = false;

  constructor(system: SystemCore, parent: SystemRef | undefined, spec: ChildSpec<M>) {
    super();
    this.system = system;
    this.parent = parent;
    this.spec = spec;
    this.openShortWay();
  }

  abstract get path(): string;

  protected get rules(): MailboxSpec<M> {
    return this.spec.mailbox ?? (MAILBOX_DEFAULT as MailboxSpec<M>);
  }

  protected get phase(): Phase {
    return (this.look & PHASE_BITS) as Phase;
  }

  protected set phase(phase: Phase) {
    this.look = (this.look & ~PHASE_BITS) | phase;
  }

  /** The cell where its message type plays no part. */
  get untyped(): ActorCell<never> {
    return this as unknown as ActorCell<never>;
  }

  tell(message: M): boolean {
    const { count } = this;
    if (count < this.limit && --untilLook > 0) {
      const { slots } = this;
      if (slots.length === 0) this.front = message;
      else slots[(this.head + count) & (slots.length - 1)] = message;
      this.count = count + 1;
      if (!this.queued) this.wake();
      return true;
    }
    return this.tellTheLongWay(message);
  }

  tellBytes(bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): boolean {
    return (
      this.putBytesTheShortWay(bytes, start, end, tag, atMs) ||
      this.tellBytesTheLongWay(bytes, start, end, tag, atMs)
    );
  }

  private tellBytesTheLongWay(
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    if (this.phase >= PHASE.ended) {
      const { away } = this.state ?? {};
      if (away !== undefined) return away.tellBytes(bytes, start, end, tag, atMs);
    }
    if (this.count >= this.limit) untilLook -= 1;
    const isLookedAt = untilLook <= 0;
    const cause = isLookedAt ? this.system.tracing.causeTo(this) : undefined;
    if (this.phase >= PHASE.ended) return this.lost(BYTES_LETTER, "stopped", cause);
    const waits = this.mustWait();
    if (waits === "refused") return this.refused(BYTES_LETTER, cause);
    const put = this.putBytes(bytes, start, end, tag, atMs);
    if (put === PUT.refused) return this.refused(BYTES_LETTER, cause);
    if (isLookedAt) this.noteNewest(BYTES, put, cause);
    if (waits === "waits") this.makeSenderWait();
    if (!this.queued) this.wake();
    return true;
  }

  /** Come from another thread. With backpressure it came on credit, so there is room for it. */
  arrive(message: M): void {
    const isOnCredit = this.rules.overflow === "backpressure" && this.count >= this.capacity;
    if (!isOnCredit || this.phase >= PHASE.ended) {
      this.tell(message);
      return;
    }
    if (this.isControl(message)) {
      this.putControl(new ControlMessage(this, message));
      return;
    }
    this.append(message);
    if (untilLook <= 0) {
      this.noteNewest(message, PUT.queued, this.system.tracing.causeTo(this));
    }
    this.wake();
  }

  arriveBytes(bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): void {
    if (!this.putBytesTheShortWay(bytes, start, end, tag, atMs)) {
      this.arriveBytesTheLongWay(bytes, start, end, tag, atMs);
    }
  }

  /** As `tell`, to a mailbox that had bytes before; false when there is more to be looked at. */
  private putBytesTheShortWay(
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    const { count, rare } = this;
    if (count >= this.limit || --untilLook <= 0) return false;
    if (!rare?.bytes?.put(bytes, start, end, tag, atMs)) return false;
    const { slots } = this;
    if (slots.length === 0) this.front = BYTES_SLOT;
    else slots[(this.head + count) & (slots.length - 1)] = BYTES_SLOT;
    this.count = count + 1;
    if (!this.queued) this.wake();
    return true;
  }

  private arriveBytesTheLongWay(
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): void {
    if (this.rules.overflow !== "backpressure" || this.phase >= PHASE.ended) {
      this.tellBytesTheLongWay(bytes, start, end, tag, atMs);
      return;
    }
    if (this.count >= this.limit) untilLook -= 1;
    const isLookedAt = untilLook <= 0;
    const cause = isLookedAt ? this.system.tracing.causeTo(this) : undefined;
    if (isTooLarge(end - start) || !this.appendBytes(bytes, start, end, tag, atMs)) {
      this.lost(BYTES_LETTER, "mailboxFull", cause);
      return;
    }
    if (isLookedAt) this.noteNewest(BYTES, PUT.queued, cause);
    this.wake();
  }

  /** Whether the mailbox is at most half full. */
  get hasCreditToGive(): boolean {
    const bytes = this.rare?.bytes?.waitingBytes ?? 0;
    return this.count <= this.capacity >> 1 && bytes <= BYTE_RING_BYTES_MAX >> 1;
  }

  /** As soon as the mailbox is half empty. */
  lendWhenThereIsRoom(): void {
    const state = this.ensureState();
    state.pushesBackAfar = true;
    state.waiting ??= [];
  }

  /**
   * False when the item was not taken, for which a dead letter is left. There is always room for what the
   * actor itself has a bounded number of: `isOwn`.
   */
  putControl(item: ControlItem<M>, isOwn = false): boolean {
    if (this.phase >= PHASE.ended) {
      item.abandon("stopped");
      return false;
    }
    const state = this.ensureState();
    state.controlLane ??= new RingQueue();
    if (!isOwn && state.controlLane.count >= CONTROL_LANE_MAX) {
      item.abandon("controlFull");
      return false;
    }
    state.controlLane.push(this.withCause(item));
    this.look |= LOOK.control;
    this.wake();
    return true;
  }

  /** The answer that both lanes wait for is there. */
  letThrough(item: ControlItem<M>): void {
    this.ensureState().answer = this.withCause(item);
    this.look = (this.look & ~LOOK.held) | LOOK.answered;
    this.wake();
  }

  /** Is not run again until as many `resume`s have come. */
  pause(): void {
    this.ensureState().debts += 1;
    this.look |= LOOK.outOfCredit;
  }

  resume(): void {
    if (this.phase >= PHASE.ended) return;
    const state = this.ensureState();
    state.debts -= 1;
    if (state.debts > 0) return;
    this.look &= ~LOOK.outOfCredit;
    this.wake();
  }

  shed(message: unknown, reason: DeadLetterReason): void {
    const { deadLetters, tracing } = this.system;
    deadLetters.put(message, this, reason);
    if (reason === "unhandled" && tracing.running !== undefined) tracing.running.unhandled = true;
  }

  protected override shedNoted(
    message: unknown,
    reason: DeadLetterReason,
    note: Note | undefined,
  ): void {
    this.lost(message, reason, note?.cause);
  }

  /** Becomes a dead letter, and the end of its trace; true, as it was sent. */
  protected lost(message: unknown, reason: DeadLetterReason, cause: Cause | undefined): true {
    this.shed(message, reason);
    this.endTrace(message, reason, cause);
    return true;
  }

  protected refused(message: unknown, cause: Cause | undefined): false {
    const leavesLetter = this.rules.overflow !== "backpressure";
    this.endTrace(message, leavesLetter ? "mailboxFull" : "refused", cause);
    return false;
  }

  protected endTrace(message: unknown, outcome: HopOutcome, cause: Cause | undefined): void {
    if (cause !== undefined) {
      this.system.tracing.lost(cause, this.path, messageType(message), outcome);
    }
  }

  protected withCause(item: ControlItem<M>): ControlItem<M> {
    const { tracing } = this.system;
    const cause = tracing.isOn
      ? tracing.causeOf(item, this, item instanceof ControlMessage)
      : undefined;
    return cause === undefined ? item : new CausedItem(item, cause);
  }

  protected wake(): void {
    if (this.queued || !this.hasWork()) return;
    this.queued = true;
    this.system.dispatcher.enqueue(this.untyped);
  }

  protected hasWork(): boolean {
    const { look, phase } = this;
    if (look === 0) return this.count > 0;
    if ((look & LOOK.frozen) !== 0) return false;
    if ((look & LOOK.system) !== 0 || phase === PHASE.starting) return true;
    return (
      (phase === PHASE.running || phase === PHASE.passive) &&
      (look & (LOOK.outOfCredit | LOOK.held)) === 0 &&
      (this.count > 0 || (look & (LOOK.control | LOOK.answered)) !== 0)
    );
  }

  protected giveCredit(): void {
    const { state } = this;
    if (state === undefined) return;
    const waiting = state.waiting ?? [];
    state.waiting = undefined;
    for (const sender of waiting) {
      sender.ensureState().waitsFor = undefined;
      sender.resume();
    }
    if (!state.pushesBackAfar) return;
    state.pushesBackAfar = false;
    this.system.gateway?.lent.roomAgain(this.number);
  }

  protected ensureState(): RareState<M> {
    this.state ??= new RareState();
    return this.state;
  }

  protected tellTheLongWay(message: M): boolean {
    if (this.phase >= PHASE.ended) {
      const { away } = this.state ?? {};
      if (away !== undefined) return (away as ActorRef<unknown>).tell(message);
    }
    // The short way has counted only what found room in the slots.
    if (this.count >= this.limit) untilLook -= 1;
    const isLookedAt = untilLook <= 0;
    const cause = isLookedAt ? this.system.tracing.causeTo(this) : undefined;
    if (this.phase >= PHASE.ended) return this.lost(message, "stopped", cause);
    if (this.isControl(message)) return this.putControl(new ControlMessage(this, message));
    const waits = this.mustWait();
    if (waits === "refused") return this.refused(message, cause);
    const put = this.put(message);
    if (put === PUT.refused) return this.refused(message, cause);
    if (isLookedAt) this.noteNewest(message, put, cause);
    if (waits === "waits") this.makeSenderWait();
    if (!this.queued) this.wake();
    return true;
  }

  /** Notes the message just put if it is traced, or its turn to be timed. */
  protected noteNewest(message: unknown, put: Put, cause: Cause | undefined): void {
    const { tracing, clock } = this.system;
    const looksOn =
      tracing.running !== undefined || tracing.arriving !== undefined || looksAtEach();
    untilSample = looksOn ? untilSample - 1 : 0;
    const isTimed = untilSample <= 0;
    if (isTimed) untilSample = nextSample();
    untilLook = looksOn ? 0 : untilSample;
    if (put === PUT.shed) {
      this.endTrace(message === BYTES ? BYTES_LETTER : message, "droppedNewest", cause);
    } else if (cause !== undefined) this.note(message, clock.monotonicMs(), cause);
    else if (isTimed && this.hasShortWay() && !this.hasNotes) {
      this.note(message, clock.monotonicMs(), undefined);
    }
  }

  private isControl(message: M): boolean {
    try {
      return isControl(this.rules, message);
    } catch (cause) {
      this.failInTurn(cause);
      return false;
    }
  }

  protected override keyOf(message: M): MessageKey {
    try {
      return super.keyOf(message);
    } catch (cause) {
      this.failInTurn(cause);
      return undefined;
    }
  }

  /** A rule of this mailbox threw: not the sender's fault. The message waits as data. */
  private failInTurn(cause: unknown): void {
    this.putControl(new RuleFault(cause));
  }

  /** Whether the mailbox pushes back on whoever sends now. */
  protected mustWait(): "goesOn" | "waits" | "refused" {
    if (this.rules.overflow !== "backpressure" || !this.isFull) return "goesOn";
    const sender = this.system.dispatcher.waiter;
    // Nobody outside an actor can be made to wait, and waiting for oneself would be for ever.
    if (sender === undefined || this.waitsAlong(sender)) return "refused";
    return "waits";
  }

  /** Whether this actor waits, through others perhaps, for `sender`. */
  protected waitsAlong(sender: ActorCell<never>): boolean {
    let waiting: ActorCell<never> | undefined = this.untyped;
    for (let hops = 0; waiting !== undefined; hops += 1) {
      if (waiting === sender || hops > WAIT_CHAIN_MAX) return true;
      waiting = waiting.state?.waitsFor;
    }
    return false;
  }

  protected makeSenderWait(): void {
    const sender = this.system.dispatcher.waiter;
    if (sender === undefined) return;
    const state = sender.ensureState();
    if (state.waitsFor !== undefined) return;
    state.waitsFor = this.untyped;
    sender.pause();
    const own = this.ensureState();
    own.waiting ??= [];
    own.waiting.push(sender);
  }
}
