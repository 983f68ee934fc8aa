/**
 * The ledger's tables in the office's store. Each can be made anew from `ledger`; all are written in one
 * transaction, so that they always agree.
 *
 *   ledger          no → canonical bytes and hash (canonical.ts)
 *   ledger_id       the asker's id → no
 *   ledger_account  [account, no] → 0: which transfers an account has part in
 *   ledger_balance  account → milli points, without accounts at zero
 *   ledger_head     "head" → how many, the last hash, what was issued and burned
 */
import type { StateStore, Table } from "../../runtime/state/state-store.ts";
import { GENESIS_HASH } from "./canonical.ts";

export interface LedgerHeadRow {
  readonly transfers: number;
  readonly hash: string;
  readonly issuedMilli: number;
  readonly burnedMilli: number;
}

export interface LedgerTables {
  readonly transfer: Table<number, Uint8Array>;
  readonly noOfId: Table<string, number>;
  readonly ofAccount: Table<readonly [account: string, no: number], number>;
  readonly balance: Table<string, number>;
  readonly head: Table<string, LedgerHeadRow>;
}

export const HEAD = "head";

export const EMPTY_HEAD: LedgerHeadRow = {
  transfers: 0,
  hash: GENESIS_HASH,
  issuedMilli: 0,
  burnedMilli: 0,
};

export const openLedgerTables = (store: StateStore): LedgerTables => ({
  transfer: store.table({ name: "ledger", value: "bytes" }),
  noOfId: store.table({ name: "ledger_id", value: "object" }),
  ofAccount: store.table({ name: "ledger_account", value: "object" }),
  balance: store.table({ name: "ledger_balance", value: "object" }),
  head: store.table({ name: "ledger_head", value: "object" }),
});
