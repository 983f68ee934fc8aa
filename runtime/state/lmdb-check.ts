/**
 * Looks at an LMDB file before LMDB does: LMDB trusts what it maps, so a damaged page is a crash or a
 * wrong answer. Walks from the newer meta page down every tree and checks that each page is where
 * and what it says, nodes and keys lie within it and in order, and each record fits its checksum.
 *
 *   page     0       8       16      18      20      22      24
 *            pgno    txnid   pad u16 flags   lower   upper   node offsets u16[lower / 2], then nodes
 *   node     0       2       4       6       8            8+ksize
 *            lo u16  hi u16  flags   ksize   key[ksize]   data: lo + hi·2^16 bytes, or a page number
 *   meta     24      28      32      40      48 + 48·i              144       152
 *            magic   version address mapsize trees: 0 free, 1 main  last page txnid
 *
 * Little-endian; source: liblmdb's mdb.c, data version 2, as lmdb 3.5 ships it. A crash leaves none of
 * this: LMDB writes pages that nobody refers to yet and then switches by one meta page.
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { recordIsWhole } from "./record.ts";

const PAGE_HEADER_BYTES = 24;
const NODE_HEADER_BYTES = 8;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const PAGE = { branch: 0x01, leaf: 0x02, overflow: 0x04 } as const;
const NODE = { bigData: 0x01, subTree: 0x02, duplicates: 0x04 } as const;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
/** A tree of 2^64 pages with two children each is no deeper; a loop is. */
const DEPTH_MAX = 64;

/**
 * Bytes read before only branches, and every 64th of the rest, are looked at: a start must not wait
 * for more than a few seconds, whatever the size of the history.
 */
const CHECK_BYTES_MAX = 512 * 1024 * 1024;
const SPARSE_STEP = 64;

/** What is wrong with the file, in words; undefined when nothing was found. */
export function findDamage(
  file: string,
  checkBytesMax: number = CHECK_BYTES_MAX,
): string | undefined {
  const fd = openSync(file, "r");
  try {
    new Walk(fd, fstatSync(fd).size, checkBytesMax).run();
    return undefined;
  } catch (error) {
    if (error instanceof Damage) return error.message;
    throw error;
  } finally {
    closeSync(fd);
  }
}

class Damage extends Error {}

class Walk {
  readonly #fd: number;
  readonly #fileBytes: number;
  #budgetBytes: number;
  #pageBytes = 4096;
  #txnId = 0n;
  #skipped = 0;

  constructor(fd: number, fileBytes: number, budgetBytes: number) {
    this.#fd = fd;
    this.#fileBytes = fileBytes;
    this.#budgetBytes = budgetBytes;
  }

  run(): void {
    const meta = this.#newerMeta();
    for (const [index, name] of ["the free list", "the main tree"].entries()) {
      this.#tree(meta, PAGE_HEADER_BYTES + 24 + 48 * index, name, index === 0 ? "free" : "main");
    }
  }

