import { anthropicModel } from "../../../transports/llm/anthropic.ts";
import type { MockServer } from "../../../transports/llm/mock/wire-server.ts";
import { startMockLlm } from "../../../transports/llm/mock-llm.ts";
import type { ModelPort } from "../../../transports/llm/model-port.ts";
import { openAiModel } from "../../../transports/llm/openai.ts";
import { scripted } from "../../../transports/llm/scripted.ts";
import { startAnthropicServer } from "../../support/anthropic-server.ts";
import { describeModel, TEST_KEY } from "./model-compliance.ts";

describeModel("scripted()", async () => ({ model: scripted(), close: async () => {} }), {
  understands: true,
  isServed: false,
});

const served = (server: MockServer, model: ModelPort) => ({
  model,
  spoil: server.spoil,
  requests: () => server.seen.length,
  close: server.close,
});

/** Those that differ on the wire; what else differs is in openai-wire.test.ts. */
for (const preset of ["compatible", "azure", "mistral"] as const) {
  describeModel(
    `openAiModel(${preset})`,
    async () => {
      const server = await startMockLlm();
      const baseUrl = `${server.url}/v1`;
      return served(server, openAiModel({ preset, model: "m", baseUrl, key: TEST_KEY }));
    },
    { understands: true, isServed: true },
  );
}

describeModel(
  "anthropicModel()",
  async () => {
    const server = await startAnthropicServer();
    return served(server, anthropicModel({ model: "m", baseUrl: server.url, key: TEST_KEY }));
  },
  { understands: true, isServed: true },
);
