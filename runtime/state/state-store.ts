/**
 * The store of a node: named tables of ordered keys, one writer, many readers. It knows tables, not
 * meanings: each owner declares its own. A write transaction is all or nothing.
 *
 *   actor ──Write──▶ store writer ──transaction──▶ LMDB ◀──reads── any thread
 */
import { MycelError } from "../errors.ts";

/**
 * Ordered as LMDB orders them: numbers before strings, strings by code point, arrays element by
 * element. One table has keys of one shape; strings hold no NUL, numbers are not NaN.
 */
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
  /** A value of its own, not shared with the store. Throws `E_STORE_DAMAGED` on a bad checksum. */
  get(key: K): V | undefined;
  /** Of one moment: what is written while it is walked does not show. */
  range(range: Range<K>): Iterable<{ readonly key: K; readonly value: V }>;
  /** What it takes of the disk, whole pages; without looking at its rows. */
  bytes(): number;
  /** Only inside `write`. The value is copied. */
  put(key: K, value: V): void;
  /** Only inside `write`. A key that is not there is no error. */
  remove(key: K): void;
}

/** `full`: writes are refused until there is room; `failed`: they are refused until a restart. */
export type StoreHealth = "ok" | "full" | "failed";

/** What a backup holds; stands beside it as `manifest.json`. */
export interface BackupManifest {
  readonly format: 1;
  readonly schemaVersion: number;
  readonly takenAtMs: number;
  readonly bytes: number;
  /** SHA-256 of the data file, hex. */
  readonly sha256: string;
}

export interface StateStore {
  readonly dir: string;
  /** The same table for the same name. Not inside `write`. */
  table<K extends Key, V>(spec: TableSpec): Table<K, V>;
  /**
   * Runs `change` soon, as one transaction that sees its own writes, and resolves when it is on
   * disk; a throw in it changes nothing and rejects. Changes given in one turn share a commit, each
   * still all or nothing, in order. Rejects with `E_STORE_FULL` while the disk is full.
   */
  write(change: () => void): Promise<void>;
  health(): StoreHealth;
  /** A consistent copy, taken while the store is in use, in a new directory. */
  backup(dir: string): Promise<BackupManifest>;
  /** After what was given to `write` is on disk. */
  close(): Promise<void>;
}

/** Room may come back: any other fault of a write is the supervisor's. */
export const isStoreFull = (cause: unknown): cause is MycelError =>
  cause instanceof MycelError && cause.code === "E_STORE_FULL";
