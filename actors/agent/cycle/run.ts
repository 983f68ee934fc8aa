/**
 * A cycle under way, with what was shown to it and the record that it grows into; or a single call of
 * someone outside, which is a cycle without a model.
 */
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { err, ok, type Result } from "../../../runtime/result.ts";
import type { ChatMessage } from "../../../transports/llm/model-port.ts";
import type { CycleRecord, Provenance, ToolAnswered } from "../messages.ts";
import type { SeenText } from "../prompt/context.ts";
import { type CountTokens, MESSAGE_TOKENS } from "../prompt/tokens.ts";
import type { Guard, GuardContext, UntrustedText } from "../safety/guard-types.ts";
import { Cycle } from "./cycle.ts";

/** What is the same for all runs of an agent, but for the id. */
export interface RunParts {
  readonly id: string;
  readonly agent: string;
  readonly guard: Guard;
  readonly deviceZone: (agentId: string) => string | undefined;
  readonly nowMs: () => number;
}

export interface RunOptions extends RunParts {
  readonly trigger: CycleRecord["trigger"];
  readonly startedAtMs: number;
  readonly prompt: readonly ChatMessage[];
  readonly promptTokens: number;
  readonly seen: readonly SeenText[];
  readonly eventIds: readonly string[];
  readonly reportIds: readonly number[];
  readonly context: GuardContext;
  readonly by?: Provenance;
  /** Of a single call. */
  readonly replyTo?: ActorRef<ToolAnswered>;
}

export class Run {
  readonly cycle: Cycle;
  readonly options: RunOptions;
  /** Ends the request of the model when the actor does. */
  readonly abort = new AbortController();
  /** Of the answer that is coming. */
  thought = "";
  askedAtMs = 0;
  /** Whether there is something that the page has not been told. */
  isNews = true;
  readonly #untrusted: UntrustedText[];
  #counted = 0;
  #tokens: number;

  constructor(options: RunOptions) {
    this.options = options;
    this.#untrusted = [...options.context.untrusted];
    this.#tokens = options.promptTokens;
    this.#counted = options.prompt.length;
    const context = { ...options.context, untrusted: this.#untrusted };
    this.cycle = new Cycle({
      id: options.id,
      prompt: options.prompt,
      check: (call) => options.guard.check(call, { ...context, nowMs: options.nowMs() }),
      deviceZone: options.deviceZone,
      ...(options.by !== undefined && { by: options.by }),
    });
  }

  get id(): string {
    return this.options.id;
  }

  /** What others said, in a tool's result, may be said again by nobody. */
  heard(texts: readonly UntrustedText[]): void {
    this.#untrusted.push(...texts);
  }

  /** Of the next request; an error when it would be longer than it may. */
  requestTokens(count: CountTokens, tokensMax: number): Result<number, number> {
    const { messages } = this.cycle;
    for (; this.#counted < messages.length; this.#counted += 1) {
      const message = messages[this.#counted] as ChatMessage;
      this.#tokens += MESSAGE_TOKENS + count(message.content);
      if (message.role !== "assistant") continue;
      for (const call of message.toolCalls) {
        this.#tokens += MESSAGE_TOKENS + count(call.name) + count(call.argumentsText);
      }
    }
    return this.#tokens <= tokensMax ? ok(this.#tokens) : err(this.#tokens);
  }

  record(
    end: Pick<CycleRecord, "outcome" | "reason"> = { outcome: "running", reason: null },
    unfoundedClaims: readonly string[] = [],
  ): CycleRecord {
    const { options, cycle } = this;
    const isCall = options.trigger === "call";
    return {
      id: options.id,
      agent: options.agent,
      startedAtMs: options.startedAtMs,
      endedAtMs: end.outcome === "running" ? null : options.nowMs(),
      trigger: options.trigger,
      eventIds: options.eventIds,
      seen: options.seen,
      ...(options.reportIds.length > 0 && { reportIds: options.reportIds }),
      promptTokens: options.promptTokens,
      thoughts: isCall
        ? []
        : this.thought === ""
          ? [...cycle.thoughts]
          : [...cycle.thoughts, this.thought],
      calls: [...cycle.calls],
      models: isCall ? [] : [...cycle.models],
      outcome: end.outcome,
      reason: end.reason,
      unfoundedClaims,
    };
  }
}
