/** About how many tokens a text has, where the server did not count; within a third for English and Japanese. */
import type { ChatRequest } from "./model-port.ts";

/** English: four characters a token, as OpenAI states it; kana and kanji about one each. */
const ASCII_PER_TOKEN = 4;
/** Role and separators of a message, by OpenAI's own counting recipe. */
const TOKENS_PER_MESSAGE = 4;

export function estimateTokens(text: string): number {
  let wide = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x2e7f) wide++;
  return Math.ceil((text.length - wide) / ASCII_PER_TOKEN + wide);
}

export const estimatePromptTokens = (request: ChatRequest): number =>
  request.messages.reduce(
    (sum, message) =>
      sum +
      TOKENS_PER_MESSAGE +
      estimateTokens(message.content) +
      (message.role === "assistant"
        ? message.toolCalls.reduce((all, call) => all + estimateTokens(call.argumentsText), 0)
        : 0),
    request.tools.length === 0 ? 0 : estimateTokens(JSON.stringify(request.tools)),
  );
