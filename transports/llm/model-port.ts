/**
 * A language model as the agent and the voice see it, whatever serves it: one request, one answer, in
 * OpenAI's terms of chat completion. Providers are drivers behind this port, as links are.
 */
import type { Result } from "../../runtime/result.ts";

export interface ModelPort {
  /** As in the settings and in `/metrics`: `ollama:qwen2.5:14b`, `scripted`. */
  readonly name: string;
  /** Rules take neither tokens nor money: what they say of it is an estimate of what a model would. */
  readonly takesNothing?: boolean;
  /** Never throws and never takes longer than its own time-outs; `signal` ends it early. */
  chat(request: ChatRequest, options?: ChatOptions): Promise<Result<ChatAnswer, ModelFault>>;
  /** Whether it would answer now; for the health row. */
  check(signal: AbortSignal): Promise<Result<void, ModelFault>>;
  close(): Promise<void>;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  /** None: a text is wanted. */
  readonly tools: readonly ToolSpec[];
  readonly temperature: number;
  readonly tokensMax: number;
  /** Makes a model that can repeat itself do so. */
  readonly seed?: number;
}

export type ChatMessage =
  | { readonly role: "system" | "user"; readonly content: string }
  | {
      readonly role: "assistant";
      readonly content: string;
      readonly toolCalls: readonly ToolCall[];
    }
  | { readonly role: "tool"; readonly toolCallId: string; readonly content: string };

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON as the model wrote it, which may be no JSON at all: the caller parses it. */
  readonly argumentsText: string;
}

export interface ChatAnswer {
  /** Which model answered, of those behind a fallback. */
  readonly model: string;
  readonly content: string;
  /** None of a filtered answer: half a thought is no order. */
  readonly toolCalls: readonly ToolCall[];
  readonly stop: "stop" | "toolCalls" | "length" | "filter";
  readonly usage: TokenUsage;
}

export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Whether the server counted, or we estimated. */
  readonly isExact: boolean;
  /** US dollars, by the settings' prices. */
  readonly cost: number;
}

export interface ChatOptions {
  readonly signal?: AbortSignal;
  /** Text as it comes, where the model streams: a preview, the answer is what counts. */
  readonly onDelta?: (text: string) => void;
  /** What came is void: the call is made again, perhaps to another model. */
  readonly onRestart?: () => void;
  /** Bytes came, even if no text: what the time-outs go by. */
  readonly onAlive?: () => void;
  /** What an attempt took, before its end is told; also of one that broke off, as its server charges for it all the same. */
  readonly onTaken?: (taken: Taken) => void;
}

export interface Taken extends Pick<TokenUsage, "promptTokens" | "completionTokens" | "cost"> {
  readonly model: string;
}

export const MODEL_FAULTS = [
  "unreachable",
  "timeout",
  "rateLimited",
  "unauthorized",
  "badRequest",
  /** The server failed. */
  "serverError",
  /** It answered something that is no chat completion. */
  "badAnswer",
  "contextTooLong",
  /** Too many calls wait already. */
  "busy",
  "aborted",
] as const;

export interface ModelFault {
  readonly code: (typeof MODEL_FAULTS)[number];
  /** One sentence, without keys or other secrets. */
  readonly message: string;
  /** When the server wants to be asked again, ms from now. */
  readonly retryAfterMs?: number;
}

/** An account of what a model takes, kept by its owner. */
export interface Meter {
  /** Whether this share of the ceiling is taken. */
  isReached(share: number): boolean;
  /** Settles when it is recorded, or cannot be; never rejects. */
  took(taken: Taken): Promise<void>;
}
