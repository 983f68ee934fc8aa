/** What a model has done and taken since the start, for its row on the page. */
import type { ModelHealth } from "../../http/office/agent-contract.ts";
import type { ChatAnswer, ModelFault, TokenUsage } from "../model-port.ts";
import type { ModelCare } from "./model-care.ts";

/** As the contract says: of the last hundred answers. */
const TIMES_KEPT = 100;
const TOKENS_PRICED = 1_000_000;

export class Account {
  readonly #price: ModelCare["price"];
  readonly #timesMs: number[] = [];
  #requests = 0;
  #faults = 0;
  #promptTokens = 0;
  #completionTokens = 0;
  #cost = 0;
  lastFault: ModelFault | null = null;

  /** Since the start. */
  get hasAnswered(): boolean {
    return this.#timesMs.length > 0;
  }

  constructor(price: ModelCare["price"]) {
    this.#price = price;
  }

  /** The answer with its cost by our prices, where there are any. */
  addAnswer(answer: ChatAnswer, tookMs: number): ChatAnswer {
    this.#requests++;
    const usage = this.addTaken(answer.usage);
    this.#timesMs.push(tookMs);
    if (this.#timesMs.length > TIMES_KEPT) this.#timesMs.shift();
    return { ...answer, usage };
  }

  /** The same with its cost; of an answer, or of as much of one as came. */
  addTaken(taken: TokenUsage): TokenUsage {
    const usage = this.#priced(taken);
    this.#promptTokens += usage.promptTokens;
    this.#completionTokens += usage.completionTokens;
    this.#cost += usage.cost;
    return usage;
  }

  /** A call that the caller ended is no fault of the model's. */
  addFault(fault: ModelFault): void {
    this.#requests++;
    if (fault.code === "aborted") return;
    this.#faults++;
    this.lastFault = fault;
  }

  read(model: string, state: ModelHealth["state"]): ModelHealth {
    const sorted = this.#timesMs.toSorted((a, b) => a - b);
    return {
      model,
      state,
      lastFault: this.lastFault?.message ?? null,
      lastFaultCode: this.lastFault?.code ?? null,
      requests: this.#requests,
      faults: this.#faults,
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
      cost: this.#cost,
      p50Ms: sorted[Math.ceil(sorted.length / 2) - 1] ?? null,
    };
  }

  #priced(usage: TokenUsage): TokenUsage {
    if (this.#price === undefined) return usage;
    const { prompt, completion } = this.#price;
    const cost =
      (usage.promptTokens * prompt + usage.completionTokens * completion) / TOKENS_PRICED;
    return { ...usage, cost };
  }
}
