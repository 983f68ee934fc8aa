/** Settings of the models behind the agent and the voice, in the order in which they are tried. */
import { z } from "zod";

/** More would wait too long on the dead ones before the living. */
const MODELS_MAX = 8;

const KEY_PLACE = /^(env:[A-Za-z_]\w*|file:.+)$/;
const dollars = z.number().min(0).max(10_000);

const timeoutsSchema = z.strictObject({
  totalMs: z
    .int()
    .min(1_000)
    .max(3_600_000)
    .default(120_000)
    .describe("One call with all its attempts and the waits between them, ms"),
  firstByteMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(90_000)
    .describe("Until the first byte of an answer, ms; a server may have to load its model first"),
  idleMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(30_000)
    .describe("Between two bytes of an answer, ms"),
});

const modelSchema = z
  .strictObject({
    provider: z
      .enum([
        "scripted",
        "ollama",
        "llamacpp",
        "vllm",
        "openai",
        "azure",
        "openrouter",
        "together",
        "groq",
        "mistral",
        "deepseek",
        "compatible",
        "anthropic",
        "gguf",
      ])
      .describe(
        "Who serves it; scripted needs nothing, compatible is any other server of OpenAI's interface",
      ),
    model: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe("Its name there, as in qwen2.5:14b; Azure: the deployment's name"),
    name: z
      .string()
      .regex(/^[\w.:/ -]{1,100}$/, "allowed: 1-100 letters, digits, blanks and _ . : / -")
      .optional()
      .describe("On the page and in /metrics; default provider:model"),
    baseUrl: z
      .url({ protocol: /^https?$/ })
      .refine((url) => !/\/\/[^/]*@/.test(url), "a key does not belong into an address")
      .optional()
      .describe("Instead of the provider's own; compatible and azure must have one"),
    key: z
      .string()
      .regex(KEY_PLACE, "allowed: env:NAME or file:PATH, never the key itself")
      .optional()
      .describe("Where its key is: env:NAME or file:PATH; default the provider's usual variable"),
    file: z.string().min(1).max(4_096).optional().describe("The GGUF file; provider gguf alone"),
    contextTokens: z
      .int()
      .min(256)
      .max(1_048_576)
      .default(8_192)
      .describe("Room for prompt and answer of a GGUF; it costs memory"),
    threads: z.int().min(1).max(256).default(1).describe("Threads that compute a GGUF"),
    omit: z
      .array(z.enum(["temperature", "seed"]))
      .max(2)
      .default([])
      .describe("Parameters that this model refuses, as reasoning models refuse a temperature"),
    timeouts: timeoutsSchema.prefault({}),
    retriesMax: z
      .int()
      .min(0)
      .max(10)
      .default(2)
      .describe("After the first attempt, on rate limits, failing servers and lost connections"),
    concurrentMax: z.int().min(1).max(64).default(2).describe("Calls at once; others wait"),
    cooldownMs: z
      .int()
      .min(100)
      .max(600_000)
      .default(30_000)
      .describe(
        "How long a model found down is left alone, ms; twice as long each time, up to 10 min",
      ),
    price: z
      .strictObject({
        prompt: dollars.describe("US dollars for a million tokens of prompt"),
        completion: dollars.describe("US dollars for a million tokens of answer"),
      })
      .optional(),
  })
  .superRefine((it, refinement) => {
    const needs = (path: string, error: string): void => {
      refinement.addIssue({ code: "custom", path: [path], message: error });
    };
    const isServed = it.provider !== "scripted" && it.provider !== "gguf";
    if (isServed && it.model === undefined) needs("model", `${it.provider} needs the model's name`);
    if ((it.provider === "compatible" || it.provider === "azure") && it.baseUrl === undefined) {
      needs("baseUrl", `${it.provider} needs an address, as https://HOST/openai/v1`);
    }
    if (it.provider === "gguf" && it.file === undefined) needs("file", "gguf needs a file");
    if (it.provider !== "gguf" && it.file !== undefined) needs("file", "only gguf reads a file");
    if (!isServed && it.key !== undefined) needs("key", `${it.provider} needs no key`);
  });

export const modelsSchema = z
  .array(modelSchema)
  .min(1)
  .max(MODELS_MAX)
  .prefault([{ provider: "scripted" }])
  .describe("Models behind the agent and the voice, in the order in which they are tried");
