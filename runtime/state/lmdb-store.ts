/**
 * The store in LMDB: one directory, one writing process, readers on any thread.
 *
 *   STORE/data.mdb        the environment          STORE/owner      pid of the writer, for people
 *   STORE/data.mdb-lock   LMDB's table of readers  STORE/restore/   a restore that waits for a start
 *
 * A commit runs on the caller's thread and returns when fdatasync has: lmdb's own asynchronous
 * transactions never settle under Node 24. So the writer belongs on a thread where 1-20 ms of
 * waiting for the disk hold nobody up.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Database, open, type RootDatabase } from "lmdb";
import { MycelError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import { ok } from "../result.ts";
import { DiskSpace, isNoRoom } from "./disk-space.ts";
import { checkLmdbFile } from "./lmdb-check.ts";
import { makeWritableDir } from "./make-dir.ts";
import { readRecord, writeRecord } from "./record.ts";
import { META, planMigration } from "./schema.ts";
import type {
  BackupManifest,
  Key,
  Range,
  StateStore,
  StoreHealth,
  Table,
  TableSpec,
} from "./state-store.ts";
import { applyStagedRestore, DATA_FILE, writeBackup } from "./store-backup.ts";
import { lockStore, type StoreLock } from "./store-lock.ts";

export interface LmdbStoreOptions {
  readonly dir: string;
  /** For readers beside the node's writer, on this thread or another; the store must exist. */
  readonly readOnly?: boolean;
  /** Free bytes of the disk below which writing stops. */
  readonly reserveBytes?: number;
  readonly onHealth?: (health: StoreHealth, reason: string) => void;
}

/** The known tables are a dozen; LMDB wants the number before it opens. */
const TABLES_MAX = 64;

export function openLmdbStore(options: LmdbStoreOptions): StateStore {
  const dir = resolve(options.dir);
  const file = join(dir, DATA_FILE);
  if (options.readOnly === true) {
    if (!existsSync(file)) {
      throw new MycelError("E_STORE_OPEN", `There is no store in ${dir}: start a node first.`, {
        dir,
      });
    }
    return new LmdbStore(dir, openEnvironment(file), undefined, options);
  }

  makeWritableDir(dir, "The store's directory");
  const lock = lockStore(dir);
  let environment: Environment | undefined;
  try {
    applyStagedRestore(dir);
    const checked = existsSync(file) ? checkLmdbFile(file) : ok([]);
    if (!checked.ok) throw damaged(dir, checked.error);
    environment = openEnvironment(file);
    const store = new LmdbStore(dir, environment, lock, options);
    const missing = store.missingTable(checked.value);
    if (missing !== undefined) throw damaged(dir, `its table ${missing} is missing`);
    const migrate = planMigration(store);
    if (migrate !== undefined) store.writeNow(migrate);
    return store;
  } catch (error) {
    void environment?.close();
    lock.release();
    throw error;
  }
}

/** Ours, but for lmdb's arrays being writable. */
type LmdbKey = string | number | (string | number)[];
type Environment = RootDatabase<Buffer, LmdbKey>;

const damaged = (dir: string, damage: string): MycelError =>
  new MycelError(
    "E_STORE_DAMAGED",
    `The store in ${dir} is damaged: ${damage}. Restore a backup, or move the directory away to start empty.`,
    { dir, damage },
  );

interface Pending {
  readonly change: () => void;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

class LmdbStore implements StateStore {
  readonly dir: string;
  readonly #root: Environment;
  /** Undefined for a reader. */
  readonly #lock: StoreLock | undefined;
  readonly #space: DiskSpace;
  readonly #onHealth: (health: StoreHealth, reason: string) => void;
  readonly #tables = new Map<string, LmdbTable<Key, unknown>>();
  /** What one turn of the caller's thread gives: committed when the turn ends. */
  #pending: Pending[] = [];
  #health: StoreHealth = "ok";
  #isWriting = false;
  #closed = false;

  constructor(
    dir: string,
    root: Environment,
    lock: StoreLock | undefined,
    options: LmdbStoreOptions,
  ) {
    this.dir = dir;
    this.#root = root;
    this.#lock = lock;
    this.#space = new DiskSpace(dir, options.reserveBytes);
    this.#onHealth = options.onHealth ?? (() => {});
  }

