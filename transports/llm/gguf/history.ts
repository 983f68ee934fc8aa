/** Our messages and tools in node-llama-cpp's words. */
import type { ChatMessage, ToolSpec } from "../model-port.ts";
import { argumentsOf } from "../wire/arguments-of.ts";

/** As `ChatHistoryItem` of node-llama-cpp, which need not be there for this to be read. */
export type HistoryItem =
  | { readonly type: "system" | "user"; readonly text: string }
  | { readonly type: "model"; readonly response: (string | FunctionCall)[] };

interface FunctionCall {
  readonly type: "functionCall";
  readonly name: string;
  readonly params: unknown;
  readonly result: unknown;
}

/** A call and its result stand together there; one without a result has none yet. */
export function chatHistory(messages: readonly ChatMessage[]): HistoryItem[] {
  const results = new Map(
    messages.flatMap((it) => (it.role === "tool" ? [[it.toolCallId, it.content] as const] : [])),
  );
  const history: HistoryItem[] = [];
  for (const message of messages) {
    if (message.role === "tool") continue;
    if (message.role !== "assistant") {
      history.push({ type: message.role, text: message.content });
      continue;
    }
    const response: (string | FunctionCall)[] = message.toolCalls.map((call) => ({
      type: "functionCall",
      name: call.name,
      params: argumentsOf(call.argumentsText),
      result: results.get(call.id) ?? "",
    }));
    if (message.content !== "") response.unshift(message.content);
    const last = history.at(-1);
    if (last?.type === "model") last.response.push(...response);
    else history.push({ type: "model", response });
  }
  // It continues the last item, which must be the model's own.
  if (history.at(-1)?.type !== "model") history.push({ type: "model", response: [] });
  return history;
}

export const functionsOf = (
  tools: readonly ToolSpec[],
): Readonly<Record<string, { readonly description: string; readonly params: unknown }>> =>
  Object.fromEntries(
    tools.map((tool) => [
      tool.name,
      { description: tool.description, params: grammarSchema(tool.parameters, 0) },
    ]),
  );

/** Deeper than any tool of ours. */
const SCHEMA_DEPTH_MAX = 8;

/**
 * The part of JSON Schema that llama.cpp can be held to. Its grammar always writes all of an object's properties,
 * so that one that may be left out is given a null to write; `dropNulls` takes it away again.
 */
export function grammarSchema(schema: unknown, depth: number): unknown {
  if (typeof schema !== "object" || schema === null || depth > SCHEMA_DEPTH_MAX) {
    return { type: "string" };
  }
  const it = schema as Readonly<Record<string, unknown>>;
  const described = typeof it["description"] === "string" ? { description: it["description"] } : {};
  if ("const" in it) return { const: it["const"], ...described };
  if (Array.isArray(it["enum"])) return { enum: it["enum"], ...described };
  const choices = it["anyOf"] ?? it["oneOf"];
  if (Array.isArray(choices)) {
    return { oneOf: choices.map((choice) => grammarSchema(choice, depth + 1)), ...described };
  }
  if (it["type"] === "array") {
    return { type: "array", items: grammarSchema(it["items"], depth + 1), ...described };
  }
  if (it["type"] === "object" || typeof it["properties"] === "object") {
    const required = Array.isArray(it["required"]) ? it["required"] : [];
    const properties = Object.entries((it["properties"] ?? {}) as Record<string, unknown>).map(
      ([name, inner]) => {
        const strict = grammarSchema(inner, depth + 1);
        return [name, required.includes(name) ? strict : { oneOf: [strict, { type: "null" }] }];
      },
    );
    return { type: "object", properties: Object.fromEntries(properties), ...described };
  }
  const type = it["type"];
  const isBasic = ["string", "number", "integer", "boolean", "null"].includes(String(type));
  return { type: isBasic ? type : "string", ...described };
}

export function dropNulls(params: unknown): unknown {
  if (Array.isArray(params)) return params.map(dropNulls);
  if (typeof params !== "object" || params === null) return params;
  return Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      value === null ? [] : [[name, dropNulls(value)]],
    ),
  );
}
