/**
 * The scripted model as a server that speaks OpenAI's chat completions, with the seed's two modes: tools given,
 * it calls tools; none, it writes a sentence for the voice. For trying the real path without a real model, and
 * for other programs that want a model that answers the same each time.
 *
 *   POST /v1/chat/completions   whole or streamed        GET /v1/models
 */
import { z } from "zod";
import { estimatePromptTokens, estimateTokens } from "./estimate-tokens.ts";
import {
  type MockOptions,
  type MockServer,
  startWireServer,
  type Wire,
  type WireAnswer,
} from "./mock/wire-server.ts";
import type { ChatMessage, ChatRequest } from "./model-port.ts";

export const startMockLlm = (options: MockOptions = {}): Promise<MockServer> =>
  startWireServer(OPENAI_WIRE, options);

const text = z
  .union([z.string(), z.array(z.object({ text: z.string().optional() }))])
  .nullish()
  .transform((value) =>
    typeof value === "string" ? value : (value ?? []).map((part) => part.text ?? "").join(""),
  );
const bodySchema = z.object({
  model: z.string().optional(),
  messages: z
    .array(
      z.object({
        role: z.string(),
        content: text,
        tool_call_id: z.string().optional(),
        tool_calls: z
          .array(
            z.object({
              id: z.string(),
              function: z.object({ name: z.string(), arguments: z.string() }),
            }),
          )
          .nullish(),
      }),
    )
    .min(1),
  tools: z
    .array(
      z.object({
        function: z.object({
          name: z.string(),
          description: z.string().optional(),
          parameters: z.record(z.string(), z.unknown()).optional(),
        }),
      }),
    )
    .nullish(),
  stream: z.boolean().nullish(),
  temperature: z.number().nullish(),
  max_tokens: z.number().nullish(),
  seed: z.int().nullish(),
});

type Body = z.infer<typeof bodySchema>;

function messageOf(message: Body["messages"][number]): ChatMessage {
  const { role, content } = message;
  if (role === "tool") return { role, toolCallId: message.tool_call_id ?? "", content };
  if (role === "assistant") {
    const toolCalls = (message.tool_calls ?? []).map((call) => ({
      id: call.id,
      name: call.function.name,
      argumentsText: call.function.arguments,
    }));
    return { role, content, toolCalls };
  }
  return { role: role === "system" || role === "developer" ? "system" : "user", content };
}

function requestOf(body: Body): ChatRequest {
  return {
    messages: body.messages.map(messageOf),
    tools: (body.tools ?? []).map(({ function: it }) => ({
      name: it.name,
      description: it.description ?? "",
      parameters: it.parameters ?? {},
    })),
    temperature: body.temperature ?? 1,
    tokensMax: body.max_tokens ?? 1_024,
    ...(typeof body.seed === "number" ? { seed: body.seed } : {}),
  };
}

const MODEL = "mycel-scripted";
const HEAD = { id: "chatcmpl-mock", created: 0, model: MODEL } as const;

const usageOf = ({ request, content, toolCalls }: WireAnswer) => {
  const prompt_tokens = estimatePromptTokens(request);
  const completion_tokens = estimateTokens(
    content + toolCalls.map((it) => it.argumentsText).join(""),
  );
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
};
const finishOf = ({ isFiltered, toolCalls }: WireAnswer): string =>
  isFiltered ? "content_filter" : toolCalls.length > 0 ? "tool_calls" : "stop";
const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
const piece = (delta: unknown, finish_reason: string | null = null): string =>
  event({
    ...HEAD,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason }],
  });

const OPENAI_WIRE: Wire = {
  chatPath: "/v1/chat/completions",
  modelsPath: "/v1/models",
  models: { object: "list", data: [{ id: MODEL, object: "model", created: 0, owned_by: "mycel" }] },
  read(value) {
    const body = bodySchema.safeParse(value);
    return body.success
      ? { request: requestOf(body.data), streams: body.data.stream === true }
      : undefined;
  },
  whole: (answer) => ({
    ...HEAD,
    object: "chat.completion",
    choices: answer.hasChoices
      ? [
          {
            index: 0,
            message: {
              role: "assistant",
              content: answer.content,
              ...(answer.toolCalls.length === 0
                ? {}
                : {
                    tool_calls: answer.toolCalls.map(({ id, name, argumentsText }) => ({
                      id,
                      type: "function",
                      function: { name, arguments: argumentsText },
                    })),
                  }),
            },
            finish_reason: finishOf(answer),
          },
        ]
      : [],
    usage: usageOf(answer),
  }),
  events: (answer) => [
    ...(answer.hasChoices
      ? [
          piece({ role: "assistant", content: "" }),
          ...(answer.content.match(/\S+\s*|\s+/g) ?? []).map((content) => piece({ content })),
          ...answer.toolCalls.flatMap(({ id, name, argumentsText }, index) => {
            const half = argumentsText.length >> 1;
            const part = (it: unknown) => piece({ tool_calls: [it] });
            return [
              part({ index, id, type: "function", function: { name, arguments: "" } }),
              part({ index, function: { arguments: argumentsText.slice(0, half) } }),
              part({ index, function: { arguments: argumentsText.slice(half) } }),
            ];
          }),
          piece({}, finishOf(answer)),
        ]
      : []),
    event({ ...HEAD, object: "chat.completion.chunk", choices: [], usage: usageOf(answer) }),
    "data: [DONE]\n\n",
  ],
  error: (status, message, code) => ({
    error: {
      message,
      type: status >= 500 ? "server_error" : "invalid_request_error",
      code: code ?? null,
    },
  }),
  errorEvent: (message) => event({ error: { message, type: "server_error", code: 500 } }),
};
