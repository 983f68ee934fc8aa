/**
 * The ledger over its tables: posts orders within a write of the store, and reads. It keeps nothing
 * between two posts, so there is nothing that could differ from what is on disk.
 *
 *   orders ──post──▶ each: known id? ──▶ rules ──▶ balances ──▶ chain ──▶ rows of one transaction
 */
import { MycelError } from "../../runtime/errors.ts";
import { invariant } from "../../runtime/invariant.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import { GENESIS_HASH, hashOf, readTransferRow, transferBytes, transferRow } from "./canonical.ts";
import type {
  AccountId,
  BalancesListed,
  LedgerAnswer,
  LedgerRefusal,
  Supply,
  Transfer,
  TransferOrder,
  TransfersListed,
} from "./messages.ts";
import { balancesAfter, checkOrder, ISSUER, isSameBody, supplyAfter } from "./rules.ts";
import {
  EMPTY_HEAD,
  HEAD,
  type LedgerHeadRow,
  type LedgerTables,
  openLedgerTables,
} from "./tables.ts";

export class Book {
  readonly #tables: LedgerTables;
  readonly #dir: string;

  /** Throws `E_STORE_DAMAGED` when head, last transfer and issuer do not fit together. */
  constructor(store: StateStore) {
    this.#dir = store.dir;
    this.#tables = openLedgerTables(store);
    const mistake = this.#mistakeAtHead();
    if (mistake !== undefined) throw this.#damaged(mistake);
  }

