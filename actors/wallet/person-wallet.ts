/**
 * A person's wallet: what they have, what has come and gone, and points for others. It keeps nothing:
 * the ledger has the balance.
 *
 *   SendPoints ──known id?──▶ minimum ──▶ PostTransfer: amount to the other, fee to the issuer ──▶ PointsSent
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { Behavior } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import type {
  AccountId,
  Balance,
  LedgerAnswer,
  LedgerCommand,
  Supply,
  TransferFound,
  TransferOrder,
  TransfersListed,
} from "../ledger/messages.ts";
import { feeMilli, transferMilliMin } from "./formulas.ts";
import { askLedgerOf } from "./ledger-asks.ts";
import type { PersonWalletCommand, WalletRefusal, WalletRefused } from "./messages.ts";
import { resting } from "./resting.ts";

export interface PersonWalletOptions {
  readonly personId: number;
  readonly ledger: ActorRef<LedgerCommand>;
}

export const personWallet = ({
  personId,
  ledger,
}: PersonWalletOptions): Behavior<PersonWalletCommand> =>
  resting<PersonWalletCommand>((ctx) => {
    const askLedger = askLedgerOf(ctx, ledger);
    const account: AccountId = `person:${personId}`;

    return (message) => {
      switch (message.type) {
        case "GetWallet":
          withBalance(message.replyTo, (balanceMilli) =>
            message.replyTo.tell({ type: "WalletShown", personId, balanceMilli }),
          );
          return;
        case "GetWalletHistory":
          showHistory(message);
          return;
        case "SendPoints":
          send(message);
          return;
        default:
          unreachable(message);
      }
    };

    function withBalance(
      replyTo: ActorRef<WalletRefused>,
      then: (balanceMilli: number) => void,
    ): void {
      askLedger<Balance>(
        (to) => ({ type: "GetBalance", account, replyTo: to }),
        (answer) => {
          if (answer === undefined) refuse(replyTo, "timeout");
          else then(answer.balanceMilli);
        },
      );
    }

    function showHistory({
      beforeNo: olderThanNo,
      skip,
      limit,
      replyTo,
    }: Extract<PersonWalletCommand, { type: "GetWalletHistory" }>): void {
      withBalance(replyTo, (balanceMilli) =>
        askLedger<TransfersListed>(
          (to) => ({
            type: "ListTransfers",
            ...{ account, beforeNo: olderThanNo, skip, limit, replyTo: to },
          }),
          (listed) => {
            if (listed === undefined) refuse(replyTo, "timeout");
            else {
              const { transfers, beforeNo } = listed;
              replyTo.tell({ type: "WalletHistory", personId, balanceMilli, transfers, beforeNo });
            }
          },
        ),
      );
    }

    function send(message: SendPoints): void {
      const { toPersonId, amountMilli, replyTo } = message;
      if (!Number.isSafeInteger(amountMilli) || amountMilli <= 0) {
        refuse(replyTo, "badAmount");
        return;
      }
      if (toPersonId === personId) {
        refuse(replyTo, "sameWallet");
        return;
      }
      const order = orderOf(message);
      // A repeat is posted whatever the minimum is by now: the ledger answers it as it did before.
      askLedger<TransferFound>(
        (to) => ({ type: "GetTransfer", id: order.id, replyTo: to }),
        (found) => {
          if (found === undefined) refuse(replyTo, "timeout");
          else if (found.transfer !== null) post(message, order);
          else postAboveMinimum(message, order);
        },
      );
    }

    function postAboveMinimum(message: SendPoints, order: TransferOrder): void {
      askLedger<Supply>(
        (to) => ({ type: "GetSupply", replyTo: to }),
        (supply) => {
          if (supply === undefined) refuse(message.replyTo, "timeout");
          else if (message.amountMilli < transferMilliMin(supply.circulatingMilli)) {
            refuse(message.replyTo, "belowMinimum");
          } else post(message, order);
        },
      );
    }

    function post({ amountMilli, replyTo }: SendPoints, order: TransferOrder): void {
      askLedger<LedgerAnswer>(
        (to) => ({ type: "PostTransfer", order, replyTo: to }),
        (answer) => {
          if (answer === undefined) refuse(replyTo, "timeout");
          else if (answer.type === "TransferRefused") refuse(replyTo, answer.reason);
          else {
            const { transfer, repeated } = answer;
            replyTo.tell({
              type: "PointsSent",
              ...{ transfer, repeated, feeMilli: feeMilli(amountMilli) },
            });
          }
        },
      );
    }
  });

type SendPoints = Extract<PersonWalletCommand, { type: "SendPoints" }>;

const refuse = (replyTo: ActorRef<WalletRefused>, reason: WalletRefusal): void => {
  replyTo.tell({ type: "WalletRefused", reason });
};

/** The sender is a part of the id: nobody can take another's ids away. */
function orderOf({ id, personId, toPersonId, amountMilli, memo }: SendPoints): TransferOrder {
  const fee = feeMilli(amountMilli);
  return {
    id: `p2p:${personId}:${id}`,
    kind: "p2p_transfer",
    legs: [
      { account: `person:${personId}`, amountMilli: -(amountMilli + fee) },
      { account: `person:${toPersonId}`, amountMilli },
      { account: "issuer", amountMilli: fee, note: "fee" },
    ],
    memo,
    causeId: null,
  };
}
