/**
 * Tracing on one thread: what a message leads to, hop by hop, under one causal id over actors and threads.
 *
 *   message to a traced actor ──▶ a trace begins: its cause goes with the message
 *   handler of such a message ──tell, ask, timer, promise──▶ the same trace, one deeper
 *   each message handled, or lost on its way ──▶ a hop, kept until the main thread asks for it
 *
 * Nothing of it is on the short way of `tell`: what is to be looked at takes the long way, as a message that
 * is timed does. It is on for a while after the main thread has asked (`tracer.ts`) and ends by itself.
 */
import type { SystemCore } from "../actor-system.ts";
import type { DeadLetterReason } from "../dead-letters.ts";
import {
  TRACE_DEPTH_MAX,
  TRACE_HOPS_KEPT,
  TRACE_LEASE_MS_MAX,
  TRACE_MS_MAX,
  TRACED_ACTORS_MAX,
} from "../limits.ts";
import { Alarm } from "../timers.ts";

/** Goes with a traced message, to other threads too. Times are monotonic ms, the same on all threads. */
export interface Cause {
  /** Who wants to see it. */
  readonly tracer: number;
  readonly trace: number;
  /** The hop whose handler sent the message; 0 for the first. */
  readonly parent: number;
  /** Hops before this one. */
  readonly depth: number;
  /** Path of the sender; null for code outside actors. */
  readonly from: string | null;
  readonly sentMs: number;
  /** What is sent later is no part of the trace. */
  readonly endsMs: number;
}

/** One message of a trace, handled or lost. */
export interface Hop {
  readonly tracer: number;
  readonly trace: number;
  readonly hop: number;
  /** The hop whose handler sent it; null for the first. */
  readonly parent: number | null;
  readonly from: string | null;
  readonly to: string;
  /** Where it was handled, or lost. */
  readonly thread: number;
  readonly type: string;
  /** ms since the epoch. */
  readonly sentMs: number;
  readonly waitMs: number;
  readonly handlerMs: number;
  readonly outcome: HopOutcome;
}

/** `refused`: its sender was told that nothing was sent. */
export type HopOutcome = "handled" | "failed" | "refused" | DeadLetterReason;

/** Which actor is traced, for whom. */
export interface TracedActor {
  readonly tracer: number;
  readonly path: string;
}

/** What a thread has seen since it was last asked. */
export interface TraceReport {
  readonly hops: readonly Hop[];
  /** Messages that would have begun or gone on with a trace, had there been room for their hops. */
  readonly missed: number;
}

interface RunningHop {
  readonly cause: Cause;
  readonly hop: number;
  readonly to: string;
  readonly type: string;
  readonly startMs: number;
  unhandled: boolean;
}

/** Hops and traces of a thread are numbered from thread * 2^40: apart from those of all others. */
const NUMBERS_PER_THREAD = 2 ** 40;

/** Systems on this thread (several in a simulation) that have a traced actor. */
let tracingSystems = 0;

/** Whether each message told on this thread is to be looked at. */
export const looksAtEach = (): boolean => tracingSystems > 0;

export class Tracing {
  /** Whether the main thread has asked lately. */
  isOn = false;
  /** The traced message being handled. */
  running: RunningHop | undefined = undefined;
  /** Of the message that is just coming in from another thread. */
  arriving: Cause | undefined = undefined;
  readonly #system: SystemCore;
  readonly #lookAtNext: () => void;
  /** The main thread has not asked for so long that nobody looks any more. */
  readonly #lease: Alarm;
  /** Tracer, by the path of an actor anywhere and by the actor if it is here. */
  #tracers = new Map<object | string, number>();
  /** Of what comes later by itself: timers, promises, asks without an answer. */
  #remembered = new WeakMap<object, Cause>();
  #hops: Hop[] = [];
  #missed = 0;
  #last: number;

  /** `lookAtNext`: has the next tell take the long way. */
  constructor(system: SystemCore, lookAtNext: () => void) {
    this.#system = system;
    this.#lookAtNext = lookAtNext;
    this.#last = system.thread * NUMBERS_PER_THREAD;
    this.#lease = new Alarm(() => this.stop());
  }

