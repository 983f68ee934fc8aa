import type { Chance } from "./chance.ts";

/** Of two AA cells, when new; a supply from the mains holds it. */
const FULL_MV = 3300;
/** Below this the leaf's regulator gives up; real ones fall silent. */
const EMPTY_MV = 2000;
/** The most that one report costs: a coin cell then lasts for weeks of reports each 2 s. */
const REPORT_COST_MV_MAX = 0.05;

export class Battery {
  readonly #isReal: boolean;
  readonly #chance: Chance;
  #mv: number;

  constructor(isReal: boolean, chance: Chance) {
    this.#isReal = isReal;
    this.#chance = chance;
    // Most are quite new; a few are near their end, and are warned about within days.
    this.#mv = isReal ? FULL_MV - 950 * chance.next() ** 4 : FULL_MV;
  }

  get mv(): number {
    return this.#mv;
  }

  spendReport(): void {
    if (!this.#isReal) return;
    this.#mv = Math.max(EMPTY_MV, this.#mv - this.#chance.between(0, REPORT_COST_MV_MAX));
  }
}
