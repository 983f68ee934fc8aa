/** Anthropic's messages as they go over the wire: what we send, and the parts of its events that we read. */
import { z } from "zod";
import type { ChatAnswer, ChatMessage, ChatRequest } from "./model-port.ts";
import { argumentsOf } from "./wire/arguments-of.ts";
import { toldTokens } from "./wire/served-model.ts";

type Block = Readonly<Record<string, unknown>>;

export function requestBody(
  model: string,
  request: ChatRequest,
  omit: readonly string[],
): Readonly<Record<string, unknown>> {
  const system = request.messages
    .flatMap((message) => (message.role === "system" ? [message.content] : []))
    .join("\n\n");
  return {
    model,
    ...(system === "" ? {} : { system }),
    messages: turns(request.messages),
    ...(request.tools.length === 0
      ? {}
      : {
          tools: request.tools.map(({ name, description, parameters }) => ({
            name,
            description,
            input_schema: { type: "object", ...parameters },
          })),
        }),
    // Its range is 0 to 1, OpenAI's 0 to 2.
    ...(omit.includes("temperature") ? {} : { temperature: Math.min(1, request.temperature) }),
    max_tokens: request.tokensMax,
    stream: true,
  };
}

/** User and assistant must take turns, and what tools answered is the user's turn. */
function turns(messages: readonly ChatMessage[]): readonly { role: string; content: Block[] }[] {
  const all: { role: "user" | "assistant"; content: Block[] }[] = [];
  for (const message of messages) {
    if (message.role === "system") continue;
    const role = message.role === "assistant" ? "assistant" : "user";
    let turn = all.at(-1);
    if (turn?.role !== role) {
      turn = { role, content: [] };
      all.push(turn);
    }
    turn.content.push(...blocks(message));
  }
  // An empty text is refused: a turn without words stands as a full stop.
  for (const { content } of all)
    if (content.length === 0) content.push({ type: "text", text: "." });
  return all;
}

function blocks(message: ChatMessage): Block[] {
  const text = message.content === "" ? [] : [{ type: "text", text: message.content }];
  if (message.role === "tool") {
    return [
      { type: "tool_result", tool_use_id: idOf(message.toolCallId), content: message.content },
    ];
  }
  if (message.role !== "assistant") return text;
  return [
    ...text,
    ...message.toolCalls.map((call) => ({
      type: "tool_use",
      id: idOf(call.id),
      name: call.name,
      input: argumentsOf(call.argumentsText),
    })),
  ];
}

/** Ids of another provider, after a fallback within a cycle, may hold what is refused here. */
const idOf = (id: string): string => id.replace(/[^\w-]/g, "_") || "call";

const known = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("message_start"),
    message: z.object({ usage: z.object({ input_tokens: toldTokens }).optional() }),
  }),
  z.object({
    type: z.literal("content_block_start"),
    index: z.int().min(0),
    content_block: z.object({
      type: z.string(),
      text: z.string().optional(),
      id: z.string().optional(),
      name: z.string().optional(),
    }),
  }),
  z.object({
    type: z.literal("content_block_delta"),
    index: z.int().min(0),
    delta: z.object({
      type: z.string(),
      text: z.string().optional(),
      partial_json: z.string().optional(),
    }),
  }),
  z.object({
    type: z.literal("message_delta"),
    delta: z.object({ stop_reason: z.string().nullish() }),
    usage: z.object({ output_tokens: toldTokens }).nullish(),
  }),
]);
const KNOWN = new Set(known.options.map((option) => option.shape.type.value as string));
/** Its page asks callers to put up with event types that are new. */
const other = z
  .object({ type: z.string().refine((type) => !KNOWN.has(type)) })
  .transform(() => ({ type: "other" as const }));
export const eventSchema = z.union([known, other]);

export function stopOf(reason: string): ChatAnswer["stop"] {
  if (reason === "max_tokens" || reason === "model_context_window_exceeded") return "length";
  if (reason === "refusal") return "filter";
  return reason === "tool_use" ? "toolCalls" : "stop";
}
