/**
 * The ledger for other programs: hledger's journal, which can recompute every balance by itself, and CSV.
 * Read transfer by transfer, so that no ledger is too large.
 */
import { MycelError } from "../../runtime/errors.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import { readTransferRow } from "./canonical.ts";
import type { Transfer } from "./messages.ts";
import { EMPTY_HEAD, HEAD, openLedgerTables } from "./tables.ts";

/** As many as the head counts at the beginning, oldest first. */
export function* transfersOf(store: StateStore): Iterable<Transfer> {
  const tables = openLedgerTables(store);
  const { transfers } = tables.head.get(HEAD) ?? EMPTY_HEAD;
  for (let no = 1; no <= transfers; no++) {
    const row = tables.transfer.get(no);
    const read = row && readTransferRow(row);
    if (read?.ok !== true) {
      throw new MycelError(
        "E_STORE_DAMAGED",
        `Transfer ${no} of the ledger in ${store.dir} cannot be read: "mycel ledger verify" says more.`,
        { dir: store.dir, no },
      );
    }
    yield read.value.transfer;
  }
}

/**
 * A transaction a transfer, and one at the end that asserts every balance: `hledger check` fails where its
 * own sums differ from ours.
 */
export function* hledgerOf(transfers: Iterable<Transfer>): Iterable<string> {
  yield "; Mycel's ledger. Amounts are points; the issuer's balance is what circulates, below zero.\n";
  yield "decimal-mark .\ncommodity 1000.000 points\n\n";
  const balances = new Map<string, number>();
  let lastDay = "1970-01-01";
  for (const transfer of transfers) {
    const { no, id, kind, memo, causeId, atMs, legs, balancesMilli, hash } = transfer;
    const day = new Date(atMs).toISOString().slice(0, 10);
    if (day > lastDay) lastDay = day;
    const cause = causeId === null ? "" : `    ; cause: ${plain(causeId)}\n`;
    yield `${day} (${no}) ${kind} | ${plain(memo)}\n    ; id: ${plain(id)}\n${cause}    ; hash: ${hash}\n`;
    for (const [i, { account, amountMilli, note }] of legs.entries()) {
      balances.set(account, balancesMilli[i] ?? 0);
      yield `    ${account}  ${points(amountMilli)} points${note === undefined ? "" : `  ; ${plain(note)}`}\n`;
    }
    yield "\n";
  }
  if (balances.size === 0) return;
  yield `${lastDay} balances as the ledger has them\n`;
  for (const [account, milli] of balances) {
    yield `    ${account}  0.000 points = ${points(milli)} points\n`;
  }
}

const CSV_HEADER = "no,id,kind,time,account,amount,balance,note,memo,cause,hash\n";

/** A row a leg; times in UTC. */
export function* csvOf(transfers: Iterable<Transfer>): Iterable<string> {
  yield CSV_HEADER;
  for (const { no, id, kind, atMs, legs, balancesMilli, memo, causeId, hash } of transfers) {
    for (const [i, { account, amountMilli, note = "" }] of legs.entries()) {
      const numbers = [points(amountMilli), points(balancesMilli[i] ?? 0)];
      const texts = [note, memo, causeId ?? ""].map(cell);
      const time = new Date(atMs).toISOString();
      yield `${[no, cell(id), kind, time, account, ...numbers, ...texts, hash].join(",")}\n`;
    }
  }
}

/** 1500000 → `1500.000`; in whole numbers, so that no float rounds. */
export function points(milli: number): string {
  const digits = String(Math.abs(milli)).padStart(4, "0");
  return `${milli < 0 ? "-" : ""}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

/**
 * hledger ends a description at `;` and a payee at `|`; a transaction ends with its lines. What turns the
 * direction of writing would show an amount behind it as another.
 */
const plain = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069;|]+/gu, " ").trim();

/** A sheet must not take somebody's words for a formula. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
