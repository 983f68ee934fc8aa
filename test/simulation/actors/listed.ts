/** Actors that enter themselves at the receptionist and leave again, and one that is told of changes. */
import { type Behavior, receive, same, setup } from "../../../runtime/behavior.ts";
import { type Listing, serviceKey } from "../../../runtime/receptionist.ts";

class Ledger {
  readonly broken: string[] = [];
  /** Paths that are entered now, as their actors see it; by key. */
  readonly entered = new Map<string, Set<string>>();
  /** Paths that each subscriber was told last, by subscriber. */
  readonly told = new Map<string, readonly string[]>();
  isClosing = false;
}

export let ledger = new Ledger();

export const newLedger = (): Ledger => {
  ledger = new Ledger();
  for (const { id } of KEYS) ledger.entered.set(id, new Set());
  return ledger;
};

export const KEYS = [serviceKey<never>("red"), serviceKey<never>("blue")];

/** A restart keeps its entries. */
export const listed = (): Behavior<"tick"> =>
  setup((ctx) => {
    ctx.startPeriodicTimer("tick", "tick", 3);
    return receive(() => {
      if (ledger.isClosing) return same;
      for (const key of KEYS) {
        const chance = ctx.random();
        const entered = ledger.entered.get(key.id) as Set<string>;
        if (chance < 0.3) {
          ctx.receptionist.register(key, ctx.self);
          entered.add(ctx.self.path);
        } else if (chance < 0.5) {
          ctx.receptionist.deregister(key, ctx.self);
          entered.delete(ctx.self.path);
        }
      }
      return same;
    });
  });

export const subscriber = ({ id }: { id: string }): Behavior<Listing<never>> =>
  setup((ctx) => {
    for (const key of KEYS) ctx.receptionist.subscribe(key, ctx.self);
    return receive(({ key, refs }) => {
      ledger.told.set(`${id} ${key}`, refs.map(({ path }) => path).sort());
      return same;
    });
  });
