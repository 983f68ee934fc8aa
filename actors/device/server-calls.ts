/**
 * Calls of foreign MCP servers: what a server's answer, or its silence, is to who asked.
 *
 *   ask ─▶ McpServers ─▶ ServerAnswered ─▶ outcome, once
 */
import { ERROR_LENGTH_MAX } from "../../transports/mcp/frames/json-rpc.ts";
import { toolAnswer } from "../../transports/mcp/frames/seed.ts";
import type { McpServers } from "../../transports/mcp/mcp-servers.ts";
import { type CallTable, timeoutSentence } from "./call-table.ts";
import { CALL_MS_MAX, done, failed, type Outcome, type TellOutcome } from "./outcome.ts";

/** A promise's end, as the devices actor tells it to itself. */
export interface ServerAnswered {
  readonly type: "ServerAnswered";
  readonly server: string;
  readonly id: string;
  readonly outcome: Outcome;
}

export interface ServerCallsPorts {
  readonly servers: McpServers;
  readonly calls: CallTable<TellOutcome>;
  nowMs(): number;
  newId(): string;
  /** Leads to a call of `answered`. */
  pipe(
    answer: Promise<unknown>,
    onValue: (result: unknown) => ServerAnswered,
    onFault: (cause: unknown) => ServerAnswered,
  ): void;
}

export class ServerCalls {
  readonly #ports: ServerCallsPorts;

  constructor(ports: ServerCallsPorts) {
    this.#ports = ports;
  }

  has(server: string): boolean {
    return this.#ports.servers.has(server);
  }

  ask(
    server: string,
    tool: string,
    args: Readonly<Record<string, unknown>>,
    tell: TellOutcome,
  ): void {
    const { servers, calls, nowMs, newId, pipe } = this.#ports;
    const agent = entryOf(server);
    if (!calls.hasRoomFor(agent)) {
      tell(failed("busy", "As many calls are under way as may: nothing was sent."));
      return;
    }
    const id = newId();
    calls.open({ ...{ id, agent, tool }, startedAtMs: nowMs(), asker: tell });
    const end = (outcome: Outcome): ServerAnswered => ({
      ...{ type: "ServerAnswered", server, id, outcome },
    });
    pipe(
      servers.call(server, tool, args, CALL_MS_MAX),
      (result) => end(outcomeOf(result)),
      (cause) => end(faultOf(cause, tool, server)),
    );
  }

  answered({ server, id, outcome }: ServerAnswered): void {
    const call = this.#ports.calls.answer(entryOf(server), id);
    if (call.ok) call.value.asker(outcome);
  }
}

/** Under which its calls are kept; no device's name, since it has a slash. */
const entryOf = (server: string): string => `mcp/${server}`;

function outcomeOf(result: unknown): Outcome {
  const answer = toolAnswer(result);
  return answer.kind === "result"
    ? done(answer.result)
    : failed(answer.isUnknownTool ? "unknownTool" : "deviceError", answer.message);
}

function faultOf(cause: unknown, tool: string, server: string): Outcome {
  const { code, message = String(cause) } = cause as { code?: unknown; message?: string };
  if (code === SDK_TIMEOUT) return failed("timeout", timeoutSentence(tool, server));
  if (code === "lost") return failed("timeout", message);
  if (typeof code !== "number") return failed("busUnavailable", message);
  return failed(
    /unknown tool/i.test(message) ? "unknownTool" : "deviceError",
    message.slice(0, ERROR_LENGTH_MAX),
  );
}

/** Of the SDK's `McpError`, for a request without an answer. */
const SDK_TIMEOUT = -32_001;