  #newerMeta(): Buffer {
    if (this.#fileBytes < 2 * this.#pageBytes) {
      throw new Damage(`it has ${this.#fileBytes} bytes and its two meta pages are not there`);
    }
    const first = this.#meta(0);
    this.#pageBytes = first.readUInt32LE(48);
    if (
      this.#pageBytes < 256 ||
      this.#pageBytes > 65_536 ||
      this.#fileBytes < 2 * this.#pageBytes
    ) {
      throw new Damage(`its page size ${this.#pageBytes} is impossible`);
    }
    const second = this.#meta(this.#pageBytes);
    const newer = txnIdOf(second) > txnIdOf(first) ? second : first;
    this.#txnId = txnIdOf(newer);
    return newer;
  }

  #meta(at: number): Buffer {
    const page = this.#read(at, 168);
    if (page.readUInt32LE(24) !== MAGIC) throw new Damage(`the meta page at byte ${at} is no LMDB`);
    const version = page.readUInt32LE(28) & 0xffff;
    if (version !== DATA_VERSION) {
      throw new Damage(`the meta page at byte ${at} has format ${version}, not ${DATA_VERSION}`);
    }
    return page;
  }

  #tree(holder: Buffer, at: number, name: string, kind: "free" | "main" | "table"): void {
    const root = holder.readBigUInt64LE(at + 40);
    if (root === NO_PAGE) return;
    const depth = holder.readUInt16LE(at + 6);
    if (depth < 1 || depth > DEPTH_MAX) throw new Damage(`${name} claims a depth of ${depth}`);
    this.#page(Number(root), depth, name, kind, undefined);
  }

  /** `notBelow`: the key that leads here; all keys of the page are at least that. */
  #page(
    number: number,
    level: number,
    name: string,
    kind: "free" | "main" | "table",
    notBelow: Buffer | undefined,
  ): void {
    const isLeaf = level === 1;
    if (isLeaf && this.#budgetBytes <= 0 && ++this.#skipped % SPARSE_STEP !== 0) return;
    const page = this.#read(this.#offsetOf(number, name), this.#pageBytes);
    const where = `page ${number} of ${name}`;
    if (page.readBigUInt64LE(0) !== BigInt(number)) throw new Damage(`${where} is another page`);
    if (page.readBigUInt64LE(8) > this.#txnId) throw new Damage(`${where} is from the future`);
    if (page.readUInt16LE(18) !== (isLeaf ? PAGE.leaf : PAGE.branch)) {
      throw new Damage(`${where} has flags ${page.readUInt16LE(18)} at level ${level}`);
    }
    const lower = page.readUInt16LE(20);
    const upper = page.readUInt16LE(22);
    if (lower % 2 !== 0 || lower > upper || PAGE_HEADER_BYTES + upper > this.#pageBytes) {
      throw new Damage(`${where} has impossible bounds ${lower} and ${upper}`);
    }
    if (lower < (isLeaf ? 2 : 4)) throw new Damage(`${where} has too few nodes`);

    let previous: Buffer | undefined;
    for (let i = 0; i < lower / 2; i++) {
      const at = PAGE_HEADER_BYTES + page.readUInt16LE(PAGE_HEADER_BYTES + 2 * i);
      if (at < PAGE_HEADER_BYTES + upper || at + NODE_HEADER_BYTES > this.#pageBytes) {
        throw new Damage(`node ${i} of ${where} lies outside of it`);
      }
      const keyEnd = at + NODE_HEADER_BYTES + page.readUInt16LE(at + 6);
      if (keyEnd > this.#pageBytes) throw new Damage(`key ${i} of ${where} runs over its end`);
      const key = page.subarray(at + NODE_HEADER_BYTES, keyEnd);
      // The free list orders by number, not by bytes; a branch's first key stands for everything below.
      if (kind !== "free" && (isLeaf || i > 0)) {
        const before = previous ?? notBelow;
        const order = before === undefined ? -1 : Buffer.compare(before, key);
        if (previous === undefined ? order > 0 : order >= 0) {
          throw new Damage(`key ${i} of ${where} is out of order`);
        }
        previous = key;
      }
      if (isLeaf) this.#leafNode(page, at, keyEnd, where, kind);
      else {
        const child = page.readUInt32LE(at) + page.readUInt16LE(at + 4) * 2 ** 32;
        this.#page(child, level - 1, name, kind, i > 0 ? Buffer.from(key) : notBelow);
      }
    }
  }

  #leafNode(
    page: Buffer,
    at: number,
    dataAt: number,
    where: string,
    kind: "free" | "main" | "table",
  ): void {
    const flags = page.readUInt16LE(at + 4);
    const bytes = page.readUInt32LE(at);
    const name = page.subarray(at + NODE_HEADER_BYTES, dataAt);
    if ((flags & NODE.bigData) !== 0) {
      if (dataAt + 24 > this.#pageBytes) throw new Damage(`a node of ${where} runs over its end`);
      this.#bigData(Number(page.readBigUInt64LE(dataAt)), bytes, where, kind);
      return;
    }
    if (dataAt + bytes > this.#pageBytes) throw new Damage(`a value of ${where} runs over its end`);
    if ((flags & NODE.subTree) !== 0) {
      if (kind !== "main" || bytes !== 48) throw new Damage(`${where} holds a misplaced table`);
      this.#tree(page, dataAt, `table ${printable(name)}`, "table");
    } else if (kind === "table" && !recordIsWhole(page.subarray(dataAt, dataAt + bytes))) {
      throw new Damage(`a record in ${where} does not match its checksum`);
    }
  }

  #bigData(number: number, bytes: number, where: string, kind: "free" | "main" | "table"): void {
    const at = this.#offsetOf(number, where);
    if (at + PAGE_HEADER_BYTES + bytes > this.#fileBytes) {
      throw new Damage(`a record of ${where} lies beyond the end of the file`);
    }
    if (this.#budgetBytes <= 0 && ++this.#skipped % SPARSE_STEP !== 0) return;
    const pages = this.#read(at, PAGE_HEADER_BYTES + bytes);
    if (pages.readBigUInt64LE(0) !== BigInt(number) || pages.readUInt16LE(18) !== PAGE.overflow) {
      throw new Damage(`page ${number}, which ${where} refers to, is another page`);
    }
    if (kind === "table" && !recordIsWhole(pages.subarray(PAGE_HEADER_BYTES))) {
      throw new Damage(`a long record of ${where} does not match its checksum`);
    }
  }

  #offsetOf(number: number, where: string): number {
    const at = number * this.#pageBytes;
    if (number < 2 || at + this.#pageBytes > this.#fileBytes) {
      throw new Damage(
        `${where} refers to page ${number}, which is not among the file's ${Math.floor(this.#fileBytes / this.#pageBytes)}`,
      );
    }
    return at;
  }

  /** A buffer of its own, since a page is looked at while those below it are. */
  #read(at: number, bytes: number): Buffer {
    this.#budgetBytes -= bytes;
    const buffer = Buffer.allocUnsafe(bytes);
    const got = readSync(this.#fd, buffer, 0, bytes, at);
    if (got !== bytes) throw new Damage(`it ends within the page at byte ${at}`);
    return buffer;
  }
}

const txnIdOf = (meta: Buffer): bigint => meta.readBigUInt64LE(152);

/** LMDB keeps a table's name with a closing NUL. */
const printable = (name: Buffer): string => name.toString("utf8").replaceAll("\0", "");
