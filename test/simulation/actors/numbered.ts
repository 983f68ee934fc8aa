/** Senders of numbered messages and their receivers, and the ledger of what became of each number. */
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { type Behavior, movable, receive, same } from "../../../runtime/behavior.ts";

export interface Numbered {
  readonly from: string;
  readonly to: string;
  readonly n: number;
}

/** One sender to one receiver. */
export class Pair {
  /** By number: whether `tell` took it. */
  readonly taken: boolean[] = [];
  /** By number: how often it was handled, and how often a dead letter. */
  readonly handled: number[] = [];
  readonly dead: number[] = [];
  readonly inHand: number[] = [];
  newest = -1;
}

export class Ledger {
  readonly pairs = new Map<string, Pair>();
  readonly broken: string[] = [];

  pair(from: string, to: string): Pair {
    const key = `${from} ▶ ${to}`;
    let pair = this.pairs.get(key);
    if (pair === undefined) {
      pair = new Pair();
      this.pairs.set(key, pair);
    }
    return pair;
  }

  handle({ from, to, n }: Numbered): void {
    const pair = this.pair(from, to);
    if (n <= pair.newest) this.broken.push(`${to} handled ${n} of ${from} after ${pair.newest}`);
    pair.newest = Math.max(pair.newest, n);
    pair.handled[n] = (pair.handled[n] ?? 0) + 1;
  }
}

/** One world runs at a time; a new one begins a new ledger. */
export let ledger = new Ledger();

export const newLedger = (): Ledger => {
  ledger = new Ledger();
  return ledger;
};

export interface SenderOptions {
  readonly id: string;
  readonly receivers: Readonly<Record<string, ActorRef<Numbered>>>;
  readonly quota: number;
  readonly burstMax: number;
  readonly everyMs: number;
}

/** Sends bursts to each receiver until each has had its quota; a restart goes on where it was. */
export const sender = ({
  id,
  receivers,
  quota,
  burstMax,
  everyMs,
}: SenderOptions): Behavior<"go"> =>
  movable(
    () => ({ hasBegun: false }),
    (ctx, state) => {
      // Timers move along.
      if (!state.hasBegun) ctx.startPeriodicTimer("go", "go", everyMs);
      state.hasBegun = true;
      return receive(() => {
        let left = 0;
        for (const [to, ref] of Object.entries(receivers)) {
          const pair = ledger.pair(id, to);
          const burst = 1 + Math.floor(ctx.random() * burstMax);
          for (let i = 0; i < burst && pair.taken.length < quota; i += 1) {
            const n = pair.taken.length;
            pair.taken.push(true);
            pair.taken[n] = ref.tell({ from: id, to, n });
          }
          left += quota - pair.taken.length;
        }
        if (left === 0) ctx.cancelTimer("go");
        return same;
      });
    },
  );

export const receiver = (): Behavior<Numbered> =>
  movable(
    () => ({}),
    () =>
      receive((message) => {
        ledger.handle(message);
        return same;
      }),
  );

type StashingCommand = Numbered | "open";

/** Sets aside all it gets until its timer opens it, and from time to time again. */
export const stashingReceiver = ({ everyMs }: { everyMs: number }): Behavior<StashingCommand> =>
  movable(
    () => ({ hasBegun: false, isOpen: false }),
    (ctx, state) => {
      if (!state.hasBegun) ctx.startPeriodicTimer("open", "open", everyMs);
      state.hasBegun = true;
      return receive<StashingCommand>((message) => {
        if (message === "open") {
          state.isOpen = !state.isOpen;
          if (state.isOpen) ctx.unstashAll();
        } else if (state.isOpen) ledger.handle(message);
        else if (!ctx.stash(message)) ledger.broken.push("a stash within its bound takes all");
        return same;
      });
    },
  );
