/**
 * Which topics have a retained message, and whose: the broker keeps them for good, so that one user must not take
 * the room of all. What nodes retain has room of its own, or their presence could not be told.
 */

/** Channels of 1,000 leaves. */
const RETAINED_MAX = 10_000;
/** A foreign hub with 256 leaves of four channels. */
const RETAINED_OF_USER_MAX = 1_024;
const RETAINED_BYTES_OF_USER_MAX = 4 * 1024 * 1024;

interface Kept {
  readonly owner: string | undefined;
  readonly bytes: number;
}

export class RetainedTopics {
  readonly #byTopic = new Map<string, Kept>();
  /** By user; undefined: nodes. */
  readonly #used = new Map<string | undefined, { topics: number; bytes: number }>();
  #ofUsers = 0;

  get size(): number {
    return this.#byTopic.size;
  }

  /** False: it is not kept. */
  put(topic: string, owner: string | undefined, bytes: number): boolean {
    const before = this.#byTopic.get(topic);
    this.delete(topic);
    if (!this.#hasRoom(owner, bytes)) {
      if (before !== undefined) this.#add(topic, before);
      return false;
    }
    this.#add(topic, { owner, bytes });
    return true;
  }

  delete(topic: string): void {
    const kept = this.#byTopic.get(topic);
    if (kept === undefined) return;
    this.#byTopic.delete(topic);
    const used = this.#used.get(kept.owner) ?? { topics: 1, bytes: kept.bytes };
    used.topics -= 1;
    used.bytes -= kept.bytes;
    if (used.topics === 0) this.#used.delete(kept.owner);
    if (kept.owner !== undefined) this.#ofUsers -= 1;
  }

  #hasRoom(owner: string | undefined, bytes: number): boolean {
    const used = this.#used.get(owner) ?? { topics: 0, bytes: 0 };
    if (owner === undefined) return used.topics < RETAINED_MAX;
    return (
      this.#ofUsers < RETAINED_MAX &&
      used.topics < RETAINED_OF_USER_MAX &&
      used.bytes + bytes <= RETAINED_BYTES_OF_USER_MAX
    );
  }

  #add(topic: string, kept: Kept): void {
    this.#byTopic.set(topic, kept);
    const used = this.#used.get(kept.owner) ?? { topics: 0, bytes: 0 };
    used.topics += 1;
    used.bytes += kept.bytes;
    this.#used.set(kept.owner, used);
    if (kept.owner !== undefined) this.#ofUsers += 1;
  }
}
