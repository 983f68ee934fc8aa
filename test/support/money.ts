/** A ledger, a treasury and wallets over one store in a simulation, and what a test asks of them. */
import type { DashboardCommand } from "../../actors/dashboard/messages.ts";
import { ledger } from "../../actors/ledger/ledger.ts";
import type {
  AccountId,
  Balance,
  LedgerAnswer,
  LedgerCommand,
  Leg,
  Supply,
  TransferOrder,
} from "../../actors/ledger/messages.ts";
import type { BountyAnswer, TreasuryCommand } from "../../actors/wallet/messages.ts";
import { treasury } from "../../actors/wallet/treasury.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { MemoryStore } from "../../runtime/state/memory-store.ts";
import { createProbe } from "../../runtime/testing/probe.ts";
import {
  type Simulation,
  type SimulationOptions,
  simulate,
} from "../../runtime/testing/simulation.ts";

export interface Money {
  readonly sim: Simulation;
  readonly store: MemoryStore;
  readonly ledger: ActorRef<LedgerCommand>;
  readonly treasury: ActorRef<TreasuryCommand>;
  /** The heads that the page was told, the first at the start. */
  heads(): readonly { readonly transfers: number; readonly hash: string }[];
  ask<Q, A>(target: ActorRef<Q>, request: (replyTo: ActorRef<A>) => Q): Promise<A>;
  post(order: TransferOrder): Promise<LedgerAnswer>;
  balanceMilli(account: AccountId): Promise<number>;
  supply(): Promise<Supply>;
  reserve(taskId: number, bountyMilli: number, zone?: string): Promise<BountyAnswer>;
  pay(taskId: number, personId: number, zone?: string): Promise<BountyAnswer>;
  release(taskId: number): Promise<BountyAnswer>;
}

export function startMoney(
  options: Pick<SimulationOptions, "seed" | "fine" | "clock" | "supervision"> & {
    readonly store?: MemoryStore;
  } = {},
): Money {
  const sim = simulate(options);
  const store = options.store ?? new MemoryStore();
  const board = createProbe<DashboardCommand>(sim.system);
  const spec = { restart: "permanent", shutdownMs: 1_000 } as const;
  const ledgerRef = sim.system.spawn<LedgerCommand>({
    ...spec,
    id: "ledger",
    start: () => ledger({ store, dashboard: board.ref }),
  });
  const treasuryRef = sim.system.spawn<TreasuryCommand>({
    ...spec,
    id: "treasury",
    start: () => treasury({ store, ledger: ledgerRef }),
  });

  const ask = async <Q, A>(
    target: ActorRef<Q>,
    request: (replyTo: ActorRef<A>) => Q,
  ): Promise<A> => {
    const probe = createProbe<A>(sim.system);
    sim.run();
    target.tell(request(probe.ref));
    await sim.settle();
    const [answer] = probe.messages;
    if (answer === undefined) throw new Error("no answer");
    return answer;
  };

  return {
    sim,
    store,
    ledger: ledgerRef,
    treasury: treasuryRef,
    heads: () =>
      board.messages.flatMap((message) =>
        message.type === "OfficeChanged" ? message.changes.map(({ value }) => value as never) : [],
      ),
    ask,
    post: (order) =>
      ask<LedgerCommand, LedgerAnswer>(ledgerRef, (replyTo) => ({
        type: "PostTransfer",
        order,
        replyTo,
      })),
    balanceMilli: async (account) =>
      (
        await ask<LedgerCommand, Balance>(ledgerRef, (replyTo) => ({
          type: "GetBalance",
          account,
          replyTo,
        }))
      ).balanceMilli,
    supply: () =>
      ask<LedgerCommand, Supply>(ledgerRef, (replyTo) => ({ type: "GetSupply", replyTo })),
    reserve: (taskId, bountyMilli, zone) =>
      ask<TreasuryCommand, BountyAnswer>(treasuryRef, (replyTo) => ({
        type: "ReserveBounty",
        taskId,
        zone: zone ?? null,
        bountyMilli,
        causeId: null,
        replyTo,
      })),
    pay: (taskId, personId, zone) =>
      ask<TreasuryCommand, BountyAnswer>(treasuryRef, (replyTo) => ({
        type: "PayBounty",
        taskId,
        zone: zone ?? null,
        personId,
        causeId: null,
        replyTo,
      })),
    release: (taskId) =>
      ask<TreasuryCommand, BountyAnswer>(treasuryRef, (replyTo) => ({
        type: "ReleaseBounty",
        taskId,
        causeId: null,
        replyTo,
      })),
  };
}

/** `give("a", "issuer", "person:1", 500)` */
export const order = (
  id: string,
  from: AccountId,
  to: AccountId,
  amountMilli: number,
  more: Partial<TransferOrder> & { readonly legs?: readonly Leg[] } = {},
): TransferOrder => ({
  id,
  kind: "adjustment",
  legs: [
    { account: from, amountMilli: -amountMilli },
    { account: to, amountMilli },
  ],
  memo: "",
  causeId: null,
  ...more,
});
