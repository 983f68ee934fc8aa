/**
 * What the official conformance suite expects a server under test to offer: its names, schemas and
 * texts, behind our sessions and our server. (`conformance list` names the scenarios; each one's
 * description says what it calls.)
 */
import {
  CreateMessageResultSchema,
  ElicitResultSchema,
  type Tool,
} from "@modelcontextprotocol/sdk/types.js";
import { systemClock } from "../../../runtime/clock.ts";
import type { Asked, McpOffer } from "../../../transports/mcp/offer.ts";

/** One red pixel, and a WAV without samples. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
const WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

type Content = { type: "text"; text: string } | { [field: string]: unknown; type: string };
type Run = (
  args: Readonly<Record<string, unknown>>,
  asked: Asked,
) => Promise<Content[]> | Content[];

const text = (words: string): Content => ({ type: "text", text: words });
const image: Content = { type: "image", data: PNG, mimeType: "image/png" };
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => systemClock.after(ms, resolve));

const log = (asked: Asked, data: string): Promise<void> =>
  asked.sendNotification({ method: "notifications/message", params: { level: "info", data } });

const progress = (asked: Asked, at: number): Promise<void> =>
  asked.sendNotification({
    method: "notifications/progress",
    params: { progressToken: asked._meta?.progressToken ?? 0, progress: at, total: 100 },
  });

/** Asks the client's person to fill in a form. */
const elicit = async (asked: Asked, message: string, schema: object): Promise<Content[]> => {
  const params = { mode: "form", message, requestedSchema: schema };
  const { action, content } = await asked.sendRequest(
    { method: "elicitation/create", params } as never,
    ElicitResultSchema,
  );
  return [text(`action=${action}, content=${JSON.stringify(content ?? {})}`)];
};

const titled = (names: readonly string[]): object[] =>
  names.map((name, index) => ({ const: `value${index + 1}`, title: name }));

const TOOLS: Readonly<Record<string, { schema?: object; run: Run }>> = {
  test_simple_text: { run: () => [text("This is a simple text response for testing.")] },
  test_image_content: { run: () => [image] },
  test_audio_content: { run: () => [{ type: "audio", data: WAV, mimeType: "audio/wav" }] },
  test_embedded_resource: {
    run: () => [
      {
        type: "resource",
        resource: {
          uri: "test://embedded-resource",
          mimeType: "text/plain",
          text: "This is an embedded resource content.",
        },
      },
    ],
  },
  test_multiple_content_types: {
    run: () => [
      text("Multiple content types test:"),
      image,
      {
        type: "resource",
        resource: {
          uri: "test://mixed-content-resource",
          mimeType: "application/json",
          text: '{"test":"data","value":123}',
        },
      },
    ],
  },
  test_tool_with_logging: {
    run: async (_args, asked) => {
      for (const words of ["Tool execution started", "Tool processing data"]) {
        await log(asked, words);
        await pause(50);
      }
      await log(asked, "Tool execution completed");
      return [text("Tool with logging executed successfully")];
    },
  },
  test_tool_with_progress: {
    run: async (_args, asked) => {
      for (const at of [0, 50, 100]) {
        await progress(asked, at);
        await pause(50);
      }
      return [text("done")];
    },
  },
  test_error_handling: {
    run: () => {
      throw new Error("This tool intentionally returns an error for testing");
    },
  },
  test_reconnection: {
    run: async (_args, asked) => {
      asked.closeSSEStream?.();
      await pause(100);
      return [text("Reconnection test completed successfully")];
    },
  },
  test_sampling: {
    schema: { type: "object", properties: { prompt: { type: "string" } }, required: ["prompt"] },
    run: async ({ prompt }, asked) => {
      const messages = [{ role: "user", content: text(String(prompt)) }];
      const { content } = await asked.sendRequest(
        { method: "sampling/createMessage", params: { messages, maxTokens: 100 } } as never,
        CreateMessageResultSchema,
      );
      return [text(`LLM response: ${JSON.stringify(content)}`)];
    },
  },
  test_elicitation: {
    schema: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
    run: ({ message }, asked) =>
      elicit(asked, String(message), {
        type: "object",
        properties: {
          username: { type: "string", description: "User's response" },
          email: { type: "string", description: "User's email address" },
        },
        required: ["username", "email"],
      }),
  },
  test_elicitation_sep1034_defaults: {
    run: (_args, asked) =>
      elicit(asked, "Please look over the defaults", {
        type: "object",
        properties: {
          name: { type: "string", default: "John Doe" },
          age: { type: "integer", default: 30 },
          score: { type: "number", default: 95.5 },
          status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
          verified: { type: "boolean", default: true },
        },
        required: [],
      }),
  },
  test_elicitation_sep1330_enums: {
    run: (_args, asked) =>
      elicit(asked, "Please choose", {
        type: "object",
        properties: {
          untitledSingle: { type: "string", enum: ["option1", "option2", "option3"] },
          titledSingle: { type: "string", oneOf: titled(["First", "Second", "Third"]) },
          legacyEnum: {
            type: "string",
            enum: ["opt1", "opt2", "opt3"],
            enumNames: ["Option One", "Option Two", "Option Three"],
          },
          untitledMulti: {
            type: "array",
            items: { type: "string", enum: ["option1", "option2", "option3"] },
          },
          titledMulti: { type: "array", items: { anyOf: titled(["First", "Second", "Third"]) } },
        },
        required: [],
      }),
  },
  json_schema_2020_12_tool: {
    schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      $defs: {
        address: {
          type: "object",
          properties: { street: { type: "string" }, city: { type: "string" } },
        },
      },
      properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" } },
      additionalProperties: false,
    },
    run: (args) => [text(JSON.stringify(args))],
  },
};

