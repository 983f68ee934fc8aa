/**
 * The last commands that a sealed leaf has run or refused, by id, so that each is run once at most
 * however often it comes. Ids rise from command to command, but may arrive in any order.
 */
import { OUTCOMES, SEALED } from "../wire/sealed-types.ts";

export type Outcome = (typeof OUTCOMES)[keyof typeof OUTCOMES];

export class CommandMemory {
  readonly #outcomes = new Map<number, number>();
  /** Up to here an id that is not remembered is stale. */
  #floor = -1;

  /** What a restart has left: the highest alone. */
  constructor(last?: { readonly id: number; readonly outcome: number }) {
    if (last === undefined) return;
    this.#outcomes.set(last.id, last.outcome);
    this.#floor = last.id;
  }

  get highest(): { readonly id: number; readonly outcome: number } | undefined {
    if (this.#outcomes.size === 0) return undefined;
    const id = Math.max(...this.#outcomes.keys());
    return { id, outcome: this.#outcomes.get(id) ?? OUTCOMES.stale };
  }

  /** Undefined for one that is to be looked at. */
  outcomeOf(id: number): Outcome | undefined {
    const known = this.#outcomes.get(id) as Outcome | undefined;
    if (known !== undefined) return known;
    return id <= this.#floor ? OUTCOMES.stale : undefined;
  }

  remember(id: number, outcome: Outcome): void {
    this.#outcomes.set(id, outcome);
    if (this.#outcomes.size <= SEALED.commandMemory) return;
    const lowest = Math.min(...this.#outcomes.keys());
    this.#outcomes.delete(lowest);
    this.#floor = Math.max(this.#floor, lowest);
  }
}
