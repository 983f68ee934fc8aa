/** One table of the store in LMDB: a named database of checksummed records. */
import type { Database, RootDatabase } from "lmdb";
import { MycelError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import { readRecord, writeRecord } from "./record.ts";
import type { Key, Range, Table, TableSpec } from "./state-store.ts";

/** Ours, but for lmdb's arrays being writable. */
export type LmdbKey = string | number | (string | number)[];
export type Environment = RootDatabase<Buffer, LmdbKey>;

/** LMDB's `MDB_stat`, as lmdb names it without a type. */
interface PageStats {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

export class LmdbTable<K extends Key, V> implements Table<K, V> {
  readonly #root: Environment;
  readonly #spec: TableSpec;
  readonly #readOnly: boolean;
  readonly #isWriting: () => boolean;
  #database: Database<Buffer, LmdbKey> | undefined;

  constructor(root: Environment, spec: TableSpec, readOnly: boolean, isWriting: () => boolean) {
    this.#root = root;
    this.#spec = spec;
    this.#readOnly = readOnly;
    this.#isWriting = isWriting;
    this.#open();
  }

  get(key: K): V | undefined {
    const record = this.#open()?.getBinary(key as LmdbKey);
    return record === undefined ? undefined : this.#read(record, key);
  }

  *range(range: Range<K>): Iterable<{ readonly key: K; readonly value: V }> {
    const database = this.#open();
    if (database === undefined) return;
    const { from, to, limit, reverse = false } = range;
    const bounds = reverse
      ? { start: to, end: from, exclusiveStart: true, inclusiveEnd: true, reverse }
      : { start: from, end: to };
    const defined = Object.fromEntries(
      Object.entries({ ...bounds, limit }).filter(([, value]) => value !== undefined),
    );
    for (const { key, value } of database.getRange(defined)) {
      yield { key: key as K, value: this.#read(value, key as K) };
    }
  }

  bytes(): number {
    const stats = this.#open()?.getStats() as PageStats | undefined;
    if (stats === undefined) return 0;
    const { treeBranchPageCount, treeLeafPageCount, overflowPages, pageSize } = stats;
    return (treeBranchPageCount + treeLeafPageCount + overflowPages) * pageSize;
  }

  put(key: K, value: V): void {
    this.#writable().putSync(key as LmdbKey, writeRecord(this.#spec.value, key, value));
  }

  remove(key: K): void {
    this.#writable().removeSync(key as LmdbKey);
  }

  #read(record: Buffer, key: K): V {
    const value = readRecord(this.#spec.value, key, record);
    if (value !== undefined) return value as V;
    throw new MycelError(
      "E_STORE_DAMAGED",
      `The record ${JSON.stringify(key)} of table ${this.#spec.name} does not match its checksum: restore a backup.`,
      { table: this.#spec.name, key },
    );
  }

  /** A reader may come before the writer has made the table. */
  #open(): Database<Buffer, LmdbKey> | undefined {
    this.#database ??= this.#root.openDB<Buffer, LmdbKey>(this.#spec.name, {
      encoding: "binary",
      ...(this.#readOnly ? { create: false } : {}),
    });
    return this.#database;
  }

  #writable(): Database<Buffer, LmdbKey> {
    invariant(this.#isWriting(), `table ${this.#spec.name} changed outside of write`);
    invariant(this.#database !== undefined, `table ${this.#spec.name} of a writer is open`);
    return this.#database;
  }
}
