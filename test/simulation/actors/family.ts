/** Members of supervision trees, which say when they start and end. */
import { type Behavior, receive, same, setup } from "../../../runtime/behavior.ts";
import { type ChildSpec, placed } from "../../../runtime/supervisor.ts";

class Ledger {
  /** Paths in the order of their last signals. */
  readonly ended: string[] = [];
  readonly broken: string[] = [];
}

export let ledger = new Ledger();

export const newLedger = (): Ledger => {
  ledger = new Ledger();
  return ledger;
};

const MODULE = import.meta.url;

/** Starts its children in their order and ticks, so that faults find it at work. */
export const member = ({
  specs,
  everyMs,
}: {
  readonly specs: readonly ChildSpec<never>[];
  readonly everyMs: number;
}): Behavior<"tick"> =>
  setup((ctx) => {
    for (const spec of specs) ctx.spawn(spec);
    ctx.startPeriodicTimer("tick", "tick", everyMs);
    return receive(() => same, {
      onSignal: ({ type }) => {
        if (type === "PostStop") ledger.ended.push(ctx.self.path);
        return same;
      },
    });
  });

export const memberSpec = (
  id: string,
  specs: readonly ChildSpec<never>[],
  rest: Pick<ChildSpec<never>, "restart"> & Partial<ChildSpec<never>>,
): ChildSpec<never> => ({
  id,
  start: placed(MODULE, "member", { specs, everyMs: 2 }),
  shutdownMs: Number.POSITIVE_INFINITY,
  ...rest,
});
