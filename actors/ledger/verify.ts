/**
 * Works out the whole ledger anew, from its first transfer, and compares: every hash, every sum, every
 * balance, every index row. Reads only, also beside a running node.
 *
 *   row 1 ──▶ row 2 ──▶ … ──▶ head        and then: ids, accounts, balances, supply
 */
import { MycelError } from "../../runtime/errors.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import { GENESIS_HASH, readTransferRow } from "./canonical.ts";
import type { AccountId, Transfer } from "./messages.ts";
import { type NotedHead, NotedHeads } from "./noted.ts";
import { balancesAfter, checkOrder, type SupplyCount, supplyAfter } from "./rules.ts";
import {
  EMPTY_HEAD,
  HEAD,
  type LedgerHeadRow,
  type LedgerTables,
  openLedgerTables,
} from "./tables.ts";
import { Tally } from "./tally.ts";

export interface Mistake {
  /** The first bad transfer; null: all are sound, and what is made from them is not. */
  readonly no: number | null;
  readonly what: string;
}

export interface Verdict {
  readonly transfers: number;
  readonly hash: string;
  readonly accounts: number;
  readonly supply: SupplyCount;
  readonly mistake: Mistake | undefined;
  /** Of the heads that were noted elsewhere: how many this chain has, and which not. */
  readonly noted: { readonly found: number; readonly missing: readonly NotedHead[] };
}

export interface VerifyOptions {
  readonly noted?: readonly NotedHead[];
  /** Told now and then how far it is. */
  readonly onProgress?: (transfers: number, of: number) => void;
}

/** A busy node posts while balances are read: then what is new is worked out, and they are read again. */
const LOOKS_MAX = 100;

/** Transfers between two words on how far it is: some 0.1 s. */
const PROGRESS_TRANSFERS = 4_096;

export function verifyLedger(store: StateStore, options: VerifyOptions = {}): Verdict {
  const work = new Work(openLedgerTables(store), options);
  let mistake: Mistake | undefined;
  try {
    mistake = work.run();
  } catch (error) {
    // A record that does not fit its checksum.
    if (!(error instanceof MycelError) || error.code !== "E_STORE_DAMAGED") throw error;
    mistake = { no: work.nextNo, what: error.message };
  }
  return work.verdict(mistake);
}

class Work {
  readonly #tables: LedgerTables;
  readonly #noted: NotedHeads;
  readonly #onProgress: VerifyOptions["onProgress"];
  readonly #balances = new Map<AccountId, number>();
  #transfers = 0;
  readonly #ids = new Tally();
  readonly #parts = new Tally();
  #hash = GENESIS_HASH;
  #supply: SupplyCount = { issuedMilli: 0, burnedMilli: 0 };

  constructor(tables: LedgerTables, { noted = [], onProgress }: VerifyOptions) {
    this.#tables = tables;
    this.#noted = new NotedHeads(noted);
    this.#onProgress = onProgress;
  }

  get nextNo(): number {
    return this.#transfers + 1;
  }

  run(): Mistake | undefined {
    for (let look = 0; look < LOOKS_MAX; look++) {
      const head = this.#head();
      const bad = this.#follow(head.transfers);
      if (bad !== undefined) return bad;
      const mistake = this.#mistakeAround(head);
      if (this.#head().transfers === head.transfers) {
        return mistake === undefined ? undefined : this.#blame(mistake);
      }
    }
    return { no: null, what: "the node posts faster than can be followed: stop it first" };
  }

  verdict(mistake: Mistake | undefined): Verdict {
    return {
      transfers: this.#transfers,
      hash: this.#hash,
      accounts: this.#balances.size,
      supply: this.#supply,
      mistake,
      noted: { found: this.#noted.found, missing: this.#noted.missing() },
    };
  }

  #head(): LedgerHeadRow {
    return this.#tables.head.get(HEAD) ?? EMPTY_HEAD;
  }

