/**
 * Looks at a store's file before LMDB does: LMDB trusts what it maps, so a damaged page is a crash or
 * a wrong answer. Walks every tree and checks that each page is what it says and used once, that keys
 * are in order, that each record fits its checksum, and that all of it adds up.
 *
 *   leaf node     0            4            6            8            8+ksize
 *                 bytes u32    flags u16    ksize u16    key[ksize]   value[bytes], or where it is
 *   branch node   0            6            8
 *                 child u48    ksize u16    key[ksize]
 *   long value    where it is: page u64, txnid u64, number of pages u64
 *   free list     key: txnid u64; value: n u64, then n of: page, or -k and the first of k pages, or 0
 *
 * A crash leaves no damage: LMDB writes pages that nobody refers to yet and then switches by one meta
 * page. What is found here was done by a disk, a copy or a person.
 */
import { closeSync, openSync } from "node:fs";
import { err, ok, type Result } from "../result.ts";
import { Damage, LmdbFile, PAGE, PAGE_HEADER_BYTES, TREE_BYTES, type Tree } from "./lmdb-file.ts";
import { isWholeRecord } from "./record.ts";

const NODE_HEADER_BYTES = 8;
const NODE = { plain: 0, bigData: 0x01, subTree: 0x02 } as const;
const BIG_DATA_BYTES = 24;

/**
 * Bytes read before only branches and every 64th of the other pages are looked at: a start must not
 * wait for more than a third of a second, however much history there is.
 */
const CHECK_BYTES_MAX = 64 * 1024 * 1024;
const SPARSE_STEP = 64;

/** The names of the tables in the file, or what is wrong with it. */
export function checkLmdbFile(
  file: string,
  checkBytesMax: number = CHECK_BYTES_MAX,
): Result<readonly string[], string> {
  const fd = openSync(file, "r");
  try {
    const walk = new Walk(new LmdbFile(fd), checkBytesMax);
    walk.run();
    return ok(walk.tables);
  } catch (error) {
    if (error instanceof Damage) return err(error.message);
    throw error;
  } finally {
    closeSync(fd);
  }
}

type Kind = "free" | "main" | "table";
type Counts = Record<"branchPages" | "leafPages" | "overflowPages" | "entries", number>;

class Walk {
  readonly tables: string[] = [];
  readonly #file: LmdbFile;
  readonly #bytesMax: number;
  /** By page number: 0 not seen, else used or free. */
  readonly #seen: Uint8Array;
  #skipped = 0;

  constructor(file: LmdbFile, bytesMax: number) {
    this.#file = file;
    this.#bytesMax = bytesMax;
    this.#seen = new Uint8Array(file.lastPage + 1);
  }

  run(): void {
    this.#tree(this.#file.free, "free");
    this.#tree(this.#file.main, "main");
  }

  #tree(tree: Tree, kind: Kind): void {
    const counts: Counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    const skippedBefore = this.#skipped;
    if (tree.root !== undefined) {
      this.#page(tree.root, tree, tree.depth, kind, counts, undefined, undefined);
    }
    if (this.#skipped > skippedBefore) return;
    for (const what of ["branchPages", "leafPages", "overflowPages", "entries"] as const) {
      if (counts[what] === tree[what]) continue;
      throw new Damage(`${tree.name} has ${counts[what]} ${what} and should have ${tree[what]}`);
    }
  }

