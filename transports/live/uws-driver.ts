/**
 * The live feed over uWebSockets.js, where a user has installed it (it is not on npm). It cannot
 * share Node's HTTP server, so it listens on a port of its own, which the page learns from
 * `/api/live-info`.
 */
import { MycelError } from "../../runtime/errors.ts";
import { problem } from "../http/problems.ts";
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

/** Undefined where the module is not installed or does not load on this machine. */
export async function loadUws(): Promise<Uws | undefined> {
  // Not a literal, so that neither the compiler nor a bundler looks for it.
  const name: string = "uWebSockets.js";
  try {
    const module = (await import(name)) as Uws & { default?: Uws };
    return module.default ?? module;
  } catch {
    return undefined;
  }
}

export async function startUwsDriver(uws: Uws, options: LiveDriverOptions): Promise<LiveDriver> {
  const { feed, http, host, pingMs = PING_MS } = options;
  const open = new Set<UwsSocket>();

  const app = uws.App().ws(LIVE_PATH, {
    maxPayloadLength: CLIENT_MESSAGE_BYTES_MAX,
    // Ours is the feed's bound; this one would drop messages instead of passing a client over.
    maxBackpressure: 0,
    // It pings by itself in time; seconds, a multiple of 4 of at most 960.
    idleTimeout: Math.min(960, Math.max(8, Math.ceil((2 * pingMs) / 4_000) * 4)),
    sendPingsAutomatically: true,
    upgrade: (res, req, context) => {
      let gone = false;
      res.onAborted(() => {
        gone = true;
      });
      // `req` is only valid until this handler returns.
      const header = (name: string): string | undefined => req.getHeader(name) || undefined;
      const query = req.getQuery() ?? "";
      const key = req.getHeader("sec-websocket-key");
      const protocol = req.getHeader("sec-websocket-protocol");
      const extensions = req.getHeader("sec-websocket-extensions");
      const headers = {
        host: header("host"),
        origin: header("origin"),
        authorization: header("authorization"),
        fetchSite: header("sec-fetch-site"),
        fetchMode: header("sec-fetch-mode"),
        ...{ cookie: undefined, mycel: undefined, method: "GET", address: "" },
      };
      void http.access.admit(headers, http.port).then((admitted) => {
        if (gone) return;
        res.cork(() => {
          if (admitted.ok) {
            res.upgrade({ socket: undefined, query }, key, protocol, extensions, context);
            return;
          }
          http.countRefusal(admitted.error.code);
          const refused = problem(admitted.error.code);
          res.writeStatus(`${refused.status} Refused`).end(JSON.stringify(refused.problem));
        });
      });
    },
    open: (ws) => {
      open.add(ws);
      const socket: LiveSocket = {
        bufferedBytes: () => (open.has(ws) ? ws.getBufferedAmount() : 0),
        send: (message) => {
          if (open.has(ws)) ws.send(message, typeof message !== "string");
        },
      };
      const client = ws.getUserData();
      client.socket = socket;
      if (!feed.join(socket, client.query)) ws.end(CLOSE.tryAgainLater, "the feed is full");
    },
    message: (ws, data, isBinary) => {
      const { socket } = ws.getUserData();
      const isTaken =
        !isBinary && socket !== undefined && feed.take(socket, Buffer.from(data).toString());
      if (!isTaken) ws.end(CLOSE.policy, NOT_UNDERSTOOD);
    },
    close: (ws) => {
      open.delete(ws);
      const { socket } = ws.getUserData();
      if (socket !== undefined) feed.leave(socket);
    },
  });

  const listening = await new Promise<unknown>((resolve) => app.listen(host, 0, resolve));
  if (!listening) {
    throw new MycelError("E_LINK_OPEN", `Cannot open a port on ${host} for the live feed.`, {
      host,
    });
  }
  const port = uws.us_socket_local_port(listening);
  http.setLive({ driver: "uws", path: LIVE_PATH, port });

  return {
    name: "uws",
    port,
    close: async () => {
      uws.us_listen_socket_close(listening);
      for (const ws of [...open]) ws.end(CLOSE.goingAway, "the node is shutting down");
    },
  };
}

/** What is used of uWebSockets.js v20: https://unetworking.github.io/uWebSockets.js/generated/ */
export interface Uws {
  App(): UwsApp;
  us_socket_local_port(listening: unknown): number;
  us_listen_socket_close(listening: unknown): void;
}

interface Client {
  readonly query: string;
  socket: LiveSocket | undefined;
}

interface UwsSocket {
  getUserData(): Client;
  getBufferedAmount(): number;
  send(message: string | Uint8Array, isBinary: boolean): number;
  end(code: number, reason: string): void;
}

interface UwsRequest {
  getHeader(name: string): string;
  getQuery(): string | undefined;
}

interface UwsResponse {
  onAborted(handler: () => void): void;
  cork(write: () => void): void;
  upgrade<T>(data: T, key: string, protocol: string, extensions: string, context: unknown): void;
  writeStatus(status: string): UwsResponse;
  end(body: string): void;
}

interface UwsApp {
  ws(
    path: string,
    behavior: {
      maxPayloadLength: number;
      maxBackpressure: number;
      idleTimeout: number;
      sendPingsAutomatically: boolean;
      upgrade(res: UwsResponse, req: UwsRequest, context: unknown): void;
      open(ws: UwsSocket): void;
      message(ws: UwsSocket, data: ArrayBuffer, isBinary: boolean): void;
      close(ws: UwsSocket): void;
    },
  ): UwsApp;
  listen(host: string, port: number, done: (listening: unknown) => void): void;
}
