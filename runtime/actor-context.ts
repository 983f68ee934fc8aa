/**
 * What an actor may do besides handling its message. Time, order and chance come from here and
 * from nowhere else, so that a seed replays a run.
 */
import type { ActorRef } from "./actor-ref.ts";
import type { Logger } from "./logger.ts";
import type { Receptionist } from "./receptionist.ts";
import type { ChildSpec } from "./supervisor.ts";

export interface ActorContext<M> {
  readonly self: ActorRef<M>;
  readonly log: Logger;
  readonly receptionist: Receptionist;

  /** ms since the epoch; virtual under simulation. */
  nowMs(): number;
  /** Uniform in [0, 1). */
  random(): number;

  /**
   * Starts a child under this actor's supervision; an id in use is a bug and throws. A child whose
   * spec names a module may live on another thread; one with a plain function lives on this thread.
   */
  spawn<C>(spec: ChildSpec<C>): ActorRef<C>;
  child(id: string): ActorRef<never> | undefined;
  /** Stops a child: its children first, `PostStop`, killed after `shutdownMs`. */
  stop(child: ActorRef<never>): void;

  /** Asks for one `Terminated` when `ref` stops for good (also if it already has). */
  watch(ref: ActorRef<never>): void;
  unwatch(ref: ActorRef<never>): void;

  /** A timer of the same key is replaced; all end with the actor or its restart. */
  startTimer(key: string, message: M, delayMs: number): void;
  /** Periodic: ticks that the actor was too slow for are merged into one. */
  startPeriodicTimer(key: string, message: M, everyMs: number): void;
  cancelTimer(key: string): void;

  /** Sets the message aside; false when the stash (bounded, `StashOptions`) is full. */
  stash(message: M): boolean;
  /** Puts the stashed messages before the rest of the mailbox, in their order. */
  unstashAll(): void;

  /** The promise's end becomes a message to this actor; after a restart it is dropped. */
  pipeToSelf<T>(
    promise: Promise<T>,
    onValue: (value: T) => M,
    onFault: (cause: unknown) => M,
  ): void;

  /**
   * Sends `request(replyTo)` and turns the first answer, or its absence after `timeoutMs`, into a
   * message to this actor.
   */
  ask<Q, A>(
    target: ActorRef<Q>,
    request: (replyTo: ActorRef<A>) => Q,
    timeoutMs: number,
    onAnswer: (answer: A) => M,
    onTimeout: () => M,
  ): void;

  /**
   * As `ask`, and the outcome is the next message: all others wait in the mailbox, whose bound holds;
   * signals do not. For one answer at a time.
   */
  askAndHold<Q, A>(
    target: ActorRef<Q>,
    request: (replyTo: ActorRef<A>) => Q,
    timeoutMs: number,
    onAnswer: (answer: A) => M,
    onTimeout: () => M,
  ): void;

  /**
   * The same actor, told in vain rather than waited for: where its mailbox or the way there would make this
   * one wait, `tell` says false. For this actor's own use: it crosses no thread.
   */
  impatient<T>(ref: ActorRef<T>): ActorRef<T>;

  /** A ref to the actor at this path; to nobody, if none is there (messages become dead letters). */
  refAt<T>(path: string): ActorRef<T>;
  /** Shared memory given to the system at its start, the same on every thread. */
  shared(name: string): SharedArrayBuffer;
}
