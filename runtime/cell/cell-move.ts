/**
 * The fourth part of an actor cell: how it leaves for another thread, and how it arrives.
 *
 *   running ──freeze──▶ takes messages, handles none ──letters, baggage──▶ depart: a shell is left
 *   frozen from its start, takes messages ──settle(letters, baggage)──▶ goes on where it was
 *
 * A shell passes on what is told to it, so that refs to the cell stay refs to the actor.
 */
import { DeathWatch } from "../death-watch.ts";
import { ByteMessage, PUT } from "../mailbox.ts";
import { RingQueue } from "../ring-queue.ts";
import { Stash } from "../stash.ts";
import type { SystemMessage, SystemRef } from "../system-messages.ts";
import type { ActorCell } from "./actor-cell.ts";
import type { Baggage, ControlBaggage } from "./baggage.ts";
import { CellLife } from "./cell-life.ts";
import { LOOK, NOT_STARTED, PHASE, RareState } from "./cell-state.ts";
import { ActorTimer, CausedItem, type ControlItem, ControlMessage } from "./control-items.ts";

export type Immovable = "notMovable" | "hasChildren";

export abstract class CellMove<M> extends CellLife<M> {
  /** Why it can never move as it is; undefined when it can, now or soon. */
  immovable(): Immovable | undefined {
    const { start, mailbox } = this.spec;
    if (this.parent === undefined || typeof start !== "object") return "notMovable";
    const rules = [mailbox?.conflateBy, mailbox?.isControl];
    if (rules.some((rule) => typeof rule === "function")) return "notMovable";
    if (this.hasChildren) return "hasChildren";
    const isStateless = this.phase === PHASE.running && this.state?.carried === undefined;
    return isStateless ? "notMovable" : undefined;
  }

  /** Whether nothing is under way that cannot go along: asks, promises, waiting for credit, a restart. */
  get isQuiet(): boolean {
    const { phase, state } = this;
    if (phase === PHASE.passive) return state === undefined || state.promises === 0;
    if (phase !== PHASE.running || state === undefined) return false;
    return (
      (this.look & (LOOK.outOfCredit | LOOK.held | LOOK.answered)) === 0 &&
      !state.asks?.size &&
      state.promises === 0 &&
      (state.controlLane?.items() ?? [])
        .map(plainItem)
        .every((item) => item instanceof ActorTimer || item instanceof ControlMessage)
    );
  }

  /** From now on it takes messages and handles none. */
  freeze(): void {
    this.look |= LOOK.frozen;
  }

  /** It goes on here after all. */
  unfreeze(): void {
    this.look &= ~LOOK.frozen;
    this.wake();
  }

  /** All that goes along but the mailbox; taken as a picture, so that it can be looked at before. */
  pack(): Baggage {
    const state = this.ensureState();
    const { clock } = this.system;
    const toEpochMs = clock.nowMs() - clock.monotonicMs();
    const timers = [...(state.timers ?? [])].map(([key, timer]) => ({
      key,
      message: timer.message,
      dueAtMs: timer.dueMs + toEpochMs,
      everyMs: timer.everyMs,
      isStarted: timer.slot >= 0,
    }));
    return {
      hasState: this.phase !== PHASE.passive,
      state: state.carried?.state,
      stash: state.stash?.all() ?? [],
      timers,
      control: (state.controlLane?.items() ?? [])
        .map(plainItem)
        .flatMap((item): ControlBaggage[] => {
          if (item instanceof ControlMessage) return [{ message: item.message }];
          if (!(item instanceof ActorTimer)) return [];
          return state.timers?.get(item.key) === item ? [{ timer: item.key }] : [];
        }),
      signals: state.systemLane?.items() ?? [],
      watching: [...(state.watch?.watching() ?? [])],
      watchers: [...(state.watch?.watchers() ?? [])],
      isListed: state.listed,
      subscriptions: this.system.receptionist.subscriptionsOf(this),
      processed: this.processed,
      failures: state.failures,
      incarnation: state.incarnation,
    };
  }

  /** Leaves a shell; `away` is the actor where it lives now. */
  depart(away: SystemRef): void {
    const state = this.ensureState();
    this.giveCredit();
    for (const timer of state.timers?.values() ?? []) timer.cancel();
    this.system.receptionist.unsubscribe(this);
    this.shedAll("stopped");
    this.look = PHASE.moved;
    this.behave(NOT_STARTED);
    this.rare = undefined;
    const shell = new RareState<M>();
    shell.away = away;
    this.state = shell;
  }

