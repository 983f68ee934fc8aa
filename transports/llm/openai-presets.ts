/**
 * Servers that speak OpenAI's chat completions, and where each differs. Rows from the servers' own pages; what
 * a model of theirs refuses beside that is told by `omit` in the settings.
 */
export const OPENAI_PRESETS = {
  /** Any other server: `baseUrl` says where. */
  compatible: { baseUrl: undefined, keyEnv: undefined },
  ollama: { baseUrl: "http://127.0.0.1:11434/v1", keyEnv: undefined },
  /** `llama-server --jinja`, or it knows no tools. */
  llamacpp: { baseUrl: "http://127.0.0.1:8080/v1", keyEnv: undefined },
  /** `vllm serve --enable-auto-tool-choice --tool-call-parser …`, or it knows no tools. */
  vllm: { baseUrl: "http://127.0.0.1:8000/v1", keyEnv: undefined },
  openai: {
    baseUrl: "https://api.openai.com/v1",
    keyEnv: "OPENAI_API_KEY",
    tokensField: "max_completion_tokens",
  },
  /** The v1 interface, `https://RESOURCE.openai.azure.com/openai/v1`; `model` is the deployment's name. */
  azure: {
    baseUrl: undefined,
    keyEnv: "AZURE_OPENAI_API_KEY",
    keyHeader: "api-key",
    tokensField: "max_completion_tokens",
  },
  openrouter: { baseUrl: "https://openrouter.ai/api/v1", keyEnv: "OPENROUTER_API_KEY" },
  together: { baseUrl: "https://api.together.ai/v1", keyEnv: "TOGETHER_API_KEY" },
  groq: { baseUrl: "https://api.groq.com/openai/v1", keyEnv: "GROQ_API_KEY" },
  /** Refuses unknown fields (422, `extra_forbidden`), and ids of calls that are not nine letters and digits. */
  mistral: {
    baseUrl: "https://api.mistral.ai/v1",
    keyEnv: "MISTRAL_API_KEY",
    seedField: "random_seed",
    streamOptions: false,
    callIdsOfNine: true,
  },
  deepseek: {
    baseUrl: "https://api.deepseek.com/v1",
    keyEnv: "DEEPSEEK_API_KEY",
    seedField: undefined,
  },
} as const satisfies Readonly<Record<string, OpenAiPreset>>;

export type OpenAiPresetName = keyof typeof OPENAI_PRESETS;

export interface OpenAiPreset {
  /** Undefined: the settings must say it. */
  readonly baseUrl: string | undefined;
  /** Where the key is looked for when the settings name none; undefined: it needs none. */
  readonly keyEnv: string | undefined;
  /** `authorization: Bearer KEY` where none is named. */
  readonly keyHeader?: "api-key";
  /** `max_tokens` where none is named. */
  readonly tokensField?: "max_tokens" | "max_completion_tokens";
  /** `seed` where none is named; undefined: it knows none. */
  readonly seedField?: "seed" | "random_seed" | undefined;
  /** Whether `stream_options` may be sent; without, it counts tokens in the last piece all the same. */
  readonly streamOptions?: boolean;
  readonly callIdsOfNine?: boolean;
}
