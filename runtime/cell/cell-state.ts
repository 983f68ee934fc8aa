/**
 * What an actor cell keeps of itself: its phase, why its next turn is not simply the next message, and
 * the state that few actors have at any one time and that is therefore an object apart.
 *
 *   loading ▶ starting ▶ running ▶ failed ▶ stopping ▶ halted ▶ starting …    (a restart)
 *                                            stopping ▶ ended
 *                          running ▶ stopping ▶ passive ▶ starting …              (the next message)
 */

import { type Receive, receive, type Signal, unhandled } from "../behavior.ts";
import type { Children } from "../children.ts";
import type { DeathWatch } from "../death-watch.ts";
import { MAILBOX_CAPACITY_DEFAULT } from "../limits.ts";
import type { Logger } from "../logger.ts";
import type { RingQueue } from "../ring-queue.ts";
import type { Stash } from "../stash.ts";
import type { Child, Supervision } from "../supervision.ts";
import type { Exit, MailboxSpec } from "../supervisor.ts";
import type { SystemMessage, SystemRef } from "../system-messages.ts";
import { Timer } from "../timers.ts";
import type { MessageTimes } from "../watching/message-times.ts";
import type { ActorCell } from "./actor-cell.ts";
import type { Baggage } from "./baggage.ts";
import type { ActorTimer, ControlItem } from "./control-items.ts";

/**
 * Why the next message may not simply be the mailbox's next one. `held`: nothing but the system lane
 * until the answer that the actor waits for; `answered`: it is there, and comes first; `frozen`:
 * nothing at all, the actor is on its way to another thread.
 */
export const LOOK = {
  system: 1,
  control: 2,
  outOfCredit: 4,
  held: 8,
  answered: 16,
  frozen: 32,
} as const;

/** In the bits above those of `LOOK`, so that 0 says that nothing keeps a message from its handler. */
export const PHASE = {
  running: 0,
  loading: 1 << 6,
  starting: 2 << 6,
  failed: 3 << 6,
  stopping: 4 << 6,
  halted: 5 << 6,
  passive: 6 << 6,
  ended: 7 << 6,
  /** It lives on another thread: a shell that passes on what refs to it here are told. */
  moved: 8 << 6,
} as const;
export type Phase = (typeof PHASE)[keyof typeof PHASE];
export const PHASE_BITS = 15 << 6;

export const NOT_STARTED = receive(() => unhandled) as Receive<unknown>;

export const MAILBOX_DEFAULT: MailboxSpec<never> = {
  capacity: MAILBOX_CAPACITY_DEFAULT,
  overflow: "refuse",
};

export interface WayDown {
  readonly signal: Signal;
  readonly exit: Exit;
  readonly cause: unknown;
  readonly ends: boolean;
  readonly rests?: boolean;
  readonly asksParent: boolean;
}

/** Ends for good, of its own will or because it was told to. */
export const STOP: WayDown = {
  signal: { type: "PostStop" },
  exit: "normal",
  cause: undefined,
  ends: true,
  asksParent: false,
};

/** A way down with stops: children, last signal, promises of that signal, then the report to the parent. */
export class Descent extends Timer implements WayDown {
  readonly cell: ActorCell<never>;
  readonly signal: Signal;
  readonly exit: Exit;
  readonly cause: unknown;
  /** Still to be stopped, the next one last. */
  readonly children: Child[];
  awaited: Child | undefined = undefined;
  promises = 0;
  /** For good, not for a restart. */
  ends: boolean;
  /** Not for a restart, but until the next message. */
  rests: boolean;
  /** The parent does not know yet, and is to decide. */
  asksParent: boolean;

  constructor(cell: ActorCell<never>, children: Child[], how: WayDown) {
    super();
    this.cell = cell;
    this.children = children;
    this.signal = how.signal;
    this.exit = how.exit;
    this.cause = how.cause;
    this.ends = how.ends;
    this.rests = how.rests === true;
    this.asksParent = how.asksParent;
  }

  /** `shutdownMs` is over. */
  fire(): void {
    this.cell.kill(false);
  }
}

/** What few actors have at any one time. */
export class RareState<M> {
  systemLane: RingQueue<SystemMessage> | undefined = undefined;
  controlLane: RingQueue<ControlItem<M>> | undefined = undefined;
  children: Children | undefined = undefined;
  watch: DeathWatch | undefined = undefined;
  supervision: Supervision | undefined = undefined;
  timers: Map<string, ActorTimer<M>> | undefined = undefined;
  asks: Set<ControlItem<M> & { drop(): void }> | undefined = undefined;
  /** The answer for which both lanes are held, once it is there. */
  answer: ControlItem<M> | undefined = undefined;
  stash: Stash<M> | undefined = undefined;
  descent: Descent | undefined = undefined;
  /** Piped to the actor and not settled. */
  promises = 0;
  /** Senders that wait until this mailbox has room again. */
  waiting: ActorCell<never>[] | undefined = undefined;
  /** The mailbox this actor waits for. */
  waitsFor: ActorCell<never> | undefined = undefined;
  /** For how many mailboxes and ways this actor waits. */
  debts = 0;
  /** Senders on other threads wait as well. */
  pushesBackAfar = false;
  log: Logger | undefined = undefined;
  times: MessageTimes | undefined = undefined;
  /** Known to the receptionist, which is to forget it at its end. */
  listed = false;
  /** Of a movable behavior: what goes along to another thread. */
  carried: { readonly state: unknown } | undefined = undefined;
  /** What came along, until the behavior goes on here. */
  arrival: Baggage | undefined = undefined;
  /** Of a shell: the actor where it lives. */
  away: SystemRef | undefined = undefined;
  failures = 0;
  incarnation = 0;

  /** Whether a passive actor may do without this object. */
  isBare(): boolean {
    return (
      !this.systemLane?.count &&
      !this.controlLane?.count &&
      this.watch?.isIdle !== false &&
      this.waiting === undefined &&
      this.debts === 0 &&
      this.promises === 0 &&
      !this.listed &&
      this.failures === 0 &&
      this.incarnation === 0
    );
  }
}