const RESOURCES = {
  "test://static-text": {
    mimeType: "text/plain",
    text: "This is the content of the static text resource.",
  },
  "test://static-binary": { mimeType: "image/png", blob: PNG },
  "test://watched-resource": { mimeType: "text/plain", text: "Watched resource content" },
} as const;

const PROMPTS: Readonly<
  Record<string, { args: string[]; say: (args: Readonly<Record<string, string>>) => Content[] }>
> = {
  test_simple_prompt: { args: [], say: () => [text("This is a simple prompt for testing.")] },
  test_prompt_with_arguments: {
    args: ["arg1", "arg2"],
    say: ({ arg1, arg2 }) => [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  test_prompt_with_embedded_resource: {
    args: ["resourceUri"],
    say: ({ resourceUri }) => [
      {
        type: "resource",
        resource: {
          uri: resourceUri,
          mimeType: "text/plain",
          text: "Embedded resource content for testing.",
        },
      },
      text("Please process the embedded resource above."),
    ],
  },
  test_prompt_with_image: { args: [], say: () => [image, text("Please analyze the image above.")] },
};

export const CONFORMANCE_OFFER: McpOffer = {
  name: "mycel-conformance",
  version: "0.0.0",
  instructions: "Fixtures of the conformance suite.",
  tools: () =>
    Object.entries(TOOLS).map(([name, { schema }]) => ({
      name,
      description: `Fixture ${name} of the conformance suite`,
      inputSchema: (schema ?? { type: "object", properties: {} }) as Tool["inputSchema"],
    })),
  callTool: async (name, args, asked) => {
    const tool = TOOLS[name];
    return tool && { content: (await tool.run(args, asked)) as never };
  },
  resources: () =>
    Object.entries(RESOURCES).map(([uri, { mimeType }]) => ({ uri, name: uri, mimeType })),
  templates: [
    {
      uriTemplate: "test://template/{id}/data",
      name: "template",
      description: "A resource template with parameter substitution",
      mimeType: "application/json",
    },
  ],
  read: (uri) => {
    const fixed = RESOURCES[uri as keyof typeof RESOURCES];
    if (fixed !== undefined) return [{ uri, ...fixed }];
    const id = /^test:\/\/template\/([^/]+)\/data$/.exec(uri)?.[1];
    if (id === undefined) return undefined;
    const data = { id, templateTest: true, data: `Data for ID: ${id}` };
    return [{ uri, mimeType: "application/json", text: JSON.stringify(data) }];
  },
  stamp: (uri) => (uri in RESOURCES ? 1 : undefined),
  prompts: () =>
    Object.entries(PROMPTS).map(([name, { args }]) => ({
      name,
      description: `Fixture ${name} of the conformance suite`,
      arguments: args.map((arg) => ({ name: arg, description: arg, required: true })),
    })),
  prompt: (name, args) => {
    const prompt = PROMPTS[name];
    if (prompt === undefined) return undefined;
    return {
      messages: prompt.say(args).map((content) => ({ role: "user", content: content as never })),
    };
  },
  complete: () => ["paris", "park", "party"],
};
