/**
 * A model behind a server: what is the same whichever SDK speaks to it.
 *
 *   ChatRequest ──▶ wire: SDK ──pieces──▶ AnswerBuilder ──▶ ChatAnswer | ModelFault
 *
 * One call, one request: time-outs, retries and fallback are wrappers around it (tended.ts). The SDK is loaded
 * by the first call, so that a node without such a model has none of it in memory.
 */
import { z } from "zod";
import { systemClock } from "../../../runtime/clock.ts";
import { err, ok, type Result } from "../../../runtime/result.ts";
import { estimatePromptTokens, estimateTokens } from "../estimate-tokens.ts";
import type { ChatAnswer, ChatRequest, ModelFault, ModelPort } from "../model-port.ts";
import { AnswerBuilder } from "./answer-builder.ts";
import { faultOf } from "./fault-of.ts";
import { watchedFetch } from "./watched-fetch.ts";

export interface ModelWire {
  /** Sends the request and puts what comes into `built`; throws what the SDK throws, or `BadAnswer`. */
  ask(request: ChatRequest, built: AnswerBuilder, call: WireCall): Promise<Ending>;
  /** A request that costs nothing, to see whether the server is there and takes the key. */
  greet(call: WireCall): Promise<Response>;
}

export interface WireCall {
  /** What the SDK is to fetch with. */
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal | undefined;
}

/** What a server said of its answer beside the answer. */
export interface Ending {
  /** Undefined: the stream ended before the answer did. */
  readonly stop: ChatAnswer["stop"] | undefined;
  readonly promptTokens: number | undefined;
  readonly completionTokens: number | undefined;
  /** US dollars, where it says. */
  readonly cost?: number | undefined;
}

/** More than any context has. */
const TOKENS_TOLD_MAX = 100_000_000;
/** More than any answer costs. */
const DOLLARS_TOLD_MAX = 10_000;

/** What a server says that it counted; anything else it said nothing: sums of it are kept for a day, and shown as whole numbers. */
export const toldTokens = z.int().min(0).max(TOKENS_TOLD_MAX).optional().catch(undefined);
export const toldDollars = z.number().min(0).max(DOLLARS_TOLD_MAX).optional().catch(undefined);

export interface ServedModelOptions {
  readonly name: string;
  readonly key: string | undefined;
  readonly openWire: () => Promise<ModelWire>;
}

export function servedModel({ name, key, openWire }: ServedModelOptions): ModelPort {
  const secrets = key === undefined ? [] : [key];
  let wire: Promise<ModelWire> | undefined;

  /** Whatever goes wrong, as a fault; the SDKs end their loops without a word when the signal comes. */
  async function guarded<T>(
    signal: AbortSignal | undefined,
    body: (wire: ModelWire) => Promise<Result<T, ModelFault>>,
  ): Promise<Result<T, ModelFault>> {
    let thrown: unknown;
    try {
      wire ??= openWire();
      const opened = await wire;
      if (!signal?.aborted) {
        const result = await body(opened);
        if (!signal?.aborted) return result;
      }
    } catch (error) {
      thrown = error;
    }
    return err(
      signal?.aborted
        ? { code: "aborted", message: `${name}: the call was ended early.` }
        : faultOf(thrown, { name, secrets, nowMs: systemClock.nowMs() }),
    );
  }

  return {
    name,
    chat: (request, { signal, onDelta, onAlive = () => {} } = {}) =>
      guarded(signal, async (opened) => {
        const built = new AnswerBuilder(onDelta);
        const ending = await opened.ask(request, built, { fetch: watchedFetch(onAlive), signal });
        if (ending.stop !== undefined) return ok(answerOf(name, request, built, ending));
        return err({
          code: "serverError",
          message: `${name}: the stream ended before the answer did.`,
        });
      }),
    check: (signal) =>
      guarded(signal, async (opened) => {
        const response = await opened.greet({ fetch: watchedFetch(() => {}), signal });
        await response.body?.cancel();
        return ok(undefined);
      }),
    close: async () => {},
  };
}

function answerOf(
  model: string,
  request: ChatRequest,
  built: AnswerBuilder,
  { stop = "stop", promptTokens, completionTokens, cost = 0 }: Ending,
): ChatAnswer {
  const { content } = built;
  // Half a thought is no order.
  const toolCalls = stop === "filter" ? [] : built.toolCalls;
  return {
    model,
    content,
    toolCalls,
    stop,
    usage: {
      promptTokens: promptTokens ?? estimatePromptTokens(request),
      completionTokens: completionTokens ?? estimateTokens(content + JSON.stringify(toolCalls)),
      isExact: promptTokens !== undefined && completionTokens !== undefined,
      cost,
    },
  };
}
