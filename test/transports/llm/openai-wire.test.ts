import assert from "node:assert/strict";
import { test } from "node:test";
import { startMockLlm } from "../../../transports/llm/mock-llm.ts";
import type { ChatRequest } from "../../../transports/llm/model-port.ts";
import { openAiModel } from "../../../transports/llm/openai.ts";
import { OPENAI_PRESETS, type OpenAiPresetName } from "../../../transports/llm/openai-presets.ts";
import { requestBody } from "../../../transports/llm/openai-wire.ts";

const REQUEST: ChatRequest = {
  messages: [
    { role: "user", content: "hello" },
    {
      role: "assistant",
      content: "",
      toolCalls: [{ id: "call_1_speak", name: "speak", argumentsText: "{}" }],
    },
    { role: "tool", toolCallId: "call_1_speak", content: "done" },
  ],
  tools: [],
  temperature: 0.3,
  tokensMax: 64,
  seed: 7,
};

/** Fields of the body beside model, messages and stream; headers that name the key. */
const TELLING: Readonly<Record<OpenAiPresetName, { body: object; key: string }>> = {
  compatible: { body: { max_tokens: 64, seed: 7, stream_options: true }, key: "authorization" },
  ollama: { body: { max_tokens: 64, seed: 7, stream_options: true }, key: "authorization" },
  llamacpp: { body: { max_tokens: 64, seed: 7, stream_options: true }, key: "authorization" },
  vllm: { body: { max_tokens: 64, seed: 7, stream_options: true }, key: "authorization" },
  openai: {
    body: { max_completion_tokens: 64, seed: 7, stream_options: true },
    key: "authorization",
  },
  azure: { body: { max_completion_tokens: 64, seed: 7, stream_options: true }, key: "api-key" },
  openrouter: { body: { max_tokens: 64, seed: 7, stream_options: true }, key: "authorization" },
  together: { body: { max_tokens: 64, seed: 7, stream_options: true }, key: "authorization" },
  groq: { body: { max_tokens: 64, seed: 7, stream_options: true }, key: "authorization" },
  mistral: { body: { max_tokens: 64, random_seed: 7 }, key: "authorization" },
  deepseek: { body: { max_tokens: 64, stream_options: true }, key: "authorization" },
};

for (const preset of Object.keys(OPENAI_PRESETS) as OpenAiPresetName[]) {
  test(`openAiModel(${preset}) sends the fields that this server knows, and its key in one header`, async () => {
    const server = await startMockLlm();
    process.env["OPENAI_ORG_ID"] = "org-of-another";
    process.env["OPENAI_CUSTOM_HEADERS"] = "x-secret: of another";
    try {
      const options = { preset, model: "m", baseUrl: `${server.url}/v1`, key: "key-of-this" };
      const model = openAiModel(options);
      assert.ok((await model.chat(REQUEST)).ok);
      const { body, headers } = server.seen[0] as {
        body: Record<string, unknown>;
        headers: object;
      };
      const { model: _model, messages, stream: _stream, temperature: _t, ...rest } = body;
      if ("stream_options" in rest) rest["stream_options"] = true;
      assert.deepEqual(rest, TELLING[preset].body);
      const withKey = Object.entries(headers).filter(([, value]) =>
        String(value).includes("key-of-this"),
      );
      assert.deepEqual(
        withKey.map(([name]) => name),
        [TELLING[preset].key],
      );
      assert.ok(!JSON.stringify(headers).includes("of-another"), "of no other server's settings");
      assert.ok(!JSON.stringify(headers).includes("stainless"), "nothing about this machine");
      const [, call, result] = messages as [
        unknown,
        { tool_calls: { id: string }[]; content: unknown },
        { tool_call_id: string },
      ];
      assert.equal(call.tool_calls[0]?.id, result.tool_call_id);
      assert.equal(call.content, null);
      if (preset === "mistral") assert.match(result.tool_call_id, /^[a-zA-Z0-9]{9}$/);
    } finally {
      delete process.env["OPENAI_ORG_ID"];
      delete process.env["OPENAI_CUSTOM_HEADERS"];
      await server.close();
    }
  });
}

/** As their own pages name them; `baseUrl` of the settings goes before. */
const ADDRESSES: Readonly<Record<OpenAiPresetName, string>> = {
  compatible: "https://models.example/api/v3",
  ollama: "http://127.0.0.1:11434/v1",
  llamacpp: "http://127.0.0.1:8080/v1",
  vllm: "http://127.0.0.1:8000/v1",
  openai: "https://api.openai.com/v1",
  azure: "https://resource.openai.azure.com/openai/v1/",
  openrouter: "https://openrouter.ai/api/v1",
  together: "https://api.together.ai/v1",
  groq: "https://api.groq.com/openai/v1",
  mistral: "https://api.mistral.ai/v1",
  deepseek: "https://api.deepseek.com/v1",
};
const KEY_VARIABLES: Partial<Record<OpenAiPresetName, string>> = {
  openai: "OPENAI_API_KEY",
  azure: "AZURE_OPENAI_API_KEY",
  openrouter: "OPENROUTER_API_KEY",
  together: "TOGETHER_API_KEY",
  groq: "GROQ_API_KEY",
  mistral: "MISTRAL_API_KEY",
  deepseek: "DEEPSEEK_API_KEY",
};

for (const preset of Object.keys(OPENAI_PRESETS) as OpenAiPresetName[]) {
  test(`openAiModel(${preset}) asks at its provider's address, whatever the SDK finds in the environment`, async (t) => {
    process.env["OPENAI_BASE_URL"] = "https://of-another.example/v1";
    t.after(() => delete process.env["OPENAI_BASE_URL"]);
    const asked: string[] = [];
    t.mock.method(globalThis, "fetch", async (url: string | URL, init?: RequestInit) => {
      asked.push(`${init?.method} ${url}`);
      return new Response("{}");
    });
    const row = OPENAI_PRESETS[preset];
    const address = ADDRESSES[preset];
    const model = openAiModel({
      ...{ preset, model: "m", key: "key-of-this" },
      baseUrl: row.baseUrl === undefined ? address : undefined,
    });
    await model.chat(REQUEST);
    await model.check(new AbortController().signal);
    const base = address.replace(/\/$/, "");
    assert.deepEqual(asked, [`POST ${base}/chat/completions`, `GET ${base}/models`]);
    assert.equal(row.keyEnv, KEY_VARIABLES[preset]);
  });
}

test("requestBody() gives back malformed arguments as an object, as servers read them anew for their template", () => {
  const given = ['{"title": "x', "[1]", "", '{"a":1}'];
  const body = requestBody(
    "m",
    OPENAI_PRESETS.llamacpp,
    {
      ...REQUEST,
      messages: [
        {
          role: "assistant",
          content: "",
          toolCalls: given.map((argumentsText, i) => ({
            id: `c${i}`,
            name: "speak",
            argumentsText,
          })),
        },
      ],
    },
    [],
  );
  const [message] = body["messages"] as { tool_calls: { function: { arguments: string } }[] }[];
  assert.deepEqual(
    message?.tool_calls.map((call) => JSON.parse(call.function.arguments)),
    [{ malformed_arguments: '{"title": "x' }, { malformed_arguments: "[1]" }, {}, { a: 1 }],
  );
});
