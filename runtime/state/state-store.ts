/**
 * The store of a node: named tables of ordered keys, one writer, many readers. It knows tables, not
 * meanings: each owner declares its own. A write transaction is all or nothing.
 *
 *   actor ──Write──▶ store writer ──transaction──▶ LMDB ◀──reads── any thread
 */

/** Ordered as LMDB orders them: numbers before strings, arrays element by element. */
export type Key = string | number | readonly (string | number)[];

export interface TableSpec {
  readonly name: string;
  /** `object`: msgpack; `bytes`: as given. */
  readonly value: "object" | "bytes";
}

export interface Range<K extends Key> {
  readonly from?: K;
  /** Exclusive. */
  readonly to?: K;
  readonly limit?: number;
  readonly reverse?: boolean;
}

export interface Table<K extends Key, V> {
  get(key: K): V | undefined;
  range(range: Range<K>): Iterable<{ readonly key: K; readonly value: V }>;
  /** Only inside `write`. */
  put(key: K, value: V): void;
  /** Only inside `write`. */
  remove(key: K): void;
}

export type StoreHealth = "ok" | "full" | "failed";

export interface StateStore {
  readonly dir: string;
  table<K extends Key, V>(spec: TableSpec): Table<K, V>;
  /**
   * Runs `change` as one transaction and resolves when it is on disk; a throw in it changes
   * nothing. Rejects with `E_STORE_FULL` while the disk is full.
   */
  write(change: () => void): Promise<void>;
  health(): StoreHealth;
  /** A consistent copy, taken while the store is in use. */
  backup(dir: string): Promise<void>;
  close(): Promise<void>;
}
