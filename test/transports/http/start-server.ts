/** A server on a free port with a node in memory behind it; closed when the test ends. */
import type { TestContext } from "node:test";
import { silentLogger } from "../../../runtime/logger.ts";
import {
  type HttpServer,
  type HttpServerOptions,
  startHttpServer,
} from "../../../transports/http/server.ts";
import { type MemoryView, memoryView } from "./memory-view.ts";

export async function startServer(
  t: Pick<TestContext, "after">,
  options: Partial<HttpServerOptions> = {},
): Promise<{ http: HttpServer; view: MemoryView }> {
  const view = memoryView();
  const http = await startHttpServer({
    view,
    version: "0.0.0",
    host: "127.0.0.1",
    port: 0,
    portFixed: false,
    logger: silentLogger,
    ...options,
  });
  t.after(() => http.close());
  return { http, view };
}
