/** The live feed over `ws`, on the HTTP server's own port. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { err } from "../../runtime/result.ts";
import { every } from "../every.ts";
import { accessHeaders } from "../http/server.ts";
import {
  CLIENT_MESSAGE_BYTES_MAX,
  CLOSE,
  LIVE_PATH,
  type LiveDriver,
  type LiveDriverOptions,
  NOT_UNDERSTOOD,
  PING_MS,
} from "./live-driver.ts";
import type { LiveSocket } from "./live-feed.ts";

export function startWsDriver(options: LiveDriverOptions): LiveDriver {
  const { feed, http, clock, pingMs = PING_MS } = options;
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: CLIENT_MESSAGE_BYTES_MAX,
    perMessageDeflate: false, // costs more than it saves on one machine or a local network
  });
  /** Sockets that have not answered since the last ping; bounded by the feed's clients. */
  const silent = new Set<WebSocket>();

  const onUpgrade = async (
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> => {
    // Until `ws` takes over, a reset connection would otherwise be an unhandled error.
    const onError = (): void => void socket.destroy();
    socket.on("error", onError);
    const path = request.url?.split("?", 1)[0];
    const admitted =
      path === LIVE_PATH
        ? await http.access.admit(accessHeaders(request))
        : err({ code: "notFound" } as const);
    if (!admitted.ok) {
      http.refuseOn(socket, admitted.error.code);
      return;
    }
    socket.off("error", onError);
    const query = request.url?.split("?", 2)[1] ?? "";
    const { session } = admitted.value;
    server.handleUpgrade(request, socket, head, (ws) => welcome(ws, query, session));
  };

  const welcome = (ws: WebSocket, query: string, session: string | undefined): void => {
    if (session !== undefined) {
      const forget = http.access.sessions.onEnd(session, () =>
        ws.close(CLOSE.policy, "the session has ended"),
      );
      ws.on("close", forget);
    }
    const socket: LiveSocket = {
      bufferedBytes: () => ws.bufferedAmount,
      send: (message) => ws.send(message),
    };
    // A protocol error (a truncated or oversized frame) is followed by `close`.
    ws.on("error", () => ws.terminate());
    ws.on("pong", () => silent.delete(ws));
    ws.on("message", (data, isBinary) => {
      if (isBinary || !feed.take(socket, String(data))) ws.close(CLOSE.policy, NOT_UNDERSTOOD);
    });
    ws.on("close", () => {
      silent.delete(ws);
      feed.leave(socket);
    });
    if (!feed.join(socket, query)) ws.close(CLOSE.tryAgainLater, "the feed is full");
  };

  const stopPinging = every(clock, pingMs, () => {
    for (const ws of server.clients) {
      if (silent.has(ws)) {
        ws.terminate();
        continue;
      }
      silent.add(ws);
      ws.ping();
    }
  });

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void =>
    void onUpgrade(request, socket, head).catch(() => socket.destroy());
  http.server.on("upgrade", upgrade);
  http.setLive({ driver: "ws", path: LIVE_PATH, port: null });

  return {
    name: "ws",
    port: null,
    close: async () => {
      stopPinging();
      http.server.off("upgrade", upgrade);
      for (const ws of server.clients) {
        ws.close(CLOSE.goingAway, "the node is shutting down");
        // Not waiting for the other side's answer: a client that is gone would never give it.
        setImmediate(() => ws.terminate());
      }
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
