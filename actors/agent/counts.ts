/** What the agent counts since its start, for `/metrics` and its state. */
import type { TokenUsage } from "../../transports/llm/model-port.ts";
import type { World } from "./inbox/world.ts";
import type { AgentCounts, CycleRecord } from "./messages.ts";

export class Counts {
  readonly #cycles: Record<string, number> = {};
  readonly #calls: Record<string, number> = {};
  rounds = 0;
  lateAnswers = 0;
  #promptTokens = 0;
  #completionTokens = 0;

  used(usage: TokenUsage): void {
    this.#promptTokens += usage.promptTokens;
    this.#completionTokens += usage.completionTokens;
  }

  ended({ trigger, outcome, calls }: CycleRecord): void {
    if (trigger !== "call") this.#cycles[outcome] = (this.#cycles[outcome] ?? 0) + 1;
    for (const call of calls) this.#calls[call.outcome] = (this.#calls[call.outcome] ?? 0) + 1;
  }

  all({ events, dropped }: World, quiet: number): AgentCounts {
    return {
      cycles: { ...this.#cycles },
      quiet,
      rounds: this.rounds,
      calls: { ...this.#calls },
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
      eventsDropped: { ...events.dropped, ...dropped },
      eventsKept: events.size,
      lateAnswers: this.lateAnswers,
    };
  }
}