  #follow(last: number): Mistake | undefined {
    const range = { from: this.nextNo, to: last + 1 };
    for (const { key, value: row } of this.#tables.transfer.range(range)) {
      const no = this.nextNo;
      if (key !== no) break;
      const read = readTransferRow(row);
      if (!read.ok) return { no, what: read.error };
      const { transfer, hashBefore, hashFound } = read.value;
      const what =
        hashFound !== transfer.hash
          ? "its hash is not that of its bytes"
          : hashBefore !== this.#hash
            ? "it does not follow the transfer before it"
            : this.#mistakeIn(transfer, no);
      if (what !== undefined) return { no, what };
      this.#take(transfer);
      if (no % PROGRESS_TRANSFERS === 0) this.#onProgress?.(no, last);
    }
    return this.#transfers === last ? undefined : { no: this.nextNo, what: "it is missing" };
  }

  #mistakeIn(transfer: Transfer, no: number): string | undefined {
    if (transfer.no !== no) return `it says that it is number ${transfer.no}`;
    const checked = checkOrder(transfer);
    if (!checked.ok) return `it breaks a rule: ${checked.error}`;
    const after = balancesAfter(transfer, (account) => this.#balances.get(account) ?? 0);
    if (!after.ok) return `it breaks a rule: ${after.error}`;
    const wrong = after.value.findIndex((milli, i) => milli !== transfer.balancesMilli[i]);
    if (wrong >= 0) {
      return `it leaves ${transfer.legs[wrong]?.account} with ${transfer.balancesMilli[wrong]} and should with ${after.value[wrong]}`;
    }
    return undefined;
  }

  #take(transfer: Transfer): void {
    for (const [i, { account }] of transfer.legs.entries()) {
      this.#balances.set(account, transfer.balancesMilli[i] ?? 0);
      this.#parts.add(account, transfer.no);
    }
    this.#ids.add(transfer.id, transfer.no);
    this.#supply = supplyAfter(this.#supply, transfer);
    this.#transfers = transfer.no;
    this.#hash = transfer.hash;
    this.#noted.pass(transfer.hash, transfer.no);
  }

  /** An index differs: the first transfer that it misses is named, or it has rows of none. */
  #blame(what: string): Mistake {
    for (const { key: no, value: row } of this.#tables.transfer.range({})) {
      const read = readTransferRow(row);
      if (!read.ok) break;
      const { id, legs } = read.value.transfer;
      if (this.#tables.noOfId.get(id) !== no) return { no, what: `its id ${id} is not listed` };
      const unlisted = legs.find(
        ({ account }) => this.#tables.ofAccount.get([account, no]) === undefined,
      );
      if (unlisted !== undefined) {
        return { no, what: `it is not listed with ${unlisted.account}` };
      }
    }
    return { no: null, what };
  }

  /** What is made from transfers, and must not be more or less than that. */
  #mistakeAround(head: LedgerHeadRow): string | undefined {
    if (head.hash !== this.#hash) return "the head's hash is not the last transfer's";
    const { issuedMilli, burnedMilli } = this.#supply;
    if (head.issuedMilli !== issuedMilli || head.burnedMilli !== burnedMilli) {
      return "the head's supply is not what the transfers add up to";
    }
    let sumMilli = 0;
    let found = 0;
    for (const { key, value } of this.#tables.balance.range({})) {
      const balanceMilli = this.#balances.get(key as AccountId) ?? 0;
      if (value !== balanceMilli) {
        return `the balance of ${key} is ${value} and should be ${balanceMilli}`;
      }
      if (value === 0) return `the balance of ${key} is listed though it is 0`;
      sumMilli += value;
      found += 1;
    }
    const wanted = [...this.#balances.values()].filter((milli) => milli !== 0).length;
    if (found !== wanted) return `${wanted - found} balances are missing`;
    if (sumMilli !== 0) return `the balances add up to ${sumMilli}`;
    if (countOf(this.#tables.transfer) !== this.#transfers) return "there are rows after the head";
    const ids = new Tally(this.#ids);
    for (const { key, value } of this.#tables.noOfId.range({})) ids.add(key, value);
    if (!ids.isSame(this.#ids)) return "there are ids without a transfer";
    const parts = new Tally(this.#parts);
    for (const { key } of this.#tables.ofAccount.range({})) parts.add(...key);
    if (!parts.isSame(this.#parts)) return "accounts list transfers that they have no part in";
    if (countOf(this.#tables.head) > 1) return "there is more than one head";
    return undefined;
  }
}

function countOf(table: LedgerTables[keyof LedgerTables]): number {
  let count = 0;
  for (const _row of table.range({})) count += 1;
  return count;
}
