/**
 * The seed's MCP over MQTT 3: topics and bodies of one call.
 *
 *   asker ──mcp/{agent}/request/call_tool──▶ device    {jsonrpc, id, method: "call_tool", params: {name, arguments}}
 *         ◀─mcp/{agent}/response/{id}───────           {jsonrpc, id, result} or {…, error: text or object}
 */
import { isJsonObject } from "../../../runtime/json-object.ts";
import { ERROR_LENGTH_MAX, type RpcId, type RpcMessage, requestText } from "./json-rpc.ts";

export const RESPONSES_FILTER = "mcp/+/response/#";
export const REQUESTS_FILTER = "mcp/+/request/call_tool";

export const requestTopic = (agent: string): string => `mcp/${agent}/request/call_tool`;
export const responseTopic = (agent: string, id: RpcId): string => `mcp/${agent}/response/${id}`;

/** Names of other people's devices: what a level of a topic may be, and no wildcard. */
export const isAgentName = (name: string): boolean => /^[\w.:@-]{1,64}$/.test(name);
/** An id becomes a level of the answer's topic. */
export const isTopicId = (id: RpcId): boolean => /^[\w.:@-]{1,128}$/.test(String(id));

/** `seed`'s method is `call_tool`; MCP's own name for it is taken too. */
export const isCallMethod = (method: string): boolean =>
  method === "call_tool" || method === "tools/call";

export const callText = (id: string, tool: string, args: unknown): string =>
  requestText(id, "call_tool", { name: tool, arguments: args });

export type SeedTopic =
  | { readonly kind: "request"; readonly agent: string }
  | { readonly kind: "response"; readonly agent: string; readonly id: string };

export function readSeedTopic(topic: string): SeedTopic | undefined {
  const [root, agent = "", kind, last = "", ...more] = topic.split("/");
  if (root !== "mcp" || !isAgentName(agent) || more.length > 0) return undefined;
  if (kind === "request" && last === "call_tool") return { kind, agent };
  return kind === "response" && last !== "" ? { kind, agent, id: last } : undefined;
}

/** What a device answered: a tool's own way of saying that it failed counts as a failure. */
export type SeedAnswer =
  | { readonly kind: "result"; readonly result: unknown }
  | { readonly kind: "error"; readonly isUnknownTool: boolean; readonly message: string };

export function seedAnswer(message: RpcMessage): SeedAnswer | undefined {
  if (message.kind === "error") {
    const { code, message: text } = message.error;
    const isUnknownTool = code === -32_601 || /^(unknown|no such) tool\b/i.test(text);
    return { kind: "error", isUnknownTool, message: text };
  }
  return message.kind === "result" ? toolAnswer(message.result) : undefined;
}

/** MCP's `{content, isError}`; and `{error: text}`, which is how the seed's hubs refuse. */
export function toolAnswer(result: unknown): SeedAnswer {
  if (!isJsonObject(result)) return { kind: "result", result };
  const fail = (message: string): SeedAnswer => ({
    kind: "error",
    isUnknownTool: /^(unknown|no such) tool\b/i.test(message),
    message: message.slice(0, ERROR_LENGTH_MAX),
  });
  const { error, content, isError } = result;
  if (isError === true) return fail(contentText(content) ?? "It failed and did not say why.");
  if (typeof error === "string" && Object.keys(result).length === 1) return fail(error);
  return { kind: "result", result };
}

/** The texts of MCP's list of contents. */
export function contentText(content: unknown): string | undefined {
  if (!Array.isArray(content)) return undefined;
  const texts = content.flatMap((item: unknown) =>
    isJsonObject(item) && item["type"] === "text" && typeof item["text"] === "string"
      ? [item["text"]]
      : [],
  );
  return texts.length === 0 ? undefined : texts.join("\n");
}
