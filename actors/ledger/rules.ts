/**
 * What makes a transfer a transfer: pure, so that its properties are tested without an actor.
 *
 *   order ──checkOrder──▶ well formed ──balancesAfter──▶ balances, or why not
 */
import { err, ok, type Result } from "../../runtime/result.ts";
import {
  type AccountId,
  type LedgerRefusal,
  TRANSFER_KINDS,
  type Transfer,
  type TransferOrder,
} from "./messages.ts";

export const ISSUER: AccountId = "issuer";

export const LEGS_MIN = 2;
/** A reward has three, a transfer with its fee three; eight leave room. */
export const LEGS_MAX = 8;
/** Bytes: an id of a heartbeat has a device's name, two times and a word. */
export const ID_BYTES_MAX = 200;
/** Bytes: a sentence or a few. */
export const MEMO_BYTES_MAX = 1_000;
export const NOTE_BYTES_MAX = 40;
/** Device names are topic parts; 64 characters as for all names. */
const ACCOUNT = /^(?:issuer|person:[1-9]\d{0,8}|task:[1-9]\d{0,11}|device:[A-Za-z0-9._-]{1,64})$/;
/** Without control characters: an id is printed, and is a key of the store, which takes no NUL. */
const PRINTABLE = /^[^\p{Cc}]+$/u;

export const isAccountId = (text: string): text is AccountId => ACCOUNT.test(text);

/** Whether the order could be posted at all, whatever the balances are. */
export function checkOrder(order: TransferOrder): Result<void, LedgerRefusal> {
  const { id, kind, legs, memo, causeId } = order;
  if (!isText(id, ID_BYTES_MAX) || !PRINTABLE.test(id)) return err("badOrder");
  if (causeId !== null && !isText(causeId, ID_BYTES_MAX)) return err("badOrder");
  if (!isWellFormed(memo) || Buffer.byteLength(memo) > MEMO_BYTES_MAX) return err("badOrder");
  if (!TRANSFER_KINDS.includes(kind)) return err("badOrder");
  if (legs.length < LEGS_MIN || legs.length > LEGS_MAX) return err("badOrder");

  let sumMilli = 0;
  for (const [i, { account, amountMilli, note }] of legs.entries()) {
    if (!isAccountId(account)) return err("badOrder");
    if (legs.findIndex((leg) => leg.account === account) !== i) return err("badOrder");
    if (note !== undefined && !isText(note, NOTE_BYTES_MAX)) return err("badOrder");
    if (!Number.isSafeInteger(amountMilli) || amountMilli === 0) return err("badAmount");
    sumMilli += amountMilli;
    if (!Number.isSafeInteger(sumMilli)) return err("badAmount");
  }
  return sumMilli === 0 ? ok(undefined) : err("unbalanced");
}

/** Of each leg's account after it. Only the issuer may be below zero, and nobody beyond 2^53. */
export function balancesAfter(
  { legs }: Pick<TransferOrder, "legs">,
  balanceOf: (account: AccountId) => number,
): Result<readonly number[], LedgerRefusal> {
  const balancesMilli: number[] = [];
  for (const { account, amountMilli } of legs) {
    const balanceMilli = balanceOf(account) + amountMilli;
    if (!Number.isSafeInteger(balanceMilli)) return err("badAmount");
    if (balanceMilli < 0 && account !== ISSUER) return err("insufficientFunds");
    balancesMilli.push(balanceMilli);
  }
  return ok(balancesMilli);
}

/** Whether a repeat asks for the same; the legs in the same order. */
export const isSameBody = (transfer: Transfer, order: TransferOrder): boolean =>
  transfer.kind === order.kind &&
  transfer.memo === order.memo &&
  transfer.causeId === order.causeId &&
  transfer.legs.length === order.legs.length &&
  transfer.legs.every((leg, i) => {
    const other = order.legs[i];
    return (
      leg.account === other?.account &&
      leg.amountMilli === other.amountMilli &&
      leg.note === other.note
    );
  });

export interface SupplyCount {
  readonly issuedMilli: number;
  readonly burnedMilli: number;
}

/**
 * What the issuer gives is issued, what it takes is burned; but a hold that is voided was never given,
 * so it is taken back from what is issued.
 */
export function supplyAfter(
  { issuedMilli, burnedMilli }: SupplyCount,
  { kind, legs }: Pick<TransferOrder, "kind" | "legs">,
): SupplyCount {
  const toIssuerMilli = legs.find(({ account }) => account === ISSUER)?.amountMilli ?? 0;
  return toIssuerMilli < 0 || kind === "task_void"
    ? { issuedMilli: issuedMilli - toIssuerMilli, burnedMilli }
    : { issuedMilli, burnedMilli: burnedMilli + toIssuerMilli };
}

const isText = (text: string, bytesMax: number): boolean =>
  text !== "" && isWellFormed(text) && Buffer.byteLength(text) <= bytesMax;

/** A lone surrogate would come back from UTF-8 as another character. */
const isWellFormed = (text: string): boolean => text.isWellFormed();
