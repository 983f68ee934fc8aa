/** The live feed with the best driver this machine has. */
import type { Clock } from "../../runtime/clock.ts";
import type { LiveSource } from "../http/node-view.ts";
import type { HttpServer } from "../http/server.ts";
import { createLiveFeed, type LiveFeedStats } from "./live-feed.ts";
import { loadUws, startUwsDriver } from "./uws-driver.ts";
import { startWsDriver } from "./ws-driver.ts";

export interface LiveOptions {
  readonly source: LiveSource;
  readonly http: HttpServer;
  readonly host: string;
  readonly clock: Pick<Clock, "after">;
}

export interface Live {
  readonly driver: "ws" | "uws";
  stats(): LiveFeedStats;
  /** Before the HTTP server's own `close`. */
  close(): Promise<void>;
}

export async function startLive({ source, http, host, clock }: LiveOptions): Promise<Live> {
  const feed = createLiveFeed({ source, clock });
  const options = { feed, http, host, clock };
  // Who logged in did so at the page's port, and its certificate is that server's: there they share it.
  const uws = http.access.needsLogin || http.isTls ? undefined : await loadUws();
  const driver = uws === undefined ? startWsDriver(options) : await startUwsDriver(uws, options);
  return {
    driver: driver.name,
    stats: feed.stats,
    close: async () => {
      await driver.close();
      feed.close();
    },
  };
}
