import { type JSONRPCMessage, JSONRPCMessageSchema } from "@modelcontextprotocol/sdk/types.js";
import { err, ok, type Result } from "../../runtime/result.ts";
import { readJson } from "./frames/json-rpc.ts";
import type { SessionRefusal } from "./session-refusals.ts";

/** One message of MCP from a stranger's bytes; batches are none, as since 2025-06-18 in MCP. */
export function readMessage(payload: Uint8Array | string): Result<JSONRPCMessage, SessionRefusal> {
  const read = readJson(payload);
  if (!read.ok) return read;
  const message = JSONRPCMessageSchema.safeParse(read.value);
  return message.success ? ok(message.data) : err("badMessage");
}
