/**
 * An LMDB data file, read without LMDB: its pages, and the meta page that is in force.
 *
 *   page   0       8        16        18          20          22          24
 *          pgno    txnid    pad u16   flags u16   lower u16   upper u16   offsets u16[lower / 2], nodes
 *          an overflow page has its number of pages, u32, at 20 and one value from 24 on
 *   meta   24      28         32        40         48 + 48·i               144       152
 *          magic   version    address   mapsize    trees: 0 free, 1 main   last      txnid
 *   tree   0         4          6           8             16          24              32        40
 *          pad u32   flags u16  depth u16   branch pages  leaf pages  overflow pages  entries   root
 *
 * Little-endian. Source: liblmdb's mdb.c, data version 2, as lmdb 3.5 ships it.
 */
import { fstatSync, readSync } from "node:fs";

export const PAGE_HEADER_BYTES = 24;
export const PAGE = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const;
export const TREE_BYTES = 48;

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const META_BYTES = 168;
const META_TREES_AT = 48;
/** What our environments have: integer keys in the free list, the file named by itself. */
const FREE_TREE_FLAGS = 0x4008;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
/** A tree of 2^64 pages with two children each is no deeper; a loop is. */
const DEPTH_MAX = 64;

/** What is wrong with the file, in words that complete "The store is damaged: …". */
export class Damage extends Error {}

export interface Tree {
  readonly name: string;
  /** Undefined when it is empty. */
  readonly root: number | undefined;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
}

export class LmdbFile {
  readonly pageBytes: number;
  readonly pageCount: number;
  readonly txnId: bigint;
  readonly lastPage: number;
  readonly free: Tree;
  readonly main: Tree;
  bytesRead = 0;
  readonly #fd: number;
  readonly #bytes: number;

  constructor(fd: number) {
    this.#fd = fd;
    this.#bytes = fstatSync(fd).size;
    if (this.#bytes < 2 * META_BYTES) {
      throw new Damage(`it has ${this.#bytes} bytes and no room for its two meta pages`);
    }
    const first = this.#meta(0, 0);
    this.pageBytes = first.readUInt32LE(META_TREES_AT);
    if (this.pageBytes < 256 || this.pageBytes > 65_536 || this.#bytes < 2 * this.pageBytes) {
      throw new Damage(`its page size of ${this.pageBytes} bytes is impossible`);
    }
    const second = this.#meta(1, this.pageBytes);
    const newer = txnIdOf(second) > txnIdOf(first) ? second : first;
    const older = newer === first ? second : first;
    this.txnId = txnIdOf(newer);
    // A backup has one that stands for the empty file before it.
    const isBackup =
      txnIdOf(older) === 0n && older.readBigUInt64LE(META_TREES_AT + TREE_BYTES + 40) === NO_PAGE;
    if (this.txnId - txnIdOf(older) > 1n && !isBackup) {
      throw new Damage("its two meta pages do not follow each other");
    }
    this.pageCount = Math.floor(this.#bytes / this.pageBytes);
    this.lastPage = Number(newer.readBigUInt64LE(144));
    // Pages that were freed in the commit that took them may never have been written.
    if (this.lastPage < 1 || this.lastPage > 2 * this.pageCount + 1_024) {
      throw new Damage(`its last page ${this.lastPage} is far from its end`);
    }
    this.free = this.tree(newer, META_TREES_AT, "the free list", this.pageBytes, FREE_TREE_FLAGS);
    this.main = this.tree(newer, META_TREES_AT + TREE_BYTES, "the main tree", 0, 0);
  }

  tree(holder: Buffer, at: number, name: string, pad = 0, flags = 0): Tree {
    const number = (offset: number): number => Number(holder.readBigUInt64LE(at + offset));
    const isEmpty = holder.readBigUInt64LE(at + 40) === NO_PAGE;
    const depth = holder.readUInt16LE(at + 6);
    if (holder.readUInt32LE(at) !== pad || holder.readUInt16LE(at + 4) !== flags) {
      throw new Damage(`${name} has flags ${holder.readUInt16LE(at + 4)}`);
    }
    if (isEmpty ? depth !== 0 : depth < 1 || depth > DEPTH_MAX) {
      throw new Damage(`${name} claims a depth of ${depth}`);
    }
    return {
      name,
      root: isEmpty ? undefined : number(40),
      depth,
      branchPages: number(8),
      leafPages: number(16),
      overflowPages: number(24),
      entries: number(32),
    };
  }

  /** In a buffer of its own. `pages` more than one for a long value. */
  page(number: number, flags: number, where: string, pages = 1): Buffer {
    if (!(number >= 2 && number + pages <= this.pageCount && number + pages - 1 <= this.lastPage)) {
      throw new Damage(`${where} refers to page ${number} of ${this.pageCount}`);
    }
    const page = this.#read(number * this.pageBytes, pages * this.pageBytes);
    if (page.readBigUInt64LE(0) !== BigInt(number)) {
      throw new Damage(`page ${number} of ${where} says that it is another`);
    }
    if (page.readBigUInt64LE(8) > this.txnId) {
      throw new Damage(`page ${number} of ${where} is newer than the file`);
    }
    if (page.readUInt16LE(18) !== flags) {
      throw new Damage(`page ${number} of ${where} has flags ${page.readUInt16LE(18)}`);
    }
    return page;
  }

  #meta(number: number, at: number): Buffer {
    const page = this.#read(at, META_BYTES);
    const isMeta =
      page.readBigUInt64LE(0) === BigInt(number) &&
      page.readUInt16LE(18) === PAGE.meta &&
      page.readUInt32LE(24) === MAGIC &&
      page.readUInt32LE(28) === DATA_VERSION &&
      page.readBigUInt64LE(32) === 0n &&
      // A transaction writes the meta page of its number's parity.
      (txnIdOf(page) & 1n) === BigInt(txnIdOf(page) === 0n ? 0 : number);
    if (!isMeta) throw new Damage(`byte ${at} is not the start of an LMDB meta page`);
    return page;
  }

  #read(at: number, bytes: number): Buffer {
    const buffer = Buffer.allocUnsafe(bytes);
    const got = readSync(this.#fd, buffer, 0, bytes, at);
    this.bytesRead += bytes;
    if (got !== bytes) throw new Damage(`it ends within the page at byte ${at}`);
    return buffer;
  }
}

const txnIdOf = (meta: Buffer): bigint => meta.readBigUInt64LE(152);
