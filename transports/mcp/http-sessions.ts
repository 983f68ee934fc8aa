/**
 * MCP over streamable HTTP: `POST`, `GET` and `DELETE /mcp`, a session each client.
 *
 *   initialize ──▶ new session ──Mcp-Session-Id──▶ client, which names it from then on
 *   POST request ─▶ its session ─▶ answer, as JSON or as events         GET ─▶ what the server says by itself
 *   DELETE ─▶ the session ends
 *
 * Who may come here has been decided before, by Host, Origin and password. A restart of the node ends
 * all sessions: clients get 404 and initialize anew, as the specification wants it.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import {
  isInitializeRequest,
  isJSONRPCRequest,
  type JSONRPCMessage,
} from "@modelcontextprotocol/sdk/types.js";
import type { Clock } from "../../runtime/clock.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { EventLog } from "./event-log.ts";
import type { RpcId } from "./frames/json-rpc.ts";
import type { McpOffer } from "./offer.ts";
import { offerServer } from "./offer-server.ts";
import { watchOffer } from "./offer-watch.ts";
import { readMessage } from "./read-message.ts";
import { SessionGuard } from "./session-guard.ts";
import {
  noSessionRefusals,
  refusalText,
  type SessionRefusal,
  type SessionRefusals,
} from "./session-refusals.ts";

export interface McpHttp {
  /** Answers in any case; `body` is the request's text, undefined where it has none. */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    body: string | undefined,
  ): Promise<void>;
  stats(): { readonly sessions: number; readonly refused: SessionRefusals };
  close(): Promise<void>;
}

/** Desktop clients open one each; tests and scripts forget to end theirs. */
const SESSIONS_MAX = 64;
/** A session whose client was silent for so long gives way to a new one. */
const IDLE_MS_MIN = 60_000;
/** A client that has gone without a word; one that is still there initializes anew. */
const IDLE_MS_MAX = 3_600_000;
/** Clients are told to come back after this when a stream is closed. */
const RETRY_MS = 1_000;

/** HTTP's; 404 is what has a client initialize anew. */
const STATUS: Readonly<Record<SessionRefusal, number>> = {
  ...{ tooLarge: 413, badJson: 400, tooDeep: 400, badMessage: 400, noSender: 400 },
  ...{ notInitialized: 400, noSession: 404, tooManySessions: 503, duplicateId: 400 },
  ...{ tooManyCalls: 429, flood: 429 },
};

interface Session {
  readonly id: string;
  readonly transport: StreamableHTTPServerTransport;
  readonly guard: SessionGuard;
  usedAtMs: number;
  /** Requests and streams that are open now. */
  open: number;
}

export function createMcpHttp(offer: McpOffer, clock: Clock): McpHttp {
  /** By id, in the order in which they were made; at most `SESSIONS_MAX`. */
  const sessions = new Map<string, Session>();
  const watch = watchOffer(offer, clock);
  const refused = noSessionRefusals();

  const end = (id: string): void => {
    const session = sessions.get(id);
    sessions.delete(id);
    void session?.transport.close();
  };

  /** Idle ones go when there is need; false: all are in use. */
  const makeRoom = (): boolean => {
    const nowMs = clock.monotonicMs();
    const idle = [...sessions]
      .filter(([, { open, usedAtMs }]) => open === 0 && nowMs - usedAtMs >= IDLE_MS_MIN)
      .sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs);
    for (const [id, { usedAtMs }] of idle) if (nowMs - usedAtMs >= IDLE_MS_MAX) end(id);
    if (sessions.size < SESSIONS_MAX) return true;
    const [oldest] = idle;
    if (oldest !== undefined) end(oldest[0]);
    return sessions.size < SESSIONS_MAX;
  };

  /** Has its place at once, so that a hundred that begin together find no more room than there is. */
  const begin = async (): Promise<Session> => {
    const id = randomUUID();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => id,
      eventStore: new EventLog(),
      retryInterval: RETRY_MS,
      onsessionclosed: () => {
        sessions.delete(id);
      },
    });
    const guard = new SessionGuard(clock.monotonicMs());
    const session: Session = { id, transport, guard, usedAtMs: clock.monotonicMs(), open: 0 };
    sessions.set(id, session);
    await offerServer(offer, watch).connect(transport as never);
    const send = transport.send.bind(transport);
    transport.send = (message, related) => {
      guard.said(message);
      return send(message, related);
    };
    return session;
  };

  const refuse = (
    response: ServerResponse,
    reason: SessionRefusal,
    id: RpcId | null = null,
  ): void => {
    refused[reason] += 1;
    const headers = { "Content-Type": "application/json" };
    response.writeHead(STATUS[reason], headers).end(refusalText(id, reason));
  };

  /** The session that a request belongs to; its own new one for an initialize. */
  const sessionOf = async (
    { method, headers }: IncomingMessage,
    message: JSONRPCMessage | undefined,
  ): Promise<Result<Session, SessionRefusal>> => {
    const id = headers["mcp-session-id"];
    if (typeof id === "string") {
      const session = sessions.get(id);
      return session === undefined ? err("noSession") : ok(session);
    }
    if (method !== "POST" || !isInitializeRequest(message)) return err("notInitialized");
    return makeRoom() ? ok(await begin()) : err("tooManySessions");
  };

  return {
    handle: async (request, response, text) => {
      const read = text === undefined ? ok(undefined) : readMessage(text);
      if (!read.ok) {
        refuse(response, read.error);
        return;
      }
      const message = read.value;
      const id = message !== undefined && isJSONRPCRequest(message) ? message.id : null;
      const session = await sessionOf(request, message);
      if (!session.ok) {
        refuse(response, session.error, id);
        return;
      }
      const used = session.value;
      const refusal = message && used.guard.admit(message, clock.monotonicMs());
      if (refusal !== undefined) {
        refuse(response, refusal, id);
        return;
      }
      used.open += 1;
      used.usedAtMs = clock.monotonicMs();
      response.once("close", () => {
        used.open -= 1;
        used.usedAtMs = clock.monotonicMs();
      });
      await used.transport.handleRequest(request, response, message);
      // Refused by the transport, for its headers: nobody will answer it, and no client knows the session.
      if (response.statusCode >= 400 && message !== undefined) used.guard.forget(message);
      if (used.transport.sessionId === undefined) end(used.id);
    },
    stats: () => ({ sessions: sessions.size, refused }),
    close: async () => {
      for (const id of [...sessions.keys()]) end(id);
    },
  };
}
