/** What carries the live feed: a WebSocket server at `/live`. */
import type { Clock } from "../../runtime/clock.ts";
import type { HttpServer } from "../http/server.ts";
import type { LiveFeed } from "./live-feed.ts";

export interface LiveDriverOptions {
  readonly feed: LiveFeed;
  /** Where the page is served: its port, and who may come in. */
  readonly http: HttpServer;
  readonly host: string;
  readonly clock: Pick<Clock, "after">;
  /** A client that has answered no ping for this long is taken for dead, ms. */
  readonly pingMs?: number;
}

export interface LiveDriver {
  readonly name: "ws" | "uws";
  /** A port of its own; null where it shares the HTTP server's. */
  readonly port: number | null;
  close(): Promise<void>;
}

export const LIVE_PATH = "/live";
/** Less than the 60 s after which proxies and routers commonly forget an idle connection. */
export const PING_MS = 30_000;
/** The longest sensible `Watch` names 512 rows of at most seven digits. */
export const CLIENT_MESSAGE_BYTES_MAX = 8 * 1024;

/** WebSocket close codes, RFC 6455 §7.4.1. */
export const CLOSE = { goingAway: 1001, policy: 1008, tryAgainLater: 1013 } as const;
/** Why a client is closed that says anything but a `Watch`. */
export const NOT_UNDERSTOOD = "not understood";