  /**
   * Only inside `write`. An order that is refused changes nothing; those after it see what those
   * before it did.
   */
  post(orders: readonly TransferOrder[], nowMs: number): LedgerAnswer[] {
    const pages = new Pages(this.#tables);
    const answers = orders.map((order): LedgerAnswer => {
      const { id } = order;
      const checked = checkOrder(order);
      if (!checked.ok) return { type: "TransferRefused", id, reason: checked.error };
      const known = this.transfer(id);
      if (known !== null) {
        return isSameBody(known, order)
          ? { type: "TransferPosted", transfer: known, repeated: true }
          : { type: "TransferRefused", id, reason: "idTaken" };
      }
      const posted = pages.add(order, nowMs);
      return posted.ok
        ? { type: "TransferPosted", transfer: posted.value, repeated: false }
        : { type: "TransferRefused", id, reason: posted.error };
    });
    pages.close();
    return answers;
  }

  transfer(id: string): Transfer | null {
    const no = this.#tables.noOfId.get(id);
    return no === undefined ? null : this.#transferOf(no);
  }

  balanceMilli(account: AccountId): number {
    return this.#tables.balance.get(account) ?? 0;
  }

  supply(): Supply {
    const { transfers, hash, issuedMilli, burnedMilli } = this.#head();
    const circulatingMilli = issuedMilli - burnedMilli;
    return { type: "Supply", issuedMilli, burnedMilli, circulatingMilli, transfers, hash };
  }

  list(
    account: AccountId | null,
    beforeNo: number | null,
    skip: number,
    limit: number,
  ): TransfersListed {
    const nos = [...this.#nosOf(account, beforeNo, skip + limit + 1)].slice(skip);
    const shown = nos.slice(0, limit);
    return {
      type: "TransfersListed",
      transfers: shown.map((no) => this.#transferOf(no)),
      beforeNo: nos.length > limit ? (shown.at(-1) ?? null) : null,
    };
  }

  balances(of: string, after: AccountId | null, limit: number): BalancesListed {
    // `;` is the character behind `:`.
    const range = { from: after ?? `${of}:`, to: `${of};`, limit: limit + 2 };
    const rows = [...this.#tables.balance.range(range)]
      .filter(({ key }) => key !== after)
      .map(({ key, value }) => ({ account: key as AccountId, balanceMilli: value }));
    const balances = rows.slice(0, limit);
    return {
      type: "BalancesListed",
      balances,
      after: rows.length > limit ? (balances.at(-1)?.account ?? null) : null,
    };
  }

  *#nosOf(account: AccountId | null, beforeNo: number | null, limit: number): Iterable<number> {
    const to = beforeNo ?? Number.MAX_SAFE_INTEGER;
    if (account === null) {
      const last = Math.min(to - 1, this.#head().transfers);
      for (let no = last; no > Math.max(0, last - limit); no--) yield no;
      return;
    }
    const range = { from: [account, 0], to: [account, to], reverse: true, limit } as const;
    for (const { key } of this.#tables.ofAccount.range(range)) yield key[1];
  }

  #head(): LedgerHeadRow {
    return this.#tables.head.get(HEAD) ?? EMPTY_HEAD;
  }

  #transferOf(no: number): Transfer {
    const row = this.#tables.transfer.get(no);
    if (row === undefined) throw this.#damaged(`transfer ${no} is missing`);
    const read = readTransferRow(row);
    if (!read.ok) throw this.#damaged(`transfer ${no} cannot be read: ${read.error}`);
    return read.value.transfer;
  }

  /** A look that costs the same however long the chain is; `mycel ledger verify` looks at all. */
  #mistakeAtHead(): string | undefined {
    const { transfers, hash, issuedMilli, burnedMilli } = this.#head();
    for (const { key } of this.#tables.transfer.range({ reverse: true, limit: 1 })) {
      if (key !== transfers) return `it has ${key} transfers and its head says ${transfers}`;
    }
    if (this.balanceMilli(ISSUER) !== burnedMilli - issuedMilli) {
      return "the issuer's balance is not what was burned less what was issued";
    }
    if (transfers === 0) return hash === GENESIS_HASH ? undefined : "its head names no transfer";
    const row = this.#tables.transfer.get(transfers);
    if (row === undefined) return `transfer ${transfers}, the last one, is missing`;
    const read = readTransferRow(row);
    if (!read.ok) return `transfer ${transfers}, the last one, cannot be read: ${read.error}`;
    return read.value.hashFound === hash ? undefined : "the last transfer's hash is not the head's";
  }

  #damaged(damage: string): MycelError {
    return new MycelError(
      "E_STORE_DAMAGED",
      `The ledger in ${this.#dir} is damaged: ${damage}. Look at all of it with "mycel ledger verify", then restore a backup.`,
      { dir: this.#dir, damage },
    );
  }
}

/** What one write adds: each balance and the head are put once, however often they changed. */
class Pages {
  readonly #tables: LedgerTables;
  readonly #balances = new Map<AccountId, number>();
  readonly #before: LedgerHeadRow;
  #head: LedgerHeadRow;

  constructor(tables: LedgerTables) {
    this.#tables = tables;
    this.#before = tables.head.get(HEAD) ?? EMPTY_HEAD;
    this.#head = this.#before;
  }

  add(order: TransferOrder, nowMs: number): Result<Transfer, LedgerRefusal> {
    const after = balancesAfter(order, (account) => this.#balanceOf(account));
    if (!after.ok) return after;
    const supply = supplyAfter(this.#head, order);
    const { id, kind, legs, memo, causeId } = order;
    const no = this.#head.transfers + 1;
    const body = { no, id, kind, legs, memo, causeId, atMs: nowMs, balancesMilli: after.value };
    const bytes = transferBytes(body, this.#head.hash);
    const hash = hashOf(bytes);
    if (!Number.isSafeInteger(supply.issuedMilli) || !Number.isSafeInteger(supply.burnedMilli)) {
      return err("badAmount");
    }

    this.#tables.transfer.put(no, transferRow(bytes, hash));
    this.#tables.noOfId.put(id, no);
    for (const [i, { account }] of legs.entries()) {
      this.#tables.ofAccount.put([account, no], 0);
      this.#balances.set(account, after.value[i] ?? 0);
    }
    this.#head = { transfers: no, hash, ...supply };
    return ok({ ...body, hash });
  }

  close(): void {
    if (this.#head === this.#before) return;
    for (const [account, balanceMilli] of this.#balances) {
      if (balanceMilli === 0) this.#tables.balance.remove(account);
      else this.#tables.balance.put(account, balanceMilli);
    }
    this.#tables.head.put(HEAD, this.#head);
    const issuerMilli = this.#balanceOf(ISSUER);
    const { issuedMilli, burnedMilli } = this.#head;
    invariant(issuerMilli === burnedMilli - issuedMilli, "the issuer has given what circulates");
  }

  #balanceOf(account: AccountId): number {
    let balanceMilli = this.#balances.get(account);
    if (balanceMilli === undefined) {
      balanceMilli = this.#tables.balance.get(account) ?? 0;
      this.#balances.set(account, balanceMilli);
    }
    return balanceMilli;
  }
}
