/**
 * Budget: 5 ms a call, where a model thinks for seconds. The server is the mock in this same process, so its own
 * work is in each figure; a bare fetch of the same bytes is the peer.
 */
import { systemClock } from "../runtime/clock.ts";
import { seededRandom } from "../runtime/random.ts";
import { startMockLlm } from "../transports/llm/mock-llm.ts";
import type { ChatRequest, ModelPort } from "../transports/llm/model-port.ts";
import { openModels } from "../transports/llm/open-models.ts";
import { openAiModel } from "../transports/llm/openai.ts";
import { scripted } from "../transports/llm/scripted.ts";
import { MODEL_CARE } from "../transports/llm/tended/model-care.ts";
import type { Bench } from "./harness.ts";

const REQUEST: ChatRequest = {
  messages: [
    { role: "system", content: "You are the brain.".repeat(50) },
    { role: "user", content: "## Events\n- [main] high_temperature: It is 30.5 °C. (0mi4-main)" },
  ],
  tools: [{ name: "create_task", description: "Asks people.", parameters: { type: "object" } }],
  temperature: 0.3,
  tokensMax: 1_024,
};
const SETTINGS = { ...MODEL_CARE, contextTokens: 512, threads: 1, omit: [] } as const;
const DEPS = { clock: systemClock, random: seededRandom(1) } as const;

export const models: Bench = {
  name: "models",
  question: "What does the port add to a call of a model: time-outs, retries, breaker, accounts?",
  run: async (harness) => {
    const server = await startMockLlm();
    const baseUrl = `${server.url}/v1`;
    const tended = (settings: object): ModelPort =>
      openModels([{ ...SETTINGS, ...settings } as never], { ...DEPS, keys: [undefined] });
    try {
      await harness.compare({
        name: "call over HTTP",
        unit: "call",
        smoke: 5,
        ours: calls(tended({ provider: "compatible", model: "m", baseUrl })),
        peers: {
          "driver alone": calls(openAiModel({ preset: "compatible", model: "m", baseUrl })),
          "bare fetch": async (count) => {
            for (let n = 0; n < count; n++) await bareFetch(baseUrl);
          },
        },
      });
      await harness.compare({
        name: "scripted call",
        unit: "call",
        smoke: 50,
        ours: calls(tended({ provider: "scripted" })),
        peers: { "driver alone": calls(scripted()) },
      });
    } finally {
      await server.close();
    }
  },
};

const calls =
  (model: ModelPort) =>
  async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const answer = await model.chat(REQUEST);
      if (!answer.ok) throw new Error(answer.error.message);
    }
  };

async function bareFetch(baseUrl: string): Promise<string> {
  const { messages, tools } = REQUEST;
  const response = await fetch(`${baseUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      ...{ model: "m", messages, stream: true, stream_options: { include_usage: true } },
      tools: tools.map((tool) => ({ type: "function", function: tool })),
    }),
  });
  return response.text();
}
