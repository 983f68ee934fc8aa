/**
 * What MCP sessions do not take, over streamable HTTP and over MQTT 5: why, how it is told, how often.
 */
import { errorText, RPC_ERRORS, type RpcId } from "./frames/json-rpc.ts";

export const SESSION_REFUSALS = [
  "tooLarge",
  "badJson",
  "tooDeep",
  "badMessage",
  /** MQTT: a publisher that does not say by which client id it is answered. */
  "noSender",
  "notInitialized",
  "noSession",
  "tooManySessions",
  "duplicateId",
  "tooManyCalls",
  "flood",
] as const;
export type SessionRefusal = (typeof SESSION_REFUSALS)[number];
export type SessionRefusals = Record<SessionRefusal, number>;

export const noSessionRefusals = (): SessionRefusals =>
  Object.fromEntries(SESSION_REFUSALS.map((reason) => [reason, 0])) as SessionRefusals;

/** Code of JSON-RPC's and sentence. */
const WORDS: Readonly<Record<SessionRefusal, readonly [code: number, message: string]>> = {
  tooLarge: [RPC_ERRORS.invalidRequest, "The message is larger than 64 KiB."],
  badJson: [RPC_ERRORS.parse, "Parse error: this is not JSON in UTF-8."],
  tooDeep: [RPC_ERRORS.invalidRequest, "The message is nested more than 32 levels."],
  badMessage: [RPC_ERRORS.invalidRequest, "This is no message of JSON-RPC 2.0 as MCP has it."],
  noSender: [RPC_ERRORS.invalidRequest, "The user property MCP-MQTT-CLIENT-ID is missing."],
  notInitialized: [RPC_ERRORS.invalidRequest, "The first message of a session is initialize."],
  noSession: [RPC_ERRORS.refused, "Session not found: initialize anew."],
  tooManySessions: [RPC_ERRORS.busy, "There are as many sessions as may be: come back later."],
  duplicateId: [RPC_ERRORS.invalidRequest, "A request with this id is under way in this session."],
  tooManyCalls: [RPC_ERRORS.busy, "As many requests are under way in this session as may."],
  flood: [RPC_ERRORS.busy, "Too many messages in this session: slow down."],
};

export function refusalError(reason: SessionRefusal): {
  readonly code: number;
  readonly message: string;
} {
  const [code, message] = WORDS[reason];
  return { code, message };
}

export function refusalText(id: RpcId | null, reason: SessionRefusal): string {
  const { code, message } = refusalError(reason);
  return errorText(id, code, message);
}
