/** The historian of a simulated node: the real one, its store in memory with the knobs of a disk. */
import type { HistorianOptions } from "../../../actors/historian/historian.ts";
import { historian as realHistorian } from "../../../actors/historian/historian.ts";
import type { HistorianCommand } from "../../../actors/historian/messages.ts";
import type { Behavior } from "../../../runtime/behavior.ts";
import type { Clock } from "../../../runtime/clock.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";

/** Outlives the historian, as a disk does. */
export class Disk {
  store: MemoryStore;
  readonly #clock: Clock;
  #isFull = false;
  #commitMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.store = new MemoryStore();
  }

  set(isFull: boolean, commitMs: number): void {
    this.#isFull = isFull;
    this.#commitMs = commitMs;
    this.store.setFull(isFull);
    const clock = this.#clock;
    this.store.setSlow(
      commitMs === 0 ? queueMicrotask : (commit) => void clock.after(commitMs, commit),
    );
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  /** As a node opens it before its historian does: what it writes is on disk at once, or not at all. */
  opened(): MemoryStore {
    this.store = this.store.reopened();
    this.store.setFull(this.#isFull);
    return this.store;
  }

  reopen(): MemoryStore {
    this.store = this.store.reopened();
    this.set(this.#isFull, this.#commitMs);
    return this.store;
  }
}

/** One node runs at a time. */
let disk: Disk | undefined;

export const newDisk = (clock: Clock): Disk => {
  disk = new Disk(clock);
  return disk;
};

export const historian = (options: HistorianOptions): Behavior<HistorianCommand> =>
  realHistorian(options, () => (disk as Disk).reopen() as never);
