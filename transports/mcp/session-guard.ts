/**
 * What one session may ask at once: so many messages a second, so many requests under way, and no id that
 * is under way already, since two answers under one id cannot be told apart.
 *
 *   message ─▶ admit ──┬─ undefined: goes on; a request counts until `ended`
 *                      └─ why it does not
 */
import {
  isJSONRPCErrorResponse,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
} from "@modelcontextprotocol/sdk/types.js";
import { TokenBucket } from "../../runtime/token-bucket.ts";
import type { SessionRefusal } from "./session-refusals.ts";

/** A model asks one thing at a time; a page that shows all zones of an office reads them at once. */
const MESSAGES_PER_S = 50;
const MESSAGES_AT_ONCE_MAX = 300;
/** Each may wait 25 s for the agent. */
const UNDER_WAY_MAX = 64;

export class SessionGuard {
  readonly #share: TokenBucket;
  /** Ids of requests without an answer so far; at most `UNDER_WAY_MAX`. */
  readonly #underWay = new Set<string | number>();

  constructor(nowMs: number) {
    this.#share = new TokenBucket(MESSAGES_PER_S, MESSAGES_AT_ONCE_MAX, nowMs);
  }

  admit(message: JSONRPCMessage, nowMs: number): SessionRefusal | undefined {
    if (!this.#share.take(nowMs)) return "flood";
    if (!isJSONRPCRequest(message)) {
      const cancelled = cancelledId(message);
      if (cancelled !== undefined) this.#underWay.delete(cancelled);
      return undefined;
    }
    if (this.#underWay.has(message.id)) return "duplicateId";
    if (this.#underWay.size >= UNDER_WAY_MAX) return "tooManyCalls";
    this.#underWay.add(message.id);
    return undefined;
  }

  /** It was admitted, and has gone no further. */
  forget(message: JSONRPCMessage): void {
    if (isJSONRPCRequest(message)) this.#underWay.delete(message.id);
  }

  /** Looks at what goes out: an answer ends its request. */
  said(message: JSONRPCMessage): void {
    if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) {
      if (message.id !== undefined) this.#underWay.delete(message.id);
    }
  }
}

/** A cancelled request has no answer. */
function cancelledId(message: JSONRPCMessage): string | number | undefined {
  if (!("method" in message) || message.method !== "notifications/cancelled") return undefined;
  const id = message.params?.["requestId"];
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}
