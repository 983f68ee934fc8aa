/**
 * What the models of a node took since midnight, local time, whoever asked them, and whether that is all that a day may take:
 * then rules answer, which take nothing, until the next midnight.
 *
 *   agent, voice ──▶ metered model ──took──▶ spending ──on disk──▶ agent.spent (day → tokens, dollars)
 *                         ◀──isReached──────────┘
 *
 * It is on disk before the answer is heard, so that a node which crashes again and again stays below its ceiling too.
 */
import type { StateStore, Table } from "../../runtime/state/state-store.ts";
import type { Meter, Taken } from "../../transports/llm/model-port.ts";
import type { AgentBudget } from "./messages.ts";

export interface SpendingLimits {
  /** Prompt and completion together; undefined: any number. */
  readonly tokensPerDayMax?: number | undefined;
  /** US dollars; undefined: any sum. */
  readonly costPerDayMax?: number | undefined;
}

export interface SpendingOptions {
  readonly store: StateStore;
  readonly limits: SpendingLimits;
  readonly nowMs: () => number;
  /** Once a day. */
  readonly onReached: (budget: AgentBudget) => void;
  /** It counts all the same, until the node's end. */
  readonly onUnrecorded: (cause: unknown) => void;
}

interface Spent {
  readonly tokens: number;
  readonly cost: number;
}

/** Days of which is known what models took. */
export const SPENT_DAYS_MAX = 400;

const NOTHING: Spent = { tokens: 0, cost: 0 };

export class Spending implements Meter {
  readonly #options: SpendingOptions;
  readonly #table: Table<string, Spent>;
  #day = "";
  #spent = NOTHING;
  #toldOn = "";

  constructor(options: SpendingOptions) {
    this.#options = options;
    this.#table = options.store.table({ name: "agent.spent", value: "object" });
  }

  took({ promptTokens, completionTokens, cost }: Taken): Promise<void> {
    const day = this.#turn();
    const news = { tokens: promptTokens + completionTokens, cost };
    this.#spent = sum(this.#spent, news);
    const put = (): void => {
      const before = this.#table.get(day);
      this.#table.put(day, sum(before ?? NOTHING, news));
      if (before !== undefined) return;
      const days = [...this.#table.range({})].map(({ key }) => key);
      for (const old of days.slice(0, -SPENT_DAYS_MAX)) this.#table.remove(old);
    };
    return this.#options.store.write(put).catch(this.#options.onUnrecorded);
  }

  isReached(share: number): boolean {
    const day = this.#turn();
    if (!this.#isReached(share)) return false;
    if (share === 1 && this.#toldOn !== day) {
      this.#toldOn = day;
      this.#options.onReached(this.budget());
    }
    return true;
  }

  budget(): AgentBudget {
    this.#turn();
    const { tokensPerDayMax = null, costPerDayMax = null } = this.#options.limits;
    return {
      ...this.#spent,
      tokensMax: tokensPerDayMax,
      costMax: costPerDayMax,
      isReached: this.#isReached(1),
      renewsAtMs: midnightAfter(this.#options.nowMs()),
    };
  }

  #isReached(share: number): boolean {
    const { tokensPerDayMax = Number.POSITIVE_INFINITY, costPerDayMax = Number.POSITIVE_INFINITY } =
      this.#options.limits;
    const { tokens, cost } = this.#spent;
    return tokens >= tokensPerDayMax * share || cost >= costPerDayMax * share;
  }

  #turn(): string {
    const day = dayOf(this.#options.nowMs());
    if (day !== this.#day) this.#spent = this.#table.get(day) ?? NOTHING;
    this.#day = day;
    return day;
  }
}

function sum(a: Spent, b: Spent): Spent {
  return { tokens: a.tokens + b.tokens, cost: a.cost + b.cost };
}

/** `2026-11-21`, of local time: sorts by time. */
function dayOf(atMs: number): string {
  const date = new Date(atMs);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function midnightAfter(nowMs: number): number {
  const date = new Date(nowMs);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}
