/**
 * The store in memory, for simulations and tests: same promises as LMDB but for the disk, with knobs
 * for what disks do. A restart loses all of it, unless the same object is used again.
 */

import { MycelError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import { asReadBack, packValue } from "./record.ts";
import type {
  BackupManifest,
  Key,
  Range,
  StateStore,
  StoreHealth,
  Table,
  TableSpec,
} from "./state-store.ts";

export interface MemoryStoreOptions {
  readonly onHealth?: (health: StoreHealth, reason: string) => void;
}

/** Calls `commit` some time after it has been called itself. */
export type CommitLater = (commit: () => void) => void;

export class MemoryStore implements StateStore {
  readonly dir = "memory";
  readonly #onHealth: (health: StoreHealth, reason: string) => void;
  readonly #tables = new Map<string, MemoryTable<Key, unknown>>();
  readonly #undo: (() => void)[] = [];
  #pending: { change: () => void; resolve: () => void; reject: (cause: unknown) => void }[] = [];
  #commitLater: CommitLater = queueMicrotask;
  #health: StoreHealth = "ok";
  #isFull = false;
  #failure: Error | undefined;
  #isWriting = false;
  #closed = false;

  constructor(options: MemoryStoreOptions = {}) {
    this.#onHealth = options.onHealth ?? (() => {});
  }

  /** What a start after this one finds; what had not been committed by then is lost. */
  reopened(options: MemoryStoreOptions = {}): MemoryStore {
    this.#pending = [];
    const next = new MemoryStore(options);
    for (const [name, table] of this.#tables) {
      next.#tables.set(
        name,
        table.reopened((undo) => next.#noteUndo(undo)),
      );
    }
    return next;
  }

  /** As if the disk were full, from the next commit until it is set to false. */
  setFull(isFull: boolean): void {
    this.#isFull = isFull;
  }

  /** The next commit fails, as a disk's does that has a bad block. */
  failNext(cause: Error): void {
    this.#failure = cause;
  }

  /** As if the disk were slow, for commits begun from now on: `later` says when each is done. */
  setSlow(later: CommitLater): void {
    this.#commitLater = later;
  }

  table<K extends Key, V>(spec: TableSpec): Table<K, V> {
    let table = this.#tables.get(spec.name);
    if (table === undefined) {
      table = new MemoryTable(spec, (undo) => this.#noteUndo(undo));
      this.#tables.set(spec.name, table);
    }
    return table as unknown as Table<K, V>;
  }

  write(change: () => void): Promise<void> {
    if (this.#closed) {
      return Promise.reject(new MycelError("E_STORE_OPEN", "The store in memory is closed."));
    }
    return new Promise((resolve, reject) => {
      this.#pending.push({ change, resolve, reject });
      if (this.#pending.length === 1) this.#commitLater(() => this.#commit());
    });
  }

  health(): StoreHealth {
    return this.#health;
  }

  backup(): Promise<BackupManifest> {
    return Promise.reject(new MycelError("E_INPUT", "A store in memory has no backup."));
  }

  async close(): Promise<void> {
    this.#commit();
    this.#closed = true;
  }

  #commit(): void {
    const batch = this.#pending;
    this.#pending = [];
    if (batch.length === 0) return;
    // A disk that is known to be full is not begun on.
    const isBegun = !(this.#isFull && this.#health === "full");
    const fault = this.#faultOfCommit();
    const refused: (() => void)[] = [];
    for (const job of batch) {
      try {
        this.#isWriting = true;
        if (isBegun) job.change();
        if (fault === undefined) job.resolve();
        else {
          refused.push(...this.#undo);
          job.reject(fault);
        }
      } catch (cause) {
        undo(this.#undo);
        job.reject(fault ?? cause);
      } finally {
        this.#isWriting = false;
        this.#undo.length = 0;
      }
    }
    undo(refused);
  }

  /** Found, as LMDB finds it, when the changes have been made: they are undone. */
  #faultOfCommit(): Error | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) return failure;
    this.#setHealth(this.#isFull ? "full" : "ok");
    return this.#isFull
      ? new MycelError("E_STORE_FULL", "The store in memory is set to be full.")
      : undefined;
  }

  #noteUndo(undo: () => void): void {
    invariant(this.#isWriting, "a table changed outside of write");
    this.#undo.push(undo);
  }

  #setHealth(health: StoreHealth): void {
    if (health === this.#health) return;
    this.#health = health;
    this.#onHealth(health, "set so");
  }
}

function undo(changes: readonly (() => void)[]): void {
  for (const change of changes.toReversed()) change();
}

class MemoryTable<K extends Key, V> implements Table<K, V> {
  readonly #spec: TableSpec;
  readonly #noteUndo: (undo: () => void) => void;
  /** In order of keys. Replaced as a whole when a walk may be looking at it. */
  #entries: { readonly key: K; readonly value: V }[] = [];
  #isShared = false;

  constructor(spec: TableSpec, noteUndo: (undo: () => void) => void) {
    this.#spec = spec;
    this.#noteUndo = noteUndo;
  }

  reopened(noteUndo: (undo: () => void) => void): MemoryTable<K, V> {
    const next = new MemoryTable<K, V>(this.#spec, noteUndo);
    next.#entries = [...this.#entries];
    return next;
  }

  get(key: K): V | undefined {
    const entry = this.#entries[this.#indexOf(key)];
    return entry !== undefined && compareKeys(entry.key, key) === 0
      ? this.#copy(entry.value)
      : undefined;
  }

  *range(range: Range<K>): Iterable<{ readonly key: K; readonly value: V }> {
    const entries = this.#entries;
    this.#isShared = true;
    const first = range.from === undefined ? 0 : this.#indexOf(range.from);
    const end = range.to === undefined ? entries.length : this.#indexOf(range.to);
    const count = Math.min(Math.max(end - first, 0), range.limit ?? Number.POSITIVE_INFINITY);
    for (let i = 0; i < count; i++) {
      const entry = entries[range.reverse === true ? end - 1 - i : first + i];
      if (entry !== undefined) yield { key: entry.key, value: this.#copy(entry.value) };
    }
  }

  /** Without keys and pages. */
  bytes(): number {
    return this.#entries.reduce((sum, { value }) => sum + bytesOf(value), 0);
  }

  put(key: K, value: V): void {
    const index = this.#indexOf(key);
    const before = this.#entries[index];
    const isThere = before !== undefined && compareKeys(before.key, key) === 0;
    this.#noteUndo(() => {
      if (isThere) this.#splice(index, 1, before);
      else this.#splice(index, 1);
    });
    this.#splice(index, isThere ? 1 : 0, { key, value: this.#copy(value) });
  }

  remove(key: K): void {
    const index = this.#indexOf(key);
    const before = this.#entries[index];
    if (before === undefined || compareKeys(before.key, key) !== 0) return;
    this.#noteUndo(() => this.#splice(index, 0, before));
    this.#splice(index, 1);
  }

  #splice(index: number, removed: number, ...added: { key: K; value: V }[]): void {
    if (this.#isShared) {
      this.#entries = [...this.#entries];
      this.#isShared = false;
    }
    this.#entries.splice(index, removed, ...added);
  }

  /** Where the key is or would be. */
  #indexOf(key: K): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && compareKeys(entry.key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Through msgpack like on disk, so that a test sees what a restart would. */
  #copy(value: V): V {
    return this.#spec.value === "bytes"
      ? (Uint8Array.prototype.slice.call(value) as V)
      : (asReadBack(value) as V);
  }
}

const bytesOf = (value: unknown): number =>
  value instanceof Uint8Array ? value.length : packValue(value).length;

function compareKeys(a: Key, b: Key): number {
  if (typeof a !== "object" || typeof b !== "object") {
    return comparePart(a as string | number, b as string | number);
  }
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = comparePart(a[i] as string | number, b[i] as string | number);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function comparePart(a: string | number, b: string | number): number {
  if (typeof a === "number") return typeof b === "number" ? a - b : -1;
  return typeof b === "number" ? 1 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
