/**
 * Which sources a zone hears, so that their number stays bounded: foreign devices on the bus may
 * invent names without end. The least recently heard gives way to a new one.
 */

/** 16 hubs full of leaves. At some 200 bytes of readings each, under a megabyte a zone. */
export const SOURCES_MAX = 4_096;

export class Sources {
  readonly #heardMs = new Map<string, number>();
  readonly #most: number;

  constructor(most: number = SOURCES_MAX) {
    this.#most = most;
  }

  /** The source that had to give way, if one had to. */
  hear(source: string, atMs: number): string | undefined {
    const isNew = !this.#heardMs.has(source);
    const dropped = isNew && this.#heardMs.size === this.#most ? this.#oldest() : undefined;
    if (dropped !== undefined) this.#heardMs.delete(dropped);
    this.#heardMs.set(source, atMs);
    return dropped;
  }

  forget(source: string): void {
    this.#heardMs.delete(source);
  }

  /** A walk over all: only when a new source comes into a full zone. */
  #oldest(): string | undefined {
    let oldest: string | undefined;
    let oldestMs = Infinity;
    for (const [source, heardMs] of this.#heardMs) {
      if (heardMs < oldestMs) [oldest, oldestMs] = [source, heardMs];
    }
    return oldest;
  }
}
