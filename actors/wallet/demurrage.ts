/**
 * Demurrage: what lies in a wallet loses 2 % a day, so that points go round.
 *
 *   every wallet ──balance──▶ share ──▶ transfer demurrage:2026-11-21:person:3, to the issuer
 *
 * The id names day and wallet, so that a day is taken once, however often it is begun. Days when the node
 * was off are not made up for.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type {
  AccountId,
  BalancesListed,
  LedgerAnswer,
  LedgerCommand,
  TransferOrder,
} from "../ledger/messages.ts";
import { demurrageMilli } from "./formulas.ts";
import type { AskLedger } from "./ledger-asks.ts";
import { systemMemo } from "./memos.ts";

/** Orders that wait at once; the ledger takes a page of them in one commit. */
const PAGE_WALLETS_MAX = 200;

export interface DemurrageCount {
  readonly wallets: number;
  readonly burnedMilli: number;
}

/** UTC, as ids have it. */
export const dayOf = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 10);

/** `then(undefined)`: the ledger did not answer, or could not write; what was taken stays taken. */
export function takeDemurrage(
  askLedger: AskLedger,
  day: string,
  then: (count: DemurrageCount | undefined) => void,
): void {
  let wallets = 0;
  let burnedMilli = 0;

  const takePage = (of: "person" | "device", after: AccountId | null): void =>
    askLedger<BalancesListed>(
      (replyTo) => ({ type: "ListBalances", of, after, limit: PAGE_WALLETS_MAX, replyTo }),
      (page) => {
        if (page === undefined) then(undefined);
        else takeOf(page, () => next(of, page.after));
      },
    );

  const next = (of: "person" | "device", after: AccountId | null): void => {
    if (after !== null) takePage(of, after);
    else if (of === "person") takePage("device", null);
    else then({ wallets, burnedMilli });
  };

  const takeOf = ({ balances }: BalancesListed, done: () => void): void => {
    const orders = balances
      .map(({ account, balanceMilli }) => orderOf(day, account, demurrageMilli(balanceMilli)))
      .filter(({ legs }) => legs.length > 0);
    let waiting = orders.length;
    let failed = false;
    if (waiting === 0) {
      done();
      return;
    }
    for (const order of orders) {
      askLedger<LedgerAnswer>(
        (replyTo: ActorRef<LedgerAnswer>): LedgerCommand => ({
          type: "PostTransfer",
          order,
          replyTo,
        }),
        (answer) => {
          if (answer?.type === "TransferPosted" && !answer.repeated) {
            wallets += 1;
            burnedMilli += order.legs[1]?.amountMilli ?? 0;
          }
          // `idTaken`: it paid today, from another balance; `insufficientFunds`: it spent meanwhile.
          failed ||=
            answer === undefined ||
            (answer.type === "TransferRefused" && answer.reason === "storeUnavailable");
          waiting -= 1;
          if (waiting > 0) return;
          if (failed) then(undefined);
          else done();
        },
      );
    }
  };

  takePage("person", null);
}

const orderOf = (day: string, account: AccountId, amountMilli: number): TransferOrder => ({
  id: `demurrage:${day}:${account}`,
  kind: "demurrage",
  legs:
    amountMilli === 0
      ? []
      : [
          { account, amountMilli: -amountMilli },
          { account: "issuer", amountMilli },
        ],
  memo: systemMemo("demurrage", { day }),
  causeId: null,
});
