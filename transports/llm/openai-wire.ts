/** OpenAI's chat completions as they go over the wire: what we send, and the parts of an answer that we read. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { ChatAnswer, ChatMessage, ChatRequest } from "./model-port.ts";
import type { OpenAiPreset } from "./openai-presets.ts";
import { argumentsOf } from "./wire/arguments-of.ts";
import { toldDollars, toldTokens } from "./wire/served-model.ts";

/** Text, or an object where a server has parsed it already. */
const argumentsText = z
  .unknown()
  .optional()
  .transform((value) =>
    value === undefined || value === null
      ? ""
      : typeof value === "string"
        ? value
        : JSON.stringify(value),
  );
/** Text, or Mistral's parts, of which what it thinks aloud is not its answer. */
const content = z
  .union([z.string(), z.array(z.object({ type: z.string(), text: z.string().optional() }))])
  .nullish()
  .transform((value) =>
    typeof value === "string"
      ? value
      : (value ?? []).map(({ type, text = "" }) => (type === "text" ? text : "")).join(""),
  );
const callSchema = z.object({
  index: z.int().min(0).nullish(),
  id: z.string().nullish(),
  function: z
    .object({ name: z.string().nullish(), arguments: argumentsText })
    .transform((it) => ({ name: it.name, argumentsText: it.arguments }))
    .nullish(),
});
const usageSchema = z
  .object({
    prompt_tokens: toldTokens,
    completion_tokens: toldTokens,
    /** OpenRouter's, US dollars. */
    cost: toldDollars,
  })
  .nullish()
  .catch(undefined);
const finish = z.string().nullish();

export const completionSchema = z.object({
  choices: z.array(
    z.object({
      message: z.object({
        content,
        tool_calls: z.array(callSchema).nullish(),
      }),
      finish_reason: finish,
    }),
  ),
  usage: usageSchema,
});
export const pieceSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content, tool_calls: z.array(callSchema).nullish() }).nullish(),
        finish_reason: finish,
      }),
    )
    .nullish(),
  usage: usageSchema,
});
export type Usage = NonNullable<z.infer<typeof usageSchema>>;

export function requestBody(
  model: string,
  preset: OpenAiPreset,
  request: ChatRequest,
  omit: readonly ("temperature" | "seed")[],
): Readonly<Record<string, unknown>> {
  const seedField = "seedField" in preset ? preset.seedField : "seed";
  const idOf = preset.callIdsOfNine === true ? idOfNine : (id: string) => id;
  return {
    model,
    messages: request.messages.map((message) => wireMessage(message, idOf)),
    ...(request.tools.length === 0
      ? {}
      : { tools: request.tools.map((tool) => ({ type: "function", function: tool })) }),
    ...(omit.includes("temperature") ? {} : { temperature: request.temperature }),
    [preset.tokensField ?? "max_tokens"]: request.tokensMax,
    ...(request.seed === undefined || seedField === undefined || omit.includes("seed")
      ? {}
      : { [seedField]: request.seed }),
    stream: true,
    ...(preset.streamOptions === false ? {} : { stream_options: { include_usage: true } }),
  };
}

function wireMessage(message: ChatMessage, idOf: (id: string) => string) {
  if (message.role === "tool") {
    return { role: "tool", tool_call_id: idOf(message.toolCallId), content: message.content };
  }
  if (message.role !== "assistant") return message;
  if (message.toolCalls.length === 0) return { role: "assistant", content: message.content };
  return {
    role: "assistant",
    content: message.content === "" ? null : message.content,
    tool_calls: message.toolCalls.map((call) => ({
      id: idOf(call.id),
      type: "function",
      function: { name: call.name, arguments: JSON.stringify(argumentsOf(call.argumentsText)) },
    })),
  };
}

/** The same nine letters and digits for the same id, as a call and its answer must agree. */
const idOfNine = (id: string): string =>
  /^[a-zA-Z0-9]{9}$/.test(id) ? id : createHash("sha256").update(id).digest("hex").slice(0, 9);

export function stopOf(finishReason: string, calls: number): ChatAnswer["stop"] {
  if (finishReason === "length") return "length";
  if (finishReason === "content_filter") return "filter";
  return calls > 0 ? "toolCalls" : "stop";
}
