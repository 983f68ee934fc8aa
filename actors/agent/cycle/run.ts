/**
 * A cycle under way, with what was shown to it and the record that it grows into; or a single call of
 * someone outside, which is a cycle without a model.
 */
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { err, ok, type Result } from "../../../runtime/result.ts";
import type { ChatMessage } from "../../../transports/llm/model-port.ts";
import type { OfficeEvent } from "../../zone/messages.ts";
import type { CycleRecord, Provenance, ToolAnswered } from "../messages.ts";
import type { SeenText } from "../prompt/context.ts";
import { NEWS_MAX } from "../prompt/news.ts";
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
  /** An operator's, that it was begun with. */
  readonly note?: string | undefined;
  /** Of a single call. */
  readonly replyTo?: ActorRef<ToolAnswered>;
}

/** Told in the midst of it, with the reasons that it gives. */
export interface News {
  readonly text: string;
  readonly seen: readonly SeenText[];
  readonly eventIds: readonly string[];
  readonly context: GuardContext;
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
  /** Urgent events that came since its last round began; at most `NEWS_MAX` in a cycle. */
  readonly news: OfficeEvent[] = [];
  /** Whether it went on for news when it had said its last. */
  hasGoneOn = false;
  #context: GuardContext;
  readonly #seen: SeenText[];
  readonly #eventIds: string[];
  #newsCount = 0;
  #counted = 0;
  #tokens: number;

  constructor(options: RunOptions) {
    this.options = options;
    this.#context = options.context;
    this.#seen = [...options.seen];
    this.#eventIds = [...options.eventIds];
    this.#tokens = options.promptTokens;
    this.#counted = options.prompt.length;
    this.cycle = new Cycle({
      id: options.id,
      prompt: options.prompt,
      check: (call) => options.guard.check(call, { ...this.#context, nowMs: options.nowMs() }),
      deviceZone: options.deviceZone,
      ...(options.by !== undefined && { by: options.by }),
    });
  }

  get id(): string {
    return this.options.id;
  }

  /** What others said, in a tool's result, may be said again by nobody. */
  heard(texts: readonly UntrustedText[]): void {
    const untrusted = [...this.#context.untrusted, ...texts];
    this.#context = { ...this.#context, untrusted };
  }

  /** To be told before its next round. */
  urgent(event: OfficeEvent): void {
    if (this.#newsCount++ < NEWS_MAX) this.news.push(event);
  }

  /** False, and nothing is told, where there is no room for it. To be called between rounds. */
  told(news: News, count: CountTokens, tokensMax: number): boolean {
    const tokens = MESSAGE_TOKENS + count(news.text);
    const before = this.requestTokens(count, tokensMax);
    if (!before.ok || before.value + tokens > tokensMax) return false;
    this.cycle.tell(news.text);
    this.#tokens += tokens;
    this.#counted = this.cycle.messages.length;
    this.#seen.push(...news.seen);
    this.#eventIds.push(...news.eventIds);
    const { warrants, trusted, untrusted, zones } = this.#context;
    this.#context = {
      ...this.#context,
      warrants: [...warrants, ...news.context.warrants],
      trusted: [...trusted, ...news.context.trusted],
      untrusted: [...untrusted, ...news.context.untrusted],
      ...(zones && { zones: new Set([...zones, ...(news.context.zones ?? [])]) }),
    };
    return true;
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
      eventIds: [...this.#eventIds],
      seen: [...this.#seen],
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
