/**
 * The store in LMDB: one directory, one writing process, readers on any thread.
 *
 *   STORE/data.mdb        the environment          STORE/owner      pid of the writer, for people
 *   STORE/data.mdb-lock   LMDB's table of readers  STORE/restore/   a restore that waits for a start
 *   STORE/created         since it was first whole
 *
 * A commit runs on the caller's thread and returns when fdatasync has: lmdb's own asynchronous
 * transactions never settle under Node 24. So the writer belongs on a thread where 1-20 ms of
 * waiting for the disk hold nobody up.
 */
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { open } from "lmdb";
import { MycelError } from "../errors.ts";
import { ok } from "../result.ts";
import { DiskSpace, isNoRoom } from "./disk-space.ts";
import { checkLmdbFile } from "./lmdb-check.ts";
import { type Environment, type LmdbKey, LmdbTable } from "./lmdb-table.ts";
import { makeWritableDir } from "./make-dir.ts";
import { META, planMigration } from "./schema.ts";
import type {
  BackupManifest,
  Key,
  StateStore,
  StoreHealth,
  Table,
  TableSpec,
} from "./state-store.ts";
import { applyStagedRestore, DATA_FILE, READERS_FILE, writeBackup } from "./store-backup.ts";
import { lockStore, type StoreLock } from "./store-lock.ts";

export interface LmdbStoreOptions {
  readonly dir: string;
  /** For readers beside the node's writer, on this thread or another; the store must exist. */
  readonly readOnly?: boolean;
  /** This process has opened the store as its writer before, so its file was looked at. */
  readonly isChecked?: boolean;
  /** Free bytes of the disk below which writing stops. */
  readonly reserveBytes?: number;
  readonly onHealth?: (health: StoreHealth, reason: string) => void;
}

/** Stands in the directory since the store was first whole. */
const CREATED_FILE = "created";
const META_PAGES_BYTES = 8_192;
/** A header and 126 readers of 64 bytes each: LMDB's default. */
const READERS_BYTES = 8_272;
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
    const hasData = prepareFiles(dir);
    const checked = hasData && options.isChecked !== true ? checkLmdbFile(file) : ok([]);
    if (!checked.ok) throw damaged(dir, checked.error);
    environment = openEnvironment(file);
    const store = new LmdbStore(dir, environment, lock, options);
    const missing = store.missingTable(checked.value);
    if (missing !== undefined) throw damaged(dir, `its table ${missing} is missing`);
    const migrate = planMigration(store);
    if (migrate !== undefined) store.writeNow(migrate);
    if (!existsSync(join(dir, CREATED_FILE))) writeFileSync(join(dir, CREATED_FILE), "");
    return store;
  } catch (error) {
    void environment?.close();
    lock.release();
    throw openFault(dir, error);
  }
}

/**
 * Whether there is a data file; false on a first start. One that was begun there without room, or
 * killed, has no meta pages yet and is removed; once the store was whole, a missing file is damage.
 */
function prepareFiles(dir: string): boolean {
  const file = join(dir, DATA_FILE);
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const wasWhole = existsSync(join(dir, CREATED_FILE));
  if (wasWhole && bytes === 0) throw damaged(dir, `${DATA_FILE} is missing or empty`);
  // Mapped and written to by LMDB: with a hole in it, a full disk would end the process by SIGBUS.
  const readers = join(dir, READERS_FILE);
  if (!existsSync(readers)) writeFileSync(readers, new Uint8Array(READERS_BYTES));
  if (wasWhole || bytes >= META_PAGES_BYTES) return true;
  rmSync(file, { force: true });
  return false;
}

function openFault(dir: string, cause: unknown): MycelError {
  if (cause instanceof MycelError) return cause;
  return isNoRoom(cause)
    ? new MycelError(
        "E_STORE_FULL",
        `The disk of the store in ${dir} is full: make room, then start again.`,
        { dir },
        cause,
      )
    : new MycelError(
        "E_STORE_OPEN",
        `The store in ${dir} cannot be opened: ${(cause as Error).message}.`,
        { dir },
        cause,
      );
}

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
      try {
        table = new LmdbTable(this.#root, spec, this.#lock === undefined, () => this.#isWriting);
        this.#tables.set(spec.name, table);
        if (this.#lock !== undefined) this.#noteTable(spec.name);
      } catch (cause) {
        throw openFault(this.dir, cause);
      }
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
      // A write that the disk took a part of is an EIO to LMDB.
      const health = isNoRoom(cause) || this.#space.isUsedUp() ? "full" : "failed";
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
          `The disk of the store in ${this.dir} has no room left: make some. A running node goes on by itself.`,
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
