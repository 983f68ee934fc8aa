/** Actors that end soon, those who watch them, and the ledger of who was told of which end. */
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup, stopped } from "../../../runtime/behavior.ts";
import { placed } from "../../../runtime/supervisor.ts";
import { on } from "../stage.ts";

export interface Watch {
  readonly watcher: string;
  readonly incarnation: number;
  readonly path: string;
  terminated: number;
  unwatched: boolean;
}

class Ledger {
  readonly watches = new Map<string, Watch>();
  readonly incarnations = new Map<string, number>();
  readonly broken: string[] = [];
  lives = 0;

  watchOf(watcher: string, incarnation: number, path: string): Watch {
    const key = `${watcher} ${incarnation} ${path}`;
    let watch = this.watches.get(key);
    if (watch === undefined) {
      watch = { watcher, incarnation, path, terminated: 0, unwatched: false };
      this.watches.set(key, watch);
    }
    return watch;
  }
}

export let ledger = new Ledger();

export const newLedger = (): Ledger => {
  ledger = new Ledger();
  return ledger;
};

const MODULE = import.meta.url;
const LIVES_MAX = 40;

type WatcherCommand = { readonly ref: ActorRef<never> };

/** Watches whom it is told of, some twice; and unwatches some. */
export const watcher = ({ id }: { id: string }): Behavior<WatcherCommand> =>
  setup((ctx) => {
    const incarnation = (ledger.incarnations.get(id) ?? 0) + 1;
    ledger.incarnations.set(id, incarnation);
    let before: ActorRef<never> | undefined;
    return receive(
      ({ ref }) => {
        const watch = ledger.watchOf(id, incarnation, ref.path);
        ctx.watch(ref);
        if (ctx.random() < 0.25) ctx.watch(ref);
        if (before !== undefined && ctx.random() < 0.2) {
          ctx.unwatch(before);
          ledger.watchOf(id, incarnation, before.path).unwatched = true;
        }
        before = watch.unwatched ? undefined : ref;
        return same;
      },
      {
        onSignal: (signal) => {
          if (signal.type !== "Terminated") return same;
          const watch = ledger.watchOf(id, incarnation, signal.ref.path);
          watch.terminated += 1;
          const what = `${signal.ref.path} to ${id}`;
          if (watch.terminated > 1) ledger.broken.push(`Terminated twice of ${what}`);
          if (watch.unwatched) ledger.broken.push(`Terminated after unwatch of ${what}`);
          return same;
        },
      },
    );
  });

/** Ends after a while, by its own will or by a throw, which for one that is `temporary` is the end too. */
export const mortal = (): Behavior<"end"> =>
  setup((ctx) => {
    ctx.startTimer("end", "end", 1 + ctx.random() * 40);
    return receive(() => stopped);
  });

export interface BreederOptions {
  readonly watchers: readonly ActorRef<WatcherCommand>[];
  readonly threads: number;
}

/** Starts a mortal here or there every few ms, and tells the watchers. */
export const breeder = ({ watchers, threads }: BreederOptions): Behavior<"breed"> =>
  setup((ctx) => {
    ctx.startPeriodicTimer("breed", "breed", 3);
    return receive(() => {
      if (ledger.lives >= LIVES_MAX) return same;
      ledger.lives += 1;
      const ref = ctx.spawn<"end">({
        id: `mortal-${ledger.lives}`,
        start: placed(MODULE, "mortal", {}),
        placement: on(Math.floor(ctx.random() * threads)),
        restart: "temporary",
        shutdownMs: 1_000,
      });
      for (const each of watchers) each.tell({ ref });
      return same;
    });
  });
