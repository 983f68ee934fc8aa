/**
 * The real HTTP server and live feed over an office that was never built.
 *
 *   node test/support/dashboard-stub.ts --leaves 60 --port 8420     then open the printed address
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../../runtime/clock.ts";
import { silentLogger } from "../../runtime/logger.ts";
import { startHttpServer } from "../../transports/http/server.ts";
import { startLive } from "../../transports/live/start-live.ts";
import { leafField } from "./leaf-field.ts";
import { createOffice, type Office } from "./office-view.ts";

export interface DashboardStub {
  readonly url: string;
  readonly port: number;
  readonly office: Office;
  close(): Promise<void>;
}

export interface DashboardStubOptions {
  readonly leaves?: number;
  readonly seed?: number;
  /** A port to come back on after a restart; 0 takes a free one. */
  readonly port?: number;
  readonly hour?: number;
  /** So many leaves instead of the office's on the feed: a page of thousands. */
  readonly field?: number;
  readonly isFresh?: boolean;
  /** Whoever looks has to log in first. */
  readonly asksWho?: boolean;
}

export const WEB_DIR = join(import.meta.dirname, "../../web/dist");

const every = (periodMs: number, tick: () => void): (() => void) => {
  const timer = setInterval(tick, periodMs);
  return () => clearInterval(timer);
};

export async function startDashboardStub(
  options: DashboardStubOptions = {},
): Promise<DashboardStub> {
  const {
    leaves = 60,
    seed = 7,
    port = 0,
    hour = 10.7,
    field: fieldLeaves,
    isFresh = false,
    asksWho = false,
  } = options;
  const version = "0.1.0";
  const office = createOffice({ leaves, seed, hour, version, nowMs: Date.now, isFresh });
  const [info] = office.view.state().nodes;
  const field = fieldLeaves && info && leafField(fieldLeaves, info, Date.now);
  const http = await startHttpServer({
    view: field
      ? { ...office.view, live: field.board, leaves: () => [...field.board.leaves()] }
      : office.view,
    version,
    host: "127.0.0.1",
    port,
    portFixed: true,
    webDir: WEB_DIR,
    canLogIn: asksWho,
    alwaysLogin: asksWho,
    logger: silentLogger,
  });
  const live = await startLive({
    source: field ? field.board : office.view.live,
    http,
    host: "127.0.0.1",
    clock: systemClock,
  });
  const stopBeating = every(250, field ? field.beat : office.beat);
  return {
    url: http.url,
    port: http.port,
    office,
    close: async () => {
      stopBeating();
      await live.close();
      await http.close();
    },
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      leaves: { type: "string", default: "60" },
      port: { type: "string", default: "8420" },
      hour: { type: "string", default: "10.7" },
      field: { type: "string" },
    },
  });
  const stub = await startDashboardStub({
    leaves: Number(values.leaves),
    port: Number(values.port),
    hour: Number(values.hour),
    ...(values.field !== undefined && { field: Number(values.field) }),
  });
  console.log(stub.url);
}
