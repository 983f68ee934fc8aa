/**
 * A transfer as bytes, one way only: what is hashed is what is stored, and what is read is checked to be
 * exactly what would be written. Numbers big-endian, text UTF-8 with its length before it.
 *
 *   0         1           33      41       49
 *   version   hashBefore  no u64  atMs u64 id  kind  memo  causeId  legs u8, then legs of
 *   1         32 bytes                     u16+text each; causeId: u16, 0xffff for none
 *   leg: account u16+text · amountMilli i64 · balanceMilli i64 · note u16+text, 0xffff for none
 *
 * The hash of a transfer is SHA-256 over all of it, so each hash covers every transfer before it. The
 * first one's `hashBefore` is 32 zero bytes. In the store the hash stands behind the bytes.
 */
import { hash } from "node:crypto";
import { err, ok, type Result } from "../../runtime/result.ts";
import {
  type AccountId,
  type Leg,
  TRANSFER_KINDS,
  type Transfer,
  type TransferKind,
} from "./messages.ts";
import { isAccountId } from "./rules.ts";

export const CHAIN_VERSION = 1;
export const HASH_BYTES = 32;
/** Before the first transfer. */
export const GENESIS_HASH = "0".repeat(2 * HASH_BYTES);

const NONE = 0xffff;
const HEADER_BYTES = 1 + HASH_BYTES + 8 + 8;
/** The longest that the rules let through has some 2,600. */
const TRANSFER_BYTES_MAX = 4_096;

const scratch = Buffer.alloc(TRANSFER_BYTES_MAX);

/** The bytes of a transfer that the rules have let through. */
export function transferBytes(transfer: Omit<Transfer, "hash">, hashBefore: string): Buffer {
  let at = scratch.writeUInt8(CHAIN_VERSION, 0);
  at += scratch.write(hashBefore, at, HASH_BYTES, "hex");
  at = writeU64(transfer.no, at);
  at = writeU64(transfer.atMs, at);
  at = writeText(transfer.id, at);
  at = writeText(transfer.kind, at);
  at = writeText(transfer.memo, at);
  at = writeText(transfer.causeId, at);
  at = scratch.writeUInt8(transfer.legs.length, at);
  for (const [i, { account, amountMilli, note }] of transfer.legs.entries()) {
    at = writeText(account, at);
    at = scratch.writeBigInt64BE(BigInt(amountMilli), at);
    at = scratch.writeBigInt64BE(BigInt(transfer.balancesMilli[i] ?? 0), at);
    at = writeText(note ?? null, at);
  }
  return Buffer.from(scratch.subarray(0, at));
}

export const hashOf = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");

/** Bytes and hash, as a row of the store. */
export const transferRow = (bytes: Buffer, hashHex: string): Buffer =>
  Buffer.concat([bytes, Buffer.from(hashHex, "hex")]);

/** `hash` is the one that stands in the row: whether it is right is for `verify` to say. */
export interface ReadTransfer {
  readonly transfer: Transfer;
  readonly hashBefore: string;
  /** Over the row's bytes, worked out now. */
  readonly hashFound: string;
}

/** What is wrong with the row is said in words. */
export function readTransferRow(row: Uint8Array): Result<ReadTransfer, string> {
  const buffer = Buffer.isBuffer(row)
    ? row
    : Buffer.from(row.buffer, row.byteOffset, row.byteLength);
  if (buffer.length < HEADER_BYTES + HASH_BYTES) return err("it is too short");
  const bytes = buffer.subarray(0, -HASH_BYTES);
  if (bytes[0] !== CHAIN_VERSION) return err(`its version ${bytes[0]} is not known`);
  try {
    const reader = new Reader(bytes, 1 + HASH_BYTES);
    const no = reader.number();
    const atMs = reader.number();
    const id = reader.text();
    const kind = reader.text() as TransferKind;
    const memo = reader.text();
    const causeId = reader.textOrNone();
    const legs: Leg[] = [];
    const balancesMilli: number[] = [];
    for (let left = reader.u8(); left > 0; left--) {
      const account = reader.text() as AccountId;
      const amountMilli = reader.number();
      balancesMilli.push(reader.number());
      const note = reader.textOrNone();
      legs.push({ account, amountMilli, ...(note !== null && { note }) });
    }
    if (!reader.isAtEnd) return err("it has bytes left over");
    if (!TRANSFER_KINDS.includes(kind)) return err(`its kind ${kind} is not known`);
    if (!legs.every(({ account }) => isAccountId(account))) return err("it names no account");
    const stored = buffer.toString("hex", bytes.length);
    return ok({
      transfer: { no, id, kind, legs, memo, causeId, atMs, balancesMilli, hash: stored },
      hashBefore: bytes.toString("hex", 1, 1 + HASH_BYTES),
      hashFound: hashOf(bytes),
    });
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return err("it is cut short");
    throw error;
  }
}

function writeU64(value: number, at: number): number {
  return scratch.writeBigUInt64BE(BigInt(value), at);
}

function writeText(text: string | null, at: number): number {
  if (text === null) return scratch.writeUInt16BE(NONE, at);
  const length = scratch.write(text, at + 2, "utf8");
  scratch.writeUInt16BE(length, at);
  return at + 2 + length;
}

/** What stands for bytes that are no UTF-8, unless somebody wrote it. */
const REPLACEMENT = "\ufffd";
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Reader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  u8(): number {
    const value = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    return value;
  }

  number(): number {
    const value = Number(this.#bytes.readBigInt64BE(this.#at));
    if (!Number.isSafeInteger(value)) throw new RangeError("beyond 2^53");
    this.#at += 8;
    return value;
  }

  text(): string {
    return this.textOrNone() ?? "";
  }

  textOrNone(): string | null {
    const length = this.#bytes.readUInt16BE(this.#at);
    this.#at += 2;
    if (length === NONE) return null;
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError("a text runs over the end");
    // Three times as fast as the decoder, which is asked where bytes may have been no UTF-8.
    const text = this.#bytes.toString("utf8", this.#at, end);
    const isSure = !text.includes(REPLACEMENT);
    const read = isSure ? text : utf8.decode(this.#bytes.subarray(this.#at, end));
    this.#at = end;
    return read;
  }
}