  /** Goes on here: with what it had in its mailbox there, then with what has come here meanwhile. */
  settle(letters: readonly unknown[], baggage: Baggage): void {
    const state = this.ensureState();
    this.processed += baggage.processed;
    state.failures = baggage.failures;
    state.incarnation = baggage.incarnation;
    state.listed = baggage.isListed;
    for (const watcher of baggage.watchers) {
      state.watch ??= new DeathWatch();
      state.watch.addWatcher(watcher);
    }
    this.putBefore(baggage.signals);
    state.arrival = baggage;
    const held = this.takeLetters();
    for (const letter of letters) this.appendLetter(letter);
    for (const letter of held) this.putLetter(letter);
    // Anew, so that the end of those who ended meanwhile is told as well.
    for (const watched of baggage.watching) this.watch(watched);
    for (const key of baggage.subscriptions) {
      this.system.receptionist.subscribe({ id: key }, this.untyped);
    }
    if (this.phase !== PHASE.loading) this.unfreeze();
  }

  /** What came here for one who will not arrive. */
  takeLetters(): unknown[] {
    const letters: unknown[] = [];
    while (this.count > 0) letters.push(this.takeLetter());
    return letters;
  }

  override moduleLoaded(cause: unknown): void {
    super.moduleLoaded(cause);
    if (this.state?.arrival !== undefined) this.unfreeze();
  }

  /** It has not arrived, and nobody is to hear of this cell again. */
  vanish(letters: readonly unknown[]): void {
    const { systemLane } = this.ensureState();
    for (const letter of [...letters, ...this.takeLetters()]) this.shed(letter, "threadLost");
    this.giveCredit();
    this.look = PHASE.ended;
    this.shedAll("threadLost");
    for (const left of systemLane?.items() ?? []) this.signal(left);
    this.state = undefined;
  }

  abstract watch(ref: SystemRef): void;

  protected override start(): void {
    super.start();
    const { state } = this;
    const arrival = state?.arrival;
    if (state === undefined || arrival === undefined) return;
    state.arrival = undefined;
    if (this.phase !== PHASE.running) return;
    if (arrival.stash.length > 0) state.stash = new Stash(this.spec.stash, arrival.stash as M[]);
    this.restoreTimers(state, arrival);
    for (const item of arrival.control) {
      if ("timer" in item) state.timers?.get(item.timer)?.putIn();
      else this.putControl(new ControlMessage(this, item.message as M));
    }
  }

  /** As they were: what the behavior has started just now, as at a first start, does not count. */
  private restoreTimers(state: RareState<M>, arrival: Baggage): void {
    const { clock, timers } = this.system;
    const toMonotonicMs = clock.monotonicMs() - clock.nowMs();
    for (const timer of state.timers?.values() ?? []) timer.cancel();
    state.timers = new Map();
    for (const { key, message, dueAtMs, everyMs, isStarted } of arrival.timers) {
      const cell = this as unknown as ActorCell<M>;
      const timer = new ActorTimer(cell, key, message as M, everyMs);
      state.timers.set(key, timer);
      if (isStarted) timers.startAt(timer, dueAtMs + toMonotonicMs);
    }
  }

  private putBefore(signals: readonly SystemMessage[]): void {
    const state = this.ensureState();
    const held = state.systemLane?.items() ?? [];
    if (signals.length + held.length === 0) return;
    state.systemLane = new RingQueue();
    for (const signal of [...signals, ...held]) state.systemLane.push(signal);
    this.look |= LOOK.system;
  }

  private appendLetter(letter: unknown): void {
    if (this.rules.overflow === "conflate") this.putLetter(letter);
    else if (!(letter instanceof ByteMessage)) this.append(letter);
    else {
      const { bytes, tag, atMs } = letter;
      if (!this.appendBytes(bytes, 0, bytes.length, tag, atMs)) this.putLetter(letter);
    }
  }

  /** As if it came now. Where senders are made to wait it has been taken already. */
  private putLetter(letter: unknown): void {
    const isTaken = this.rules.overflow === "backpressure";
    if (isTaken && !(letter instanceof ByteMessage)) this.append(letter);
    else if (!(letter instanceof ByteMessage)) this.put(letter as M);
    else {
      const { bytes, tag, atMs } = letter;
      const put = isTaken
        ? this.appendBytes(bytes, 0, bytes.length, tag, atMs)
        : this.putBytes(bytes, 0, bytes.length, tag, atMs) !== PUT.refused;
      if (!put && isTaken) this.shed(letter, "mailboxFull");
    }
  }
}

const plainItem = <M>(item: ControlItem<M>): ControlItem<M> =>
  item instanceof CausedItem ? item.item : item;
