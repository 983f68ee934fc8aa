/**
 * Behavior: what an actor does with its next message. A handler runs to its end on one thread and
 * returns the behavior for the message after it; async work ends as a message to the actor itself
 * (`ctx.pipeToSelf`). A restart builds the behavior anew from its `setup`, so closures are lost.
 */
import type { ActorContext } from "./actor-context.ts";
import type { ActorRef } from "./actor-ref.ts";

/** Messages of the kernel, handled before any other in the mailbox. */
export type Signal =
  | { readonly type: "PreRestart"; readonly cause: unknown }
  | { readonly type: "PostStop" }
  | { readonly type: "Terminated"; readonly ref: ActorRef<never>; readonly cause?: unknown };

export interface Receive<M> {
  readonly kind: "receive";
  readonly onMessage: OnMessage<M>;
  readonly handlers: Handlers<M>;
}

export type OnMessage<M> = (message: M) => Behavior<M>;

/** For what is not a message. */
export interface Handlers<M> {
  readonly onSignal?: (signal: Signal) => Behavior<M>;
  readonly onBytes?: OnBytes<M>;
}

/**
 * Reads `bytes[start, end)` in place: the range is valid until the handler returns and must not be
 * kept or written to. `tag` and `atMs` are what the sender gave to `tellBytes`.
 */
export type OnBytes<M> = (
  bytes: Uint8Array,
  start: number,
  end: number,
  tag: number,
  atMs: number,
) => Behavior<M>;

export interface Setup<M> {
  readonly kind: "setup";
  /** A method, so that a `Behavior<HubCommand>` may stand among others as a `Behavior<never>`. */
  start(ctx: ActorContext<M>): Behavior<M>;
  /** Instead of `start`, where the behavior can go on on another thread. */
  readonly movable?: Movable<M>;
}

/** A behavior whose state is one value of plain data, which goes along when its actor moves. */
export interface Movable<M> {
  initial(): unknown;
  run(ctx: ActorContext<M>, state: unknown): Behavior<M>;
}

export interface Directive {
  readonly kind: "same" | "stopped" | "passive" | "unhandled";
}

export type Behavior<M> = Receive<M> | Setup<M> | Directive;

/** Keeps the current behavior. */
export const same: Directive = { kind: "same" };
/** Ends the actor after this message: children first, then `PostStop`. */
export const stopped: Directive = { kind: "stopped" };
/**
 * Gives up behavior and state, after `PostStop`, and keeps the address, the mailbox and the watchers;
 * the next message starts the actor anew. Timers and own watches are lost, as in a restart. While it
 * has children, or asks or piped promises under way, it stays as it is.
 */
export const passive: Directive = { kind: "passive" };
/** Keeps the current behavior and makes the message a dead letter with reason `unhandled`. */
export const unhandled: Directive = { kind: "unhandled" };

/** Runs once for each start or restart, with the context the handlers close over. */
export const setup = <M>(start: (ctx: ActorContext<M>) => Behavior<M>): Behavior<M> => ({
  kind: "setup",
  start,
});

/**
 * A behavior whose actor can move to another thread. The state is one value of plain data that handlers
 * change in place; `initial` makes it at each start or restart. `run` is called then, and once more on
 * each thread the actor arrives at, with the state that came along. Timers, stash and watches come
 * along by themselves; a behavior that lies in a store has no state here and recovers on arrival.
 */
export const movable = <S, M>(
  initial: () => S,
  run: (ctx: ActorContext<M>, state: S) => Behavior<M>,
): Behavior<M> => ({
  kind: "setup",
  start: (ctx) => run(ctx, initial()),
  movable: { initial, run: (ctx, state) => run(ctx, state as S) },
});

export const receive = <M>(
  onMessage: OnMessage<M>,
  handlers: Handlers<M> = NO_HANDLERS,
): Behavior<M> => ({ kind: "receive", onMessage, handlers });

const NO_HANDLERS = {};