  table<K extends Key, V>(spec: TableSpec): Table<K, V> {
    let table = this.#tables.get(spec.name);
    if (table === undefined) {
      table = new LmdbTable(this.#root, spec, this.#lock === undefined, () => this.#isWriting);
      this.#tables.set(spec.name, table);
      if (this.#lock !== undefined) this.#noteTable(spec.name);
    }
    return table as unknown as Table<K, V>;
  }

  write(change: () => void): Promise<void> {
    if (this.#lock === undefined || this.#closed) {
      const why = this.#closed ? "is closed" : "was opened for reading";
      return Promise.reject(new MycelError("E_STORE_OPEN", `The store in ${this.dir} ${why}.`));
    }
    return new Promise((resolve, reject) => {
      this.#pending.push({ change, resolve, reject });
      if (this.#pending.length === 1) queueMicrotask(() => this.#commit());
    });
  }

  /** Of the tables that were made once, the first that is not among those in the file. */
  missingTable(found: readonly string[]): string | undefined {
    if (found.length === 0) return undefined;
    return [META.name, ...this.#knownTables()].find((name) => !found.includes(name));
  }

  /** The tables' names are keys of LMDB's own, without a checksum: here they have one. */
  #noteTable(name: string): void {
    const known = this.#knownTables();
    if (name === META.name || known.includes(name)) return;
    const meta = this.table<string, readonly string[]>(META);
    this.writeNow(() => meta.put("tables", [...known, name]));
  }

  #knownTables(): readonly string[] {
    return this.table<string, readonly string[]>(META).get("tables") ?? [];
  }

  /** Apart from the changes given to `write`; for the store itself. */
  writeNow(change: () => void): void {
    this.#isWriting = true;
    try {
      this.#root.transactionSync(change);
    } finally {
      this.#isWriting = false;
    }
  }

  health(): StoreHealth {
    return this.#health;
  }

  backup(dir: string): Promise<BackupManifest> {
    return writeBackup(dir, (file) => this.#root.backup(file, true));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    if (this.#pending.length > 0) this.#commit();
    this.#closed = true;
    // At once, so that an actor that is started again may open what it has closed a moment ago.
    this.#lock?.release();
    await this.#root.close();
  }

  #commit(): void {
    const batch = this.#pending;
    this.#pending = [];
    if (batch.length === 0) return;
    if (this.#health === "failed") {
      this.#refuse(batch, "failed", undefined);
      return;
    }
    if (!this.#space.hasRoom(this.#health === "full")) {
      const reason = `less than ${this.#space.reserveBytes} bytes are free on its disk`;
      this.#setHealth("full", reason);
      this.#refuse(batch, "full", undefined);
      return;
    }

    const thrown = new Map<Pending, unknown>();
    this.#isWriting = true;
    try {
      this.#root.transactionSync(() => {
        for (const job of batch) {
          try {
            // A transaction within one is a child of it, undone alone.
            this.#root.transactionSync(job.change);
          } catch (cause) {
            if (isNoRoom(cause)) throw cause;
            thrown.set(job, cause);
          }
        }
      });
    } catch (cause) {
      const health = isNoRoom(cause) ? "full" : "failed";
      this.#setHealth(health, (cause as Error).message);
      this.#refuse(batch, health, cause);
      return;
    } finally {
      this.#isWriting = false;
    }
    this.#setHealth("ok", "a commit went through");
    for (const job of batch) {
      if (thrown.has(job)) job.reject(thrown.get(job));
      else job.resolve();
    }
  }

  #refuse(batch: readonly Pending[], health: "full" | "failed", cause: unknown): void {
    const fault = this.#fault(health, cause);
    for (const job of batch) job.reject(fault);
  }

  #fault(health: "full" | "failed", cause: unknown): MycelError {
    return health === "full"
      ? new MycelError(
          "E_STORE_FULL",
          `The disk of the store in ${this.dir} is full: make room, writing goes on by itself.`,
          { dir: this.dir },
          cause,
        )
      : new MycelError(
          "E_STORE_FAILED",
          `The store in ${this.dir} could not write: look at its disk, then restart the node.`,
          { dir: this.dir },
          cause,
        );
  }

  #setHealth(health: StoreHealth, reason: string): void {
    if (health === this.#health) return;
    this.#health = health;
    this.#onHealth(health, reason);
  }
}

class LmdbTable<K extends Key, V> implements Table<K, V> {
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

/**
 * Readers open like writers, without creating: within a process lmdb shares one environment among
 * all who open the file, so the first one's `readOnly` would hold for the writer too.
 */
function openEnvironment(file: string): Environment {
  return open<Buffer, LmdbKey>({
    path: file,
    noSubdir: true,
    encoding: "binary",
    maxDbs: TABLES_MAX,
    // Plain LMDB: data is on disk before the meta page that refers to it is written.
    overlappingSync: false,
  });
}
