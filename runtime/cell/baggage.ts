/** What goes along when an actor moves to another thread: all that is its own but the mailbox. */
import type { SystemMessage, SystemRef } from "../system-messages.ts";

export interface Baggage {
  /** False for a passive actor, which starts anew. */
  readonly hasState: boolean;
  /** Of a movable behavior; undefined where it lies in a store. */
  readonly state: unknown;
  readonly stash: readonly unknown[];
  readonly timers: readonly TimerBaggage[];
  /** The control lane, oldest first. */
  readonly control: readonly ControlBaggage[];
  /** The system lane, oldest first. */
  readonly signals: readonly SystemMessage[];
  readonly watching: readonly SystemRef[];
  readonly watchers: readonly SystemRef[];
  readonly isListed: boolean;
  /** Service keys of whose listings it is told. */
  readonly subscriptions: readonly string[];
  readonly processed: number;
  readonly failures: number;
  readonly incarnation: number;
}

export interface TimerBaggage {
  readonly key: string;
  readonly message: unknown;
  /** ms since the epoch, which all threads share. */
  readonly dueAtMs: number;
  /** 0: once. */
  readonly everyMs: number;
  /** Started, and not only waiting in the control lane. */
  readonly isStarted: boolean;
}

/** A timer's message, by the timer's key, or a message that the mailbox's rules call control. */
export type ControlBaggage = { readonly timer: string } | { readonly message: unknown };
