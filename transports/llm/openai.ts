/**
 * A model behind a server that speaks OpenAI's chat completions, through OpenAI's SDK. It always streams, so that
 * a server that has gone silent is noticed; one that answers with a whole completion all the same is understood.
 *
 *   ChatRequest ──▶ POST /chat/completions ──events──▶ AnswerBuilder ──▶ ChatAnswer
 */
import type { ModelPort } from "./model-port.ts";
import { OPENAI_PRESETS, type OpenAiPreset, type OpenAiPresetName } from "./openai-presets.ts";
import { completionSchema, pieceSchema, requestBody, stopOf, type Usage } from "./openai-wire.ts";
import type { AnswerBuilder } from "./wire/answer-builder.ts";
import { BadAnswer, BrokenOff } from "./wire/fault-of.ts";
import { type Ending, type ModelWire, servedModel } from "./wire/served-model.ts";

export interface OpenAiOptions {
  readonly preset: OpenAiPresetName;
  readonly model: string;
  readonly name?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly key?: string | undefined;
  /** Parameters that this model refuses. */
  readonly omit?: readonly ("temperature" | "seed")[] | undefined;
}

export const openAiModel = (options: OpenAiOptions): ModelPort =>
  servedModel({
    name: options.name ?? `${options.preset}:${options.model}`,
    key: options.key,
    openWire: () => openAiWire(options),
  });

async function openAiWire({
  preset: presetName,
  model,
  baseUrl,
  key,
  omit = [],
}: OpenAiOptions): Promise<ModelWire> {
  const preset: OpenAiPreset = OPENAI_PRESETS[presetName];
  const [{ default: OpenAI }, { Stream }] = await Promise.all([
    import("openai"),
    import("openai/streaming"),
  ]);
  const client = new OpenAI({
    baseURL: baseUrl ?? preset.baseUrl ?? "",
    // The SDK wants one; a server that needs none does not look at it.
    apiKey: key ?? "none",
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    defaultHeaders:
      key !== undefined && preset.keyHeader === "api-key"
        ? { "api-key": key, authorization: null }
        : {},
    maxRetries: 0,
    logLevel: "off",
  });
  return {
    async ask(request, built, { fetch, signal }) {
      const abort = new AbortController();
      const response = await client
        .withOptions({ fetch })
        .chat.completions.create(requestBody(model, preset, request, omit) as never, {
          signal: signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]),
        })
        .asResponse();
      const isStream = (response.headers.get("content-type") ?? "").includes("text/event-stream");
      return isStream
        ? readStream(Stream.fromSSEResponse<unknown>(response, abort, client), built, signal)
        : readWhole(await response.json(), built);
    },
    greet: ({ fetch, signal }) =>
      client
        .withOptions({ fetch })
        .models.list({ signal: signal ?? null })
        .asResponse(),
  };
}

function readWhole(body: unknown, built: AnswerBuilder): Ending {
  const whole = completionSchema.safeParse(body);
  if (!whole.success) {
    const error = (body as { error?: unknown } | null)?.error;
    throw error ? new BrokenOff(error) : new BadAnswer("the answer is no chat completion");
  }
  const choice = whole.data.choices[0];
  if (choice === undefined) throw new BadAnswer("the answer has no choices");
  built.addText(choice.message.content);
  for (const call of choice.message.tool_calls ?? []) built.addCall({ ...call, ...call.function });
  return endingOf(choice.finish_reason ?? "stop", built, whole.data.usage);
}

async function readStream(
  stream: AsyncIterable<unknown>,
  built: AnswerBuilder,
  signal: AbortSignal | undefined,
): Promise<Ending> {
  let finish: string | undefined;
  let usage: Usage | undefined;
  let hasChoice = false;
  for await (const item of stream) {
    const piece = pieceSchema.safeParse(item);
    if (!piece.success) {
      throw new BadAnswer("the stream holds something that is no piece of a completion");
    }
    usage = piece.data.usage ?? usage;
    const choice = piece.data.choices?.[0];
    if (choice === undefined) continue;
    hasChoice = true;
    built.addText(choice.delta?.content ?? "");
    for (const call of choice.delta?.tool_calls ?? []) built.addCall({ ...call, ...call.function });
    finish = choice.finish_reason ?? finish;
  }
  if (!hasChoice && !signal?.aborted) throw new BadAnswer("the answer has no choices");
  return endingOf(finish, built, usage);
}

const endingOf = (
  finish: string | undefined,
  built: AnswerBuilder,
  usage: Usage | null | undefined,
): Ending => ({
  stop: finish === undefined ? undefined : stopOf(finish, built.toolCalls.length),
  promptTokens: usage?.prompt_tokens,
  completionTokens: usage?.completion_tokens,
  cost: usage?.cost,
});
