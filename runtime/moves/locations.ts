/**
 * Where the actors live that have ever moved. All others live on the thread that their ref names.
 *
 *   Moving ──▶ on its way from A to B ──Located──▶ lives on B … ──Gone──▶ forgotten
 *
 * A place has a version, so that of two words about one actor, come by different ways, the newer
 * counts. While an actor is on its way, the loss of either thread leaves it in doubt who has it: the
 * other one is asked.
 */

export interface Place {
  readonly thread: number;
  readonly version: number;
  /** Whence it is on its way; undefined once it has arrived. */
  readonly from: number | undefined;
}

/**
 * A move adds 1 to the version, and a new incarnation after a loss starts the next generation: whoever
 * is lost with an actor may have moved it on without the parent's knowledge, but never as often.
 */
const GENERATION = 2 ** 20;

export class Locations {
  /** As many as have moved, or come back elsewhere after a loss, and have not ended. */
  readonly #places = new Map<number, Place>();

  get isEmpty(): boolean {
    return this.#places.size === 0;
  }

  threadOf(number: number, home: number): number {
    if (this.#places.size === 0) return home;
    return this.#places.get(number)?.thread ?? home;
  }

  get(number: number): Place | undefined {
    return this.#places.get(number);
  }

  isOnItsWay(number: number): boolean {
    return this.#places.get(number)?.from !== undefined;
  }

  nextVersion(number: number): number {
    return (this.#places.get(number)?.version ?? 0) + 1;
  }

  nextGeneration(number: number): number {
    const version = this.#places.get(number)?.version ?? 0;
    return (Math.floor(version / GENERATION) + 1) * GENERATION;
  }

  /** Whether a version is that of another incarnation, the one before having been lost. */
  isNextGeneration(number: number, version: number): boolean {
    const known = this.#places.get(number)?.version ?? 0;
    return Math.floor(version / GENERATION) > Math.floor(known / GENERATION);
  }

  /** Whether the actor known here is of a later incarnation than that version. */
  isLaterGeneration(number: number, version: number): boolean {
    const known = this.#places.get(number)?.version ?? 0;
    return Math.floor(known / GENERATION) > Math.floor(version / GENERATION);
  }

  /** False when something newer is known. */
  enter(number: number, place: Place): boolean {
    const known = this.#places.get(number);
    if (known !== undefined && known.version > place.version) return false;
    // Its arrival may be heard of before its departure.
    if (known?.version === place.version && place.from !== undefined) return false;
    this.#places.set(number, place);
    return true;
  }

  forget(number: number): boolean {
    return this.#places.delete(number);
  }

  entries(): [number: number, place: Place][] {
    return [...this.#places];
  }
}
