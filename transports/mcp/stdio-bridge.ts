/**
 * MCP on stdio for a desktop client, by way of a running node's `/mcp`:
 *
 *   client ──stdin, a message a line──▶ bridge ──POST──▶ node
 *          ◀─stdout───────────────────        ◀─answers, events──
 *
 * What passes is not changed. A node that was started anew has forgotten the session: then the bridge
 * initializes again as the client did, and the client notices nothing. While there is no node each
 * request is answered with an error, and so is one that was under way when its node ended.
 */
import type { Readable, Writable } from "node:stream";
import {
  StreamableHTTPClientTransport,
  StreamableHTTPError,
} from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import {
  isInitializeRequest,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type RequestId,
} from "@modelcontextprotocol/sdk/types.js";
import type { Clock } from "../../runtime/clock.ts";
import { RPC_ERRORS } from "./frames/json-rpc.ts";

export interface NodeAddress {
  /** Of the node, as `http://127.0.0.1:8420`. */
  readonly origin: string;
  readonly authorization: string | undefined;
}

export interface StdioBridgeOptions {
  readonly stdin: Readable;
  readonly stdout: Writable;
  /** Asked anew at each connect: a node may come back on another port. Throws where there is none. */
  readonly address: () => NodeAddress;
  /** For people; stdout belongs to the protocol. */
  readonly log: (line: string) => void;
  readonly clock: Pick<Clock, "after">;
}

/** A node greets at once; one that does not must not hold up all that the client asks. */
const GREETING_MS_MAX = 5_000;
/** The node's slowest tool has 28 s; a node that was killed says nothing. */
const ANSWER_MS_MAX = 40_000;
const NODE_ENDED = "The node ended before it answered: this may have been done all the same.";

/** Resolves when the client has closed its side. */
export async function bridgeStdio(options: StdioBridgeOptions): Promise<void> {
  const { stdin, stdout, address, log, clock } = options;
  const client = new StdioServerTransport(stdin, stdout);
  const ended = Promise.withResolvers<void>();
  let isOver = false;
  let node: StreamableHTTPClientTransport | undefined;
  let greeting: JSONRPCRequest | undefined;
  /** The answer to a greeting of the bridge's own is not the client's. */
  let onOwnAnswer: (() => void) | undefined;
  /** So that two messages do not both begin a session. */
  let renewing: Promise<StreamableHTTPClientTransport> | undefined;
  /** The client's requests without an answer. */
  const underWay = new Map<RequestId, { stopWaiting: () => void; isTaken: boolean }>();

  /** False: it has been answered, or was not asked. */
  const settle = (id: RequestId | undefined): boolean => {
    if (id === undefined) return false;
    underWay.get(id)?.stopWaiting();
    return underWay.delete(id);
  };
  const fail = (id: RequestId, message: string): void => {
    if (!settle(id)) return;
    const error = { code: RPC_ERRORS.internal, message };
    client.send({ jsonrpc: "2.0", id, error }).catch(() => {});
  };

  const open = async (): Promise<StreamableHTTPClientTransport> => {
    const { origin, authorization } = address();
    const headers = authorization === undefined ? {} : { authorization };
    const opened = new StreamableHTTPClientTransport(new URL("/mcp", origin), {
      requestInit: { headers },
    });
    opened.onmessage = (message) => {
      if ("result" in message && message.id === greeting?.id) {
        opened.setProtocolVersion(String(message.result["protocolVersion"] ?? ""));
        if (onOwnAnswer !== undefined) {
          onOwnAnswer();
          return;
        }
      }
      if ("method" in message || settle(message.id)) client.send(message).catch(() => {});
    };
    opened.onerror = (error) => {
      // What is cut off at the end was the bridge's doing.
      if (!isOver) log(`the node: ${error.message}`);
    };
    await opened.start();
    return opened;
  };

  /** A session like the one that is gone. */
  const renew = async (): Promise<StreamableHTTPClientTransport> => {
    const gone = node;
    node = undefined;
    for (const [id, { isTaken }] of [...underWay]) if (isTaken) fail(id, NODE_ENDED);
    try {
      node = await greet();
      return node;
    } finally {
      // Not before: what was on its way to a node that is gone shall find that out by itself, and be sent anew.
      void gone?.close();
    }
  };

  const greet = async (): Promise<StreamableHTTPClientTransport> => {
    const opened = await open();
    if (greeting !== undefined) {
      const answered = Promise.withResolvers<void>();
      onOwnAnswer = answered.resolve;
      const cancel = clock.after(GREETING_MS_MAX, () => {
        answered.reject(new Error("it does not greet"));
      });
      try {
        await opened.send(greeting);
        await answered.promise;
      } catch (error) {
        void opened.close();
        throw error;
      } finally {
        cancel();
        onOwnAnswer = undefined;
      }
      await opened.send({ jsonrpc: "2.0", method: "notifications/initialized" });
      log("the node was started anew: a new session");
    }
    return opened;
  };

  const pass = async (message: JSONRPCMessage): Promise<void> => {
    if (isInitializeRequest(message)) {
      greeting = undefined;
      const opened = await renew();
      greeting = message as JSONRPCRequest;
      await passTo(opened, message);
      return;
    }
    const to = node ?? (await renewOnce());
    try {
      await passTo(to, message);
    } catch (error) {
      const isForgotten = error instanceof StreamableHTTPError && error.code === 404;
      // Nothing was carried out: the session was not known, or nobody listened at all.
      if (!isForgotten && !isRefused(error)) throw error;
      // Another message may have begun a new session meanwhile.
      const other = node === to ? undefined : node;
      await passTo(other ?? (await renewOnce()), message);
    }
  };
  const passTo = async (
    to: StreamableHTTPClientTransport,
    message: JSONRPCMessage,
  ): Promise<void> => {
    await to.send(message);
    const asked = isJSONRPCRequest(message) ? underWay.get(message.id) : undefined;
    if (asked !== undefined) asked.isTaken = true;
  };
  const renewOnce = (): Promise<StreamableHTTPClientTransport> => {
    renewing ??= renew().finally(() => {
      renewing = undefined;
    });
    return renewing;
  };

  client.onmessage = (message) => {
    if (isJSONRPCRequest(message)) {
      settle(message.id);
      const stopWaiting = clock.after(ANSWER_MS_MAX, () => fail(message.id, NODE_ENDED));
      underWay.set(message.id, { stopWaiting, isTaken: false });
    } else if ("method" in message && message.method === "notifications/cancelled") {
      settle(message.params?.["requestId"] as RequestId | undefined);
    }
    pass(message).catch((error: unknown) => {
      const what = error instanceof Error ? error.message : String(error);
      log(`not passed on: ${what}`);
      if (!isJSONRPCRequest(message)) return;
      fail(message.id, isCutOff(error) ? NODE_ENDED : `The node cannot be reached: ${what}`);
    });
  };
  client.onerror = (error) => log(error.message);
  stdin.once("end", () => ended.resolve());
  stdin.once("close", () => ended.resolve());
  await client.start();
  await ended.promise;
  isOver = true;
  for (const id of [...underWay.keys()]) settle(id);
  await node?.terminateSession().catch(() => {});
  await node?.close();
  await client.close();
}

/** The request may have left: it was aborted with its session, or `fetch` lost the connection. */
const isCutOff = (error: unknown): boolean =>
  (error instanceof Error && error.name === "AbortError") ||
  (error instanceof TypeError && !isRefused(error));

/** As `fetch` says that nobody listens there. */
function isRefused(error: unknown): boolean {
  const cause =
    error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined;
  return cause?.code === "ECONNREFUSED";
}
