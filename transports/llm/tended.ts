/**
 * A model with everything around it that a caller can rely on, whatever the driver:
 *
 *   chat ──▶ breaker ──▶ gate ──▶ retries ──▶ time-outs ──▶ driver ──▶ server
 *            is it up?   a place   again?      in time?       │
 *                        among n                              └─▶ account ──▶ health
 */
import { err, type Result } from "../../runtime/result.ts";
import type { ModelHealth } from "../http/office/agent-contract.ts";
import { estimatePromptTokens, estimateTokens } from "./estimate-tokens.ts";
import type {
  ChatAnswer,
  ChatOptions,
  ChatRequest,
  ModelFault,
  ModelPort,
  TokenUsage,
} from "./model-port.ts";
import { Account } from "./tended/account.ts";
import { Breaker } from "./tended/breaker.ts";
import { CALLS_WAITING_MAX, Gate } from "./tended/gate.ts";
import type { CareDeps, ModelCare } from "./tended/model-care.ts";
import { withRetries } from "./tended/retry.ts";
import { timedChat } from "./tended/timed.ts";

export interface TendedModel extends ModelPort {
  health(): ModelHealth;
}

export interface TendedOptions extends CareDeps {
  readonly care: ModelCare;
  /** After each attempt, and when what is known of it changes. */
  readonly onHealth?: (health: ModelHealth) => void;
}

export function tendModel(driver: ModelPort, options: TendedOptions): TendedModel {
  const { care, clock, random, onHealth } = options;
  const { name } = driver;
  const gate = new Gate(care.concurrentMax);
  const breaker = new Breaker(care.cooldownMs);
  const account = new Account(care.price);
  let isKnown = false;

  const health = (): ModelHealth => {
    // One fault may be chance, unless nothing else is known of it: a file that is not there, a wrong address.
    const isDown = breaker.isDown || (breaker.isFailing && !account.hasAnswered);
    const trouble = isDown ? "down" : breaker.isFailing ? "degraded" : undefined;
    return account.read(name, trouble ?? (isKnown ? "ok" : "unknown"));
  };
  const told = (): void => onHealth?.(health());
  const refusal = (code: ModelFault["code"], text: string, retryAfterMs?: number) =>
    err<ModelFault>({
      code,
      message: `${name}: ${text}.`,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });

  async function attempt(
    request: ChatRequest,
    chatOptions: ChatOptions,
    leftMs: number,
  ): Promise<Result<ChatAnswer, ModelFault>> {
    const startedMs = clock.monotonicMs();
    const came = { hasBegun: false, text: "" };
    const watched: ChatOptions = {
      ...chatOptions,
      onAlive: () => {
        came.hasBegun = true;
        chatOptions.onAlive?.();
      },
      onDelta: (text) => {
        came.text += text;
        chatOptions.onDelta?.(text);
      },
    };
    const result = await timedChat(driver, request, watched, { ...care.timeouts, leftMs }, clock);
    isKnown = true;
    if (!result.ok) {
      account.addFault(result.error);
      // What is no answer in its own terms is no model's.
      if (came.hasBegun && result.error.code !== "badAnswer")
        took(account.addTaken(brokenOff(request, came.text)), chatOptions);
      return result;
    }
    breaker.succeeded();
    const value = account.addAnswer(result.value, clock.monotonicMs() - startedMs);
    took(value.usage, chatOptions);
    return { ok: true, value };
  }

  function took({ promptTokens, completionTokens, cost }: TokenUsage, told: ChatOptions): void {
    if (driver.takesNothing !== true)
      told.onTaken?.({ model: name, promptTokens, completionTokens, cost });
  }

  async function chat(
    request: ChatRequest,
    chatOptions: ChatOptions = {},
  ): Promise<Result<ChatAnswer, ModelFault>> {
    const { signal } = chatOptions;
    const { totalMs } = care.timeouts;
    const deadlineMs = clock.monotonicMs() + totalMs;
    const left = breaker.waitMs(clock.monotonicMs());
    if (left > 0) {
      const last = account.lastFault?.message ?? "it was found down";
      return refusal(
        "unreachable",
        `left alone for another ${Math.ceil(left / 1_000)} s; ${last}`,
        left,
      );
    }
    const waiting = new AbortController();
    const stopWaiting = clock.after(totalMs, () => waiting.abort());
    const place = await gate.enter(
      signal === undefined ? waiting.signal : AbortSignal.any([signal, waiting.signal]),
    );
    stopWaiting();
    let result: Result<ChatAnswer, ModelFault>;
    if (place === "entered") {
      result = await withRetries(
        {
          retriesMax: care.retriesMax,
          deadlineMs,
          signal,
          onRestart: () => {
            told();
            chatOptions.onRestart?.();
          },
          attempt: (leftMs) => attempt(request, chatOptions, leftMs),
        },
        { clock, random },
      );
      gate.leave();
    } else if (signal?.aborted) {
      result = refusal("aborted", "the call was ended early");
    } else if (place === "busy") {
      result = refusal("busy", `${CALLS_WAITING_MAX} calls wait already`);
    } else {
      result = refusal("busy", `other calls took all of the ${totalMs / 1_000} s`);
    }
    if (!result.ok) breaker.failed(result.error, clock.monotonicMs(), random.next());
    told();
    return result;
  }

  return {
    name,
    health,
    chat,
    async check(signal) {
      const result = await driver.check(signal);
      isKnown = true;
      if (!result.ok) account.lastFault = result.error;
      if (!result.ok) breaker.failed(result.error, clock.monotonicMs(), random.next());
      told();
      return result;
    },
    close: () => driver.close(),
  };
}

/** Its server has read the prompt, and written so much at least. */
const brokenOff = (request: ChatRequest, text: string): TokenUsage => ({
  promptTokens: estimatePromptTokens(request),
  completionTokens: estimateTokens(text),
  isExact: false,
  cost: 0,
});
