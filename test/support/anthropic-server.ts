/** A server on loopback that speaks Anthropic's messages, with the scripted model and its faults behind it. */
import { z } from "zod";
import {
  type MockOptions,
  startWireServer,
  type Wire,
  type WireAnswer,
} from "../../transports/llm/mock/wire-server.ts";
import type { ChatMessage } from "../../transports/llm/model-port.ts";

export const startAnthropicServer = (options: MockOptions = {}) => startWireServer(WIRE, options);

/** Strict where the real one is: turns alternate, texts are not empty, ids are of letters, digits, `_` and `-`. */
const id = z.string().regex(/^[\w-]+$/);
const block = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text: z.string().min(1) }),
  z.strictObject({
    type: z.literal("tool_use"),
    id,
    name: z.string().regex(/^[\w-]{1,128}$/),
    input: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({ type: z.literal("tool_result"), tool_use_id: id, content: z.string() }),
]);
const bodySchema = z.strictObject({
  model: z.string(),
  system: z.string().min(1).optional(),
  messages: z
    .array(z.strictObject({ role: z.enum(["user", "assistant"]), content: z.array(block).min(1) }))
    .min(1)
    .refine((all) => all.every((it, at) => (at % 2 === 0) === (it.role === "user"))),
  tools: z
    .array(
      z.strictObject({
        name: z.string(),
        description: z.string(),
        input_schema: z.looseObject({ type: z.literal("object") }),
      }),
    )
    .optional(),
  temperature: z.number().min(0).max(1).optional(),
  max_tokens: z.int().min(1),
  stream: z.literal(true),
});

const event = (data: { readonly type: string; readonly [field: string]: unknown }): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const stopReason = ({ isFiltered, toolCalls }: WireAnswer): string =>
  isFiltered ? "refusal" : toolCalls.length > 0 ? "tool_use" : "end_turn";

function messagesOf(turn: z.infer<typeof bodySchema>["messages"][number]): ChatMessage[] {
  const content = turn.content.flatMap((it) => (it.type === "text" ? [it.text] : [])).join("");
  if (turn.role === "assistant") {
    const toolCalls = turn.content.flatMap((it) =>
      it.type === "tool_use"
        ? [{ id: it.id, name: it.name, argumentsText: JSON.stringify(it.input) }]
        : [],
    );
    return [{ role: "assistant", content, toolCalls }];
  }
  const results = turn.content.flatMap((it): ChatMessage[] =>
    it.type === "tool_result"
      ? [{ role: "tool", toolCallId: it.tool_use_id, content: it.content }]
      : [],
  );
  return content === "" ? results : [...results, { role: "user", content }];
}

const WIRE: Wire = {
  chatPath: "/v1/messages",
  modelsPath: "/v1/models",
  models: { data: [], has_more: false, first_id: null, last_id: null },
  read(value) {
    const body = bodySchema.safeParse(value);
    if (!body.success) return undefined;
    const { system, messages, tools = [], temperature = 1, max_tokens } = body.data;
    const head: ChatMessage[] = system === undefined ? [] : [{ role: "system", content: system }];
    const specs = tools.map(({ input_schema, ...tool }) => ({ ...tool, parameters: input_schema }));
    return {
      streams: true,
      request: {
        messages: [...head, ...messages.flatMap(messagesOf)],
        tools: specs,
        temperature,
        tokensMax: max_tokens,
      },
    };
  },
  whole: () => ({}),
  events: (answer) => [
    ...(answer.hasChoices
      ? [
          event({
            type: "message_start",
            message: { id: "msg_1", role: "assistant", content: [], usage: { input_tokens: 42 } },
          }),
        ]
      : []),
    event({ type: "ping" }),
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    ...(answer.content.match(/\S+\s*|\s+/g) ?? []).map((text) =>
      event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
    ),
    event({ type: "content_block_stop", index: 0 }),
    ...answer.toolCalls.flatMap(({ id: callId, name, argumentsText }, at) => {
      const index = at + 1;
      const half = argumentsText.length >> 1;
      const part = (partial_json: string) =>
        event({
          type: "content_block_delta",
          index,
          delta: { type: "input_json_delta", partial_json },
        });
      return [
        event({
          type: "content_block_start",
          index,
          content_block: { type: "tool_use", id: callId, name, input: {} },
        }),
        part(argumentsText.slice(0, half)),
        part(argumentsText.slice(half)),
        event({ type: "content_block_stop", index }),
      ];
    }),
    event({ type: "event_of_tomorrow", news: 1 }),
    event({
      type: "message_delta",
      delta: { stop_reason: stopReason(answer) },
      usage: { output_tokens: 7 },
    }),
    event({ type: "message_stop" }),
  ],
  error: (status, message) => ({
    type: "error",
    error: { type: status === 429 ? "rate_limit_error" : "invalid_request_error", message },
  }),
  errorEvent: (message) => event({ type: "error", error: { type: "overloaded_error", message } }),
};
