/**
 * One JSON-RPC 2.0 message from the bytes of a stranger, or why it is none.
 *
 *   bytes ──size, UTF-8, JSON, depth──▶ object ──▶ request | notification | result | error
 *
 * Source: JSON-RPC 2.0 specification, sections 4 and 5. Batches are refused, as MCP has none.
 */
import { isJsonObject, type JsonObject } from "../../../runtime/json-object.ts";
import { err, ok, type Result } from "../../../runtime/result.ts";

export type RpcId = string | number;

export type RpcMessage =
  | {
      readonly kind: "request";
      readonly id: RpcId;
      readonly method: string;
      readonly params: RpcParams;
    }
  | { readonly kind: "notification"; readonly method: string; readonly params: RpcParams }
  | { readonly kind: "result"; readonly id: RpcId | undefined; readonly result: unknown }
  | { readonly kind: "error"; readonly id: RpcId | undefined; readonly error: RpcError };

export type RpcParams = JsonObject;

export interface RpcError {
  /** Undefined where the sender gave a text instead of an object, as the seed's devices do. */
  readonly code: number | undefined;
  readonly message: string;
}

export type RpcFault = "tooLarge" | "badJson" | "tooDeep" | "badMessage";

/** Section 5.1; those from -32000 to -32099 are an implementation's own. */
export const RPC_ERRORS = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  /** Ours: not allowed by the operator, and too much at once. */
  refused: -32_001,
  busy: -32_002,
} as const;

/** The seed's largest answer but pictures is some 10 KB: a swarm of 100 leaves. */
export const RPC_BYTES_MAX = 64 * 1024;
/** A schema within a list of tools has some ten. Beyond it a walk over the value could overflow a stack. */
const DEPTH_MAX = 32;
const METHOD_LENGTH_MAX = 128;
const ID_LENGTH_MAX = 128;
/** An error's text ends before a model, in a log or on a page. */
export const ERROR_LENGTH_MAX = 500;

const decoder = new TextDecoder("utf-8", { fatal: true });

export function readRpc(payload: Uint8Array): Result<RpcMessage, RpcFault> {
  const read = readJson(payload);
  if (!read.ok) return read;
  return isJsonObject(read.value) ? messageOf(read.value) : err("badMessage");
}

/** Any JSON of bearable size and depth, in UTF-8 or as a text whose size has been looked at. */
export function readJson(
  payload: Uint8Array | string,
): Result<unknown, "tooLarge" | "badJson" | "tooDeep"> {
  if (payload.length > RPC_BYTES_MAX) return err("tooLarge");
  let value: unknown;
  try {
    value = JSON.parse(typeof payload === "string" ? payload : decoder.decode(payload));
  } catch {
    return err("badJson");
  }
  return isShallow(value, DEPTH_MAX) ? ok(value) : err("tooDeep");
}

/** `jsonrpc` may be absent, since devices leave it out; another version is refused. */
function messageOf(fields: RpcParams): Result<RpcMessage, RpcFault> {
  const { method, params = {} } = fields;
  const has = (name: string): boolean => Object.hasOwn(fields, name);
  if (has("jsonrpc") && fields["jsonrpc"] !== "2.0") return err("badMessage");
  const id = idOf(fields["id"]);
  if (id === "bad") return err("badMessage");
  if (has("method")) {
    const isMethod =
      typeof method === "string" && method.length > 0 && method.length <= METHOD_LENGTH_MAX;
    if (!isMethod || !isJsonObject(params)) return err("badMessage");
    if (id === undefined) return ok({ kind: "notification", method, params });
    return ok({ kind: "request", id: id.value, method, params });
  }
  const of = id?.value;
  // Devices send `"error": null` beside a result.
  const { error } = fields;
  if (error !== undefined && error !== null) {
    return ok({ kind: "error", id: of, error: errorOf(error) });
  }
  if (has("result")) return ok({ kind: "result", id: of, result: fields["result"] ?? null });
  return err("badMessage");
}

function idOf(id: unknown): { readonly value: RpcId } | undefined | "bad" {
  if (id === undefined || id === null) return undefined;
  if (typeof id === "string") return id.length <= ID_LENGTH_MAX ? { value: id } : "bad";
  return typeof id === "number" && Number.isFinite(id) ? { value: id } : "bad";
}

/** As an object, or as the plain text that the seed's devices send. */
function errorOf(error: unknown): RpcError {
  if (!isJsonObject(error)) return { code: undefined, message: textOf(error) };
  const { code, message } = error;
  return {
    code: typeof code === "number" ? code : undefined,
    message: textOf(message ?? error),
  };
}

const textOf = (value: unknown): string =>
  (typeof value === "string" ? value : JSON.stringify(value)).slice(0, ERROR_LENGTH_MAX);

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  return Object.values(value).every((inner) => isShallow(inner, depth - 1));
}

export const requestText = (id: RpcId, method: string, params: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });
export const notificationText = (method: string, params?: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", method, ...(params !== undefined && { params }) });
export const resultText = (id: RpcId, result: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", id, result: result ?? null });
export const errorText = (id: RpcId | null, code: number, message: string): string =>
  JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } });
