/**
 * The model that needs nothing: rules instead of weights, the same answer for the same words. It makes the
 * office run after `npm start`, and every test of the agent.
 *
 *   ChatRequest ──situation──▶ rules ──▶ tool calls, or a text
 */
import { err, ok } from "../../runtime/result.ts";
import { estimatePromptTokens, estimateTokens } from "./estimate-tokens.ts";
import type { ModelPort } from "./model-port.ts";
import { answerScripted } from "./scripted/answer.ts";
import type { Language } from "./scripted/rules.ts";

export interface ScriptedOptions {
  /** Undefined: that of the prompt. */
  readonly language?: Language | undefined;
}

export function scripted({ language }: ScriptedOptions = {}): ModelPort {
  /** Of texts, so that a hundred orders of the same give a hundred sentences. */
  let turn = 0;
  return {
    name: "scripted",
    takesNothing: true,
    async chat(request, { signal, onDelta } = {}) {
      if (signal?.aborted) return err({ code: "aborted", message: "The call was ended early." });
      const { content, toolCalls } = answerScripted(request, turn++, language);
      // Word by word, as a streaming model.
      for (const word of content.match(/\S+\s*|\s+/g) ?? []) onDelta?.(word);
      return ok({
        model: "scripted",
        content,
        toolCalls,
        stop: toolCalls.length > 0 ? "toolCalls" : "stop",
        usage: {
          promptTokens: estimatePromptTokens(request),
          completionTokens: estimateTokens(
            content + toolCalls.map((call) => call.name + call.argumentsText).join(""),
          ),
          isExact: false,
          cost: 0,
        },
      });
    },
    check: async () => ok(undefined),
    close: async () => {},
  };
}
