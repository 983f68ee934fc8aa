/**
 * What the agent's models took since midnight, local time, and whether that is all that a day may take: then the spare
 * model thinks, which takes nothing, until the next midnight.
 *
 *   answers ──used──▶ spending ──isReached──▶ model | spare        record ──spentBy──▶ store, a sum for each day
 *
 * A crash loses what the cycle under way had taken since its last record.
 */
import type { AgentBudget, ModelUse } from "./messages.ts";

export interface SpendingLimits {
  /** Prompt and completion together; undefined: any number. */
  readonly tokensPerDayMax?: number | undefined;
  /** US dollars; undefined: any sum. */
  readonly costPerDayMax?: number | undefined;
}

export interface Spent {
  readonly tokens: number;
  readonly cost: number;
}

/** Rules take no tokens: what the scripted model says of its own are estimates. */
const FREE_MODEL = "scripted";

const NOTHING: Spent = { tokens: 0, cost: 0 };

export class Spending {
  readonly #limits: SpendingLimits;
  readonly #spentOn: (day: string) => Spent;
  #day = "";
  #spent = NOTHING;

  /** `spentOn`: what the records say of a day. */
  constructor(limits: SpendingLimits, spentOn: (day: string) => Spent) {
    this.#limits = limits;
    this.#spentOn = spentOn;
  }

  used(use: ModelUse, nowMs: number): void {
    this.#turn(nowMs);
    this.#spent = sum(this.#spent, spentBy([use]));
  }

  isReached(nowMs: number): boolean {
    this.#turn(nowMs);
    const { tokensPerDayMax = Number.POSITIVE_INFINITY, costPerDayMax = Number.POSITIVE_INFINITY } =
      this.#limits;
    return this.#spent.tokens >= tokensPerDayMax || this.#spent.cost >= costPerDayMax;
  }

  state(nowMs: number): AgentBudget {
    const { tokensPerDayMax = null, costPerDayMax = null } = this.#limits;
    const isReached = this.isReached(nowMs);
    return {
      ...this.#spent,
      tokensMax: tokensPerDayMax,
      costMax: costPerDayMax,
      isReached,
      renewsAtMs: midnightAfter(nowMs),
    };
  }

  #turn(nowMs: number): void {
    const day = dayOf(nowMs);
    if (day === this.#day) return;
    this.#day = day;
    this.#spent = this.#spentOn(day);
  }
}

export const spentBy = (models: readonly ModelUse[]): Spent =>
  models
    .filter(({ model }) => model !== FREE_MODEL)
    .map(({ promptTokens, completionTokens, cost }) => ({
      tokens: promptTokens + completionTokens,
      cost,
    }))
    .reduce(sum, NOTHING);

export function sum(a: Spent, b: Spent): Spent {
  return { tokens: a.tokens + b.tokens, cost: a.cost + b.cost };
}

/** `2026-11-21`, of local time: sorts by time. */
export function dayOf(atMs: number): string {
  const date = new Date(atMs);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function midnightAfter(nowMs: number): number {
  const date = new Date(nowMs);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}
