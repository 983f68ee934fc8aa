/**
 * What the ledger accepts: transfers between accounts, in thousandths of a point. It answers only what is
 * on disk, and a repeat of an id with the same body gets the first answer again.
 *
 *   wallet, treasury ──PostTransfer──▶ ledger ──durable──▶ TransferPosted | TransferRefused
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";

/**
 * `issuer` makes points and takes back what is burned, and alone may be below zero; `person:ID` and
 * `device:ID` belong to wallets; `task:ID` holds the bounty of an open task.
 */
export type AccountId = "issuer" | `person:${number}` | `device:${string}` | `task:${number}`;

export const TRANSFER_KINDS = [
  "task_hold",
  "task_reward",
  "task_void",
  "p2p_transfer",
  "infrastructure_reward",
  "demurrage",
  "adjustment",
] as const;
export type TransferKind = (typeof TRANSFER_KINDS)[number];

/** One line of a transfer. Positive: the account gets it. */
export interface Leg {
  readonly account: AccountId;
  readonly amountMilli: number;
  /** What this line is for, where a transfer has lines of several kinds: `fee`, `bonus`. */
  readonly note?: string;
}

/** What is asked for; `id` is the asker's own and names the transfer for good. */
export interface TransferOrder {
  readonly id: string;
  readonly kind: TransferKind;
  /** Two to eight; their sum is zero, none is zero, each of another account. */
  readonly legs: readonly Leg[];
  readonly memo: string;
  /** Id of the event, cycle or task that led to it; null: somebody's own wish. */
  readonly causeId: string | null;
}

/** As the ledger keeps it, for good. */
export interface Transfer extends TransferOrder {
  /** From 1, without gaps: the order of the chain. */
  readonly no: number;
  readonly atMs: number;
  /** Of each leg's account after it, in the legs' order. */
  readonly balancesMilli: readonly number[];
  /** SHA-256 over the canonical bytes of this transfer, the hash before it among them; hex. */
  readonly hash: string;
}

export const LEDGER_REFUSALS = [
  "unbalanced",
  "badAmount",
  "badOrder",
  "insufficientFunds",
  /** The id names a transfer of another body. */
  "idTaken",
  "storeUnavailable",
] as const;
export type LedgerRefusal = (typeof LEDGER_REFUSALS)[number];

export type LedgerAnswer =
  | { readonly type: "TransferPosted"; readonly transfer: Transfer; readonly repeated: boolean }
  | { readonly type: "TransferRefused"; readonly id: string; readonly reason: LedgerRefusal };

/** Supply, milli points: issued − burned = circulating, what is held for tasks included. */
export interface Supply {
  readonly type: "Supply";
  /** What the issuer ever gave out, without holds that were voided. */
  readonly issuedMilli: number;
  readonly burnedMilli: number;
  readonly circulatingMilli: number;
  readonly transfers: number;
  readonly hash: string;
}

export interface Balance {
  readonly type: "Balance";
  readonly account: AccountId;
  readonly balanceMilli: number;
}

export interface TransferFound {
  readonly type: "TransferFound";
  readonly transfer: Transfer | null;
}

export interface TransfersListed {
  readonly type: "TransfersListed";
  /** The newest first. */
  readonly transfers: readonly Transfer[];
  /** For the page after this one; null: there is none. */
  readonly beforeNo: number | null;
}

export interface BalancesListed {
  readonly type: "BalancesListed";
  readonly balances: readonly Omit<Balance, "type">[];
  /** For the page after this one; null: there is none. */
  readonly after: AccountId | null;
}

export type LedgerCommand =
  | {
      readonly type: "PostTransfer";
      readonly order: TransferOrder;
      readonly replyTo: ActorRef<LedgerAnswer>;
    }
  | {
      readonly type: "GetBalance";
      readonly account: AccountId;
      readonly replyTo: ActorRef<Balance>;
    }
  | { readonly type: "GetSupply"; readonly replyTo: ActorRef<Supply> }
  | {
      readonly type: "GetTransfer";
      readonly id: string;
      readonly replyTo: ActorRef<TransferFound>;
    }
  /** Of one account, or of all. */
  | {
      readonly type: "ListTransfers";
      readonly account: AccountId | null;
      readonly beforeNo: number | null;
      /** As many of the newest are left out first. */
      readonly skip: number;
      readonly limit: number;
      readonly replyTo: ActorRef<TransfersListed>;
    }
  /** In order of their names; `device`, `person` and `task` are the first parts of these. */
  | {
      readonly type: "ListBalances";
      readonly of: "device" | "person" | "task";
      readonly after: AccountId | null;
      readonly limit: number;
      readonly replyTo: ActorRef<BalancesListed>;
    };
