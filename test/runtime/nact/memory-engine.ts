/** A persistence engine in memory, of the shape that nact asks for; it may be told to fail. */
import type { EventStream, PersistedEvent, PersistedSnapshot } from "nact";

export class MemoryEngine {
  readonly stored: PersistedEvent[] = [];
  readonly snapshots: PersistedSnapshot[] = [];
  /** How many calls are still to fail, by method. */
  readonly failing = { events: 0, latestSnapshot: 0, takeSnapshot: 0, persist: 0 };

  events(key: string, offset = 0): EventStream {
    this.#failIfTold("events");
    const found = this.stored.filter((each) => each.key === key && each.sequenceNumber > offset);
    // nact's type means its own events, where it says `Event`.
    return found as unknown as EventStream;
  }

  async latestSnapshot(key: string): Promise<PersistedSnapshot> {
    this.#failIfTold("latestSnapshot");
    return this.snapshots.findLast((each) => each.key === key) as PersistedSnapshot;
  }

  async takeSnapshot(snapshot: PersistedSnapshot): Promise<void> {
    this.#failIfTold("takeSnapshot");
    this.snapshots.push(snapshot);
  }

  async persist(event: PersistedEvent): Promise<void> {
    this.#failIfTold("persist");
    this.stored.push(event);
  }

  /** Stored by someone before. */
  withEvents(key: string, data: readonly unknown[], deleted: readonly number[] = []): this {
    for (const [index, each] of data.entries()) {
      this.stored.push({
        data: each,
        sequenceNumber: index + 1,
        key,
        createdAt: 0,
        isDeleted: deleted.includes(index + 1),
        tags: [],
      });
    }
    return this;
  }

  #failIfTold(method: keyof MemoryEngine["failing"]): void {
    if (this.failing[method] === 0) return;
    this.failing[method] -= 1;
    throw new Error(`${method} failed as told`);
  }
}