  /** Traces these actors until the lease is over, and tells what was seen since the last time. */
  renew(actors: readonly TracedActor[]): TraceReport {
    const report = { hops: this.#hops, missed: this.#missed };
    this.#hops = [];
    this.#missed = 0;
    const before = this.#tracers.size;
    this.#tracers = new Map();
    for (const { tracer, path } of actors.slice(0, TRACED_ACTORS_MAX)) {
      this.#tracers.set(path, tracer);
      this.#tracers.set(this.#system.guestAt(path) ?? this.#system.find(path), tracer);
    }
    if (actors.length > 0) this.#lookAtNext();
    tracingSystems += Math.sign(this.#tracers.size) - Math.sign(before);
    this.isOn = actors.length > 0;
    if (this.isOn) this.#system.timers.start(this.#lease, TRACE_LEASE_MS_MAX);
    else this.#system.timers.cancel(this.#lease);
    return report;
  }

  stop(): void {
    this.renew([]);
    this.#remembered = new WeakMap();
  }

  /** Of a message that is told now to an actor, given as itself or, on another thread, by its path. */
  causeTo(receiver: object | string): Cause | undefined {
    if (!this.isOn) return undefined;
    if (this.arriving !== undefined) return this.arriving;
    if (this.running !== undefined) return this.#after(this.running);
    const tracer = this.#tracers.get(receiver);
    return tracer === undefined ? undefined : this.#begin(tracer);
  }

  /** Of an item that comes into an actor's control lane now; `told` where it is a message of another's. */
  causeOf(item: object, receiver: { readonly path: string }, told: boolean): Cause | undefined {
    if (!this.isOn) return undefined;
    const remembered =
      this.arriving === undefined && this.running === undefined
        ? this.#remembered.get(item)
        : undefined;
    if (remembered === undefined) {
      const cause = this.causeTo(receiver);
      return cause?.from === null && !told ? { ...cause, from: receiver.path } : cause;
    }
    const sentMs = this.#nowMs();
    return sentMs > remembered.endsMs ? undefined : { ...remembered, sentMs };
  }

  /** The handler has started something that comes to it by itself, later. */
  remember(item: object): void {
    const cause = this.running === undefined ? undefined : this.#after(this.running);
    if (cause !== undefined) this.#remembered.set(item, cause);
  }

  /** A traced message comes in from another thread. */
  arrive(cause: Cause, take: () => void): void {
    this.arriving = this.isOn ? cause : undefined;
    this.#lookAtNext();
    try {
      take();
    } finally {
      this.arriving = undefined;
    }
  }

  /** How to deliver later what is arriving and has to wait for its actor. */
  held<F>(deliver: (found: F) => boolean): (found: F) => boolean {
    const { arriving } = this;
    if (arriving === undefined) return deliver;
    return (found) => {
      let taken = false;
      this.arrive(arriving, () => {
        taken = deliver(found);
      });
      return taken;
    };
  }

  /** The handler of a traced message begins; `leave` follows, whatever comes of it. */
  enter(cause: Cause, to: { readonly path: string }, type: string): void {
    if (!this.isOn || !this.#hasRoom(TRACE_HOPS_KEPT)) return;
    this.#lookAtNext();
    const startMs = this.#nowMs();
    this.running = { cause, hop: this.#next(), to: to.path, type, startMs, unhandled: false };
  }

  leave(hasFailed: boolean): void {
    const { running } = this;
    if (running === undefined) return;
    this.running = undefined;
    const { cause, hop, to, type, startMs, unhandled } = running;
    const outcome = hasFailed ? "failed" : unhandled ? "unhandled" : "handled";
    this.#keep(cause, hop, { to, type, startMs, handlerMs: this.#nowMs() - startMs, outcome });
  }

  /** The message was lost on its way, or refused. */
  lost(cause: Cause, to: string, type: string, outcome: HopOutcome): void {
    if (!this.isOn || !this.#hasRoom(TRACE_HOPS_KEPT)) return;
    const startMs = this.#nowMs();
    this.#keep(cause, this.#next(), { to, type, startMs, handlerMs: 0, outcome });
  }

  #keep(
    cause: Cause,
    hop: number,
    seen: Pick<Hop, "to" | "type" | "handlerMs" | "outcome"> & { readonly startMs: number },
  ): void {
    const { tracer, trace, parent, from, sentMs } = cause;
    const { to, type, startMs, handlerMs, outcome } = seen;
    this.#hops.push({
      tracer,
      trace,
      hop,
      parent: parent === 0 ? null : parent,
      from,
      to,
      thread: this.#system.thread,
      type,
      sentMs: this.#system.clock.nowMs() - (this.#nowMs() - sentMs),
      waitMs: Math.max(0, startMs - sentMs),
      handlerMs,
      outcome,
    });
  }

  #begin(tracer: number): Cause | undefined {
    // Half of the room is left for what the traces lead to.
    if (!this.#hasRoom(TRACE_HOPS_KEPT / 2)) return undefined;
    const sentMs = this.#nowMs();
    return {
      tracer,
      trace: this.#next(),
      parent: 0,
      depth: 0,
      from: this.#system.dispatcher.running?.path ?? null,
      sentMs,
      endsMs: sentMs + TRACE_MS_MAX,
    };
  }

  #after({ cause, hop, to }: RunningHop): Cause | undefined {
    const { tracer, trace, endsMs } = cause;
    const depth = cause.depth + 1;
    const sentMs = this.#nowMs();
    if (depth >= TRACE_DEPTH_MAX || sentMs > endsMs) return undefined;
    return { tracer, trace, parent: hop, depth, from: to, sentMs, endsMs };
  }

  #hasRoom(most: number): boolean {
    if (this.#hops.length < most) return true;
    this.#missed += 1;
    return false;
  }

  #next(): number {
    this.#last += 1;
    return this.#last;
  }

  #nowMs(): number {
    return this.#system.clock.monotonicMs();
  }
}