  /** `from`, `to`: the keys on both sides of the way here; those of the page are `[from, to)`. */
  #page(
    number: number,
    tree: Tree,
    level: number,
    kind: Kind,
    counts: Counts,
    from: Buffer | undefined,
    to: Buffer | undefined,
  ): void {
    const isLeaf = level === 1;
    if (isLeaf && kind === "table" && this.#skips()) return;
    const page = this.#file.page(number, isLeaf ? PAGE.leaf : PAGE.branch, tree.name);
    const where = `page ${number} of ${tree.name}`;
    this.#mark(number, 1, where);
    counts[isLeaf ? "leafPages" : "branchPages"] += 1;

    const nodes = nodesOf(page, where);
    if (nodes.length < (isLeaf ? 1 : 2)) throw new Damage(`${where} has too few nodes`);
    // The first key of a branch stands for all that is below it, and is not looked at.
    const keys = nodes.map(({ key }, i) => (isLeaf || i > 0 ? key : undefined));
    let before = from;
    for (const [i, key] of keys.entries()) {
      if (key === undefined) continue;
      const order = before === undefined ? -1 : compareKeys(kind, before, key);
      // A leaf's first key may be the one that leads to it.
      const isInOrder = order < 0 || (order === 0 && isLeaf && i === 0);
      if (!isInOrder || (to !== undefined && compareKeys(kind, key, to) >= 0)) {
        throw new Damage(`key ${i} of ${where} is out of order`);
      }
      before = key;
    }

    for (const [i, { at, valueAt, key }] of nodes.entries()) {
      if (isLeaf) {
        counts.entries += 1;
        counts.overflowPages += this.#leafNode(page, at, valueAt, key, where, kind);
      } else {
        const child = page.readUInt32LE(at) + page.readUInt16LE(at + 4) * 2 ** 32;
        this.#page(child, tree, level - 1, kind, counts, keys[i] ?? from, keys[i + 1] ?? to);
      }
    }
  }

  /** Returns how many pages a long value has beside this one. */
  #leafNode(
    page: Buffer,
    at: number,
    valueAt: number,
    key: Buffer,
    where: string,
    kind: Kind,
  ): number {
    const bytes = page.readUInt32LE(at);
    const flags = page.readUInt16LE(at + 4);
    const isLong = flags === NODE.bigData && kind !== "main";
    if (valueAt + (isLong ? BIG_DATA_BYTES : bytes) > page.length) {
      throw new Damage(`a value of ${where} runs over its end`);
    }
    if (isLong) return this.#longValue(page, valueAt, bytes, key, where, kind);
    if (flags !== (kind === "main" ? NODE.subTree : NODE.plain)) {
      throw new Damage(`a node of ${where} has flags ${flags}`);
    }
    const value = page.subarray(valueAt, valueAt + bytes);
    if (kind !== "main") {
      this.#value(key, value, where, kind);
      return 0;
    }
    if (bytes !== TREE_BYTES) throw new Damage(`${where} holds no table where it should`);
    // LMDB keeps a table's name with a closing NUL.
    const name = key.toString("utf8").replaceAll("\0", "");
    this.tables.push(name);
    this.#tree(this.#file.tree(value, 0, `table ${name}`), "table");
    return 0;
  }

  #longValue(
    page: Buffer,
    at: number,
    bytes: number,
    key: Buffer,
    where: string,
    kind: Kind,
  ): number {
    const number = Number(page.readBigUInt64LE(at));
    const count = Math.floor((PAGE_HEADER_BYTES - 1 + bytes) / this.#file.pageBytes) + 1;
    if (Number(page.readBigUInt64LE(at + 16)) !== count) {
      throw new Damage(`a long value of ${where} claims another number of pages`);
    }
    this.#mark(number, count, where);
    if (kind === "table" && this.#skips()) return count;
    const pages = this.#file.page(number, PAGE.overflow, where, count);
    if (pages.readUInt32LE(20) !== count) {
      throw new Damage(`page ${number} of ${where} claims another number of pages`);
    }
    const value = pages.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + bytes);
    this.#value(key, value, where, kind);
    return count;
  }

  #value(key: Buffer, value: Buffer, where: string, kind: Kind): void {
    if (kind === "free") this.#freePages(key, value, where);
    else if (!isWholeRecord(key, value)) {
      throw new Damage(`a record in ${where} does not fit its checksum`);
    }
  }

  #freePages(key: Buffer, value: Buffer, where: string): void {
    const count = value.length < 8 ? Number.NaN : Number(value.readBigUInt64LE(0));
    if (key.length !== 8 || key.readBigUInt64LE(0) > this.#file.txnId) {
      throw new Damage(`a key of ${where} is no transaction`);
    }
    if (!(8 * (count + 1) <= value.length)) throw new Damage(`a list in ${where} has no end`);
    let run = 1;
    for (let i = 1; i <= count; i++) {
      const entry = Number(value.readBigInt64LE(8 * i));
      if (entry > 0) this.#mark(entry, run, where);
      else if (run > 1) throw new Damage(`a run of free pages in ${where} has no first page`);
      run = entry < 0 ? -entry : 1;
    }
    if (run > 1) throw new Damage(`a run of free pages in ${where} has no first page`);
  }

  /** No page may be used twice, or be used and free: the next commits would write over it. */
  #mark(number: number, count: number, where: string): void {
    if (!(number >= 2 && number + count - 1 <= this.#file.lastPage)) {
      throw new Damage(`${where} refers to page ${number}, which is not in the file`);
    }
    for (let page = number; page < number + count; page++) {
      if (this.#seen[page] !== 0) throw new Damage(`page ${page}, in ${where}, is in use twice`);
      this.#seen[page] = 1;
    }
  }

  #skips(): boolean {
    if (this.#file.bytesRead < this.#bytesMax) return false;
    this.#skipped += 1;
    return this.#skipped % SPARSE_STEP !== 0;
  }
}

interface Node {
  readonly at: number;
  readonly key: Buffer;
  readonly valueAt: number;
}

function nodesOf(page: Buffer, where: string): Node[] {
  const lower = page.readUInt16LE(20);
  const upper = page.readUInt16LE(22);
  if (lower % 2 !== 0 || lower > upper || PAGE_HEADER_BYTES + upper > page.length) {
    throw new Damage(`${where} has impossible bounds ${lower} and ${upper}`);
  }
  return Array.from({ length: lower / 2 }, (_, i) => {
    const at = PAGE_HEADER_BYTES + page.readUInt16LE(PAGE_HEADER_BYTES + 2 * i);
    const keyAt = at + NODE_HEADER_BYTES;
    const valueAt = keyAt > page.length ? keyAt : keyAt + page.readUInt16LE(at + 6);
    if (at < PAGE_HEADER_BYTES + upper || valueAt > page.length) {
      throw new Damage(`node ${i} of ${where} lies outside of it`);
    }
    return { at, key: page.subarray(keyAt, valueAt), valueAt };
  });
}

/** The free list is in order of numbers, the others of bytes. */
function compareKeys(kind: Kind, a: Buffer, b: Buffer): number {
  if (kind !== "free" || a.length !== 8 || b.length !== 8) return Buffer.compare(a, b);
  return Number(a.readBigUInt64LE(0) - b.readBigUInt64LE(0));
}
