/**
 * A model of Anthropic's, through its SDK: messages become blocks, tools `tool_use`, always streamed.
 *
 *   ChatRequest ──▶ POST /v1/messages ──events──▶ AnswerBuilder ──▶ ChatAnswer
 *
 * It knows no seed.
 */
import { eventSchema, requestBody, stopOf } from "./anthropic-wire.ts";
import type { ModelPort } from "./model-port.ts";
import { BadAnswer } from "./wire/fault-of.ts";
import { type ModelWire, servedModel } from "./wire/served-model.ts";

export interface AnthropicOptions {
  readonly model: string;
  readonly key: string;
  readonly name?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly omit?: readonly string[] | undefined;
}

export const ANTHROPIC_BASE_URL = "https://api.anthropic.com";

export const anthropicModel = (options: AnthropicOptions): ModelPort =>
  servedModel({
    name: options.name ?? `anthropic:${options.model}`,
    key: options.key,
    openWire: () => anthropicWire(options),
  });

async function anthropicWire({
  model,
  key,
  baseUrl = ANTHROPIC_BASE_URL,
  omit = [],
}: AnthropicOptions): Promise<ModelWire> {
  const { default: Anthropic } = await import("@anthropic-ai/sdk");
  const client = new Anthropic({
    baseURL: baseUrl,
    apiKey: key,
    authToken: null,
    webhookKey: null,
    maxRetries: 0,
    logLevel: "off",
  });
  return {
    async ask(request, built, { fetch, signal }) {
      const stream = await client
        .withOptions({ fetch })
        .messages.create(
          requestBody(model, request, omit) as never,
          signal === undefined ? {} : { signal },
        );
      if (!(Symbol.asyncIterator in (stream as object)))
        throw new BadAnswer("the answer is no stream");
      let stop: string | undefined;
      let promptTokens: number | undefined;
      let completionTokens: number | undefined;
      let hasBegun = false;
      for await (const item of stream as unknown as AsyncIterable<unknown>) {
        const parsed = eventSchema.safeParse(item);
        if (!parsed.success) {
          throw new BadAnswer("the stream holds something that is no event of a message");
        }
        const event = parsed.data;
        switch (event.type) {
          case "message_start":
            hasBegun = true;
            promptTokens = event.message.usage?.input_tokens;
            break;
          case "content_block_start":
            if (event.content_block.type === "text") built.addText(event.content_block.text ?? "");
            else if (event.content_block.type === "tool_use") {
              const { id, name } = event.content_block;
              built.addCall({ index: event.index, id, name });
            }
            break;
          case "content_block_delta":
            if (event.delta.type === "text_delta") built.addText(event.delta.text ?? "");
            else if (event.delta.type === "input_json_delta") {
              built.addCall({ index: event.index, argumentsText: event.delta.partial_json ?? "" });
            }
            break;
          case "message_delta":
            stop = event.delta.stop_reason ?? stop;
            completionTokens = event.usage?.output_tokens ?? completionTokens;
            break;
          default:
            break;
        }
      }
      if (!hasBegun && !signal?.aborted) throw new BadAnswer("the answer holds no message");
      return {
        stop: stop === undefined ? undefined : stopOf(stop),
        promptTokens,
        completionTokens,
      };
    },
    greet: ({ fetch, signal }) =>
      client
        .withOptions({ fetch })
        .models.list({}, { signal: signal ?? null })
        .asResponse(),
  };
}
