/**
 * The node's HTTP server: the API, the dashboard's files and the upgrade to the live feed, on one
 * port.
 *
 *   request ──Host, Origin, password──▶ route ──zod──▶ NodeView ──▶ JSON | { error, message }
 */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { z } from "zod";
import { MycelError } from "../../runtime/errors.ts";
import type { Logger } from "../../runtime/logger.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { listen, urlHost } from "../listen.ts";
import { isLoopback } from "../loopback.ts";
import { type Access, type AccessHeaders, type Credentials, createAccess } from "./access.ts";
import type { LiveInfo } from "./contract.ts";
import type { NodeView } from "./node-view.ts";
import { openApi } from "./openapi.ts";
import { problem, problemOf, type Refused } from "./problems.ts";
import { ROUTES, type Route } from "./routes.ts";
import { type PageFallback, serveDashboard } from "./static-files.ts";

export interface HttpServerOptions {
  readonly view: NodeView;
  readonly version: string;
  readonly host: string;
  readonly port: number;
  /** Set by the user, so that no other port will do. */
  readonly portFixed: boolean;
  readonly hostNames?: readonly string[];
  readonly credentials?: Credentials | undefined;
  /** The built dashboard; without it `/` says that it is not built. */
  readonly webDir?: string | undefined;
  readonly logger: Logger;
}

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** For drivers of the live feed: the server whose upgrades are theirs, and who may upgrade. */
  readonly server: Server;
  readonly access: Access;
  /** Where `/api/live-info` sends the page. */
  setLive(live: LiveInfo): void;
  /** Counts a refusal made outside a route, such as an upgrade's. */
  countRefusal(reason: string): void;
  /** Requests answered with a problem, by its code, since the start. */
  refusals(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** The largest body is a path name; 64 KiB leaves room for commands with lists. */
const BODY_BYTES_MAX = 64 * 1024;
/** A request that is not here whole after this long holds its connection no more. */
const REQUEST_TIMEOUT_MS = 10_000;
const HANDLER_TIMEOUT_MS = 10_000;
/** A dashboard takes two; Node's default has no bound. */
const CONNECTIONS_MAX = 1_024;

/** Nothing is loaded from elsewhere, and no other site may frame or embed the page. */
const SECURITY_HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
} as const;

/** A feed on a port of its own is not `'self'`. Charts place by scripts' styles, which need no leave. */
const contentSecurityPolicy = (livePort: number | null): string =>
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'; connect-src 'self'" +
  (livePort === null ? "" : ` ws://*:${livePort} wss://*:${livePort}`);

/** Throws `E_PORT_TAKEN` and `E_EXPOSED_WITHOUT_CREDENTIALS`. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { view, host, logger, credentials } = options;
  if (!isLoopback(host) && credentials === undefined) {
    throw new MycelError(
      "E_EXPOSED_WITHOUT_CREDENTIALS",
      `Listening on ${host} shows the node to the network: set a user and a password, or listen on 127.0.0.1.`,
      { host },
    );
  }
  const access = createAccess({ host, hostNames: options.hostNames ?? [], credentials });
  let live: LiveInfo = { driver: "none", path: "/live", port: null };
  /** One entry for each code of `problems.ts` and each refusal an actor names. */
  const refusals: Record<string, number> = {};
  const countRefusal = (reason: string): void => {
    refusals[reason] = (refusals[reason] ?? 0) + 1;
  };

  const send = (reply: FastifyReply, { status, problem }: Refused): FastifyReply => {
    countRefusal(problem.error);
    if (status === 401) reply.header("WWW-Authenticate", 'Basic realm="Mycel", charset="UTF-8"');
    return reply.code(status).type("application/json; charset=utf-8").send(problem);
  };
  const fail = (error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refused = problemOf(error);
    if (refused.status >= 500) logger.error({ err: error, url: request.url }, "a request failed");
    return send(reply, refused);
  };

  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    frameworkErrors: (error, request, reply) => {
      fail(error, request, reply);
    },
    clientErrorHandler: (_error, socket) => {
      countRefusal("badRequest");
      refuseSocket(socket, problem("badRequest"));
    },
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  const sockets = openSockets(app.server);
  app.removeContentTypeParser("text/plain");

  app.addHook("onRequest", async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    reply.header("Content-Security-Policy", contentSecurityPolicy(live.port));
    const open = (request.routeOptions.config as { open?: boolean } | undefined)?.open === true;
    const headers = accessHeaders(request.raw);
    const refusal = open ? access.admitOrigin(headers) : await access.admit(headers);
    if (refusal !== undefined) return send(reply, problem(refusal));
    return undefined;
  });
  app.setErrorHandler(fail);

  addRoutes(app, { view, live: () => live }, send);
  const document = openApi(ROUTES, options.version);
  app.get("/api/openapi.json", () => document);
  const page: PageFallback = await serveDashboard(app, options.webDir);
  app.setNotFoundHandler((request, reply) => {
    if (!page(request, reply)) send(reply, problem("notFound"));
  });
  app.addHook("preClose", async () => {
    for (const socket of sockets) socket.destroy();
  });

  await app.ready();
  const port = await listen(app.server, options);
  return {
    url: `http://${urlHost(host)}:${port}`,
    port,
    server: app.server,
    access,
    setLive: (info) => {
      live = info;
    },
    countRefusal,
    refusals: () => refusals,
    close: () => app.close(),
  };
}

/** Also those that were upgraded, which Node's own `closeAllConnections` leaves open. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  return sockets;
}

function addRoutes(
  app: FastifyInstance,
  context: Parameters<Route["run"]>[0],
  refuse: (reply: FastifyReply, refused: Refused) => FastifyReply,
): void {
  for (const route of ROUTES) {
    app.route({
      method: route.method,
      url: route.url,
      config: { open: route.open === true },
      ...(route.timeoutMs !== undefined && { handlerTimeout: route.timeoutMs }),
      handler: async (request, reply) => {
        const params = parse("path", route.params, request.params);
        if (!params.ok) return refuse(reply, problem("badRequest", params.error));
        const query = parse("query", route.query, request.query);
        if (!query.ok) return refuse(reply, problem("badRequest", query.error));
        const body = parse("body", route.body, request.body);
        if (!body.ok) return refuse(reply, problem("badRequest", body.error));

        const input = { params: params.value, query: query.value, body: body.value };
        const answer = await route.run(context, input);
        if (!answer.ok) return refuse(reply, problem(answer.error, answer.message));
        reply.code(answer.status ?? 200).header("Cache-Control", "no-store");
        if (route.answer === "text") reply.type("text/plain; version=0.0.4; charset=utf-8");
        if (route.isStream) reply.type("text/event-stream; charset=utf-8");
        return reply.send(answer.value);
      },
    });
  }
}

/** Every mistake with its place: `query.limit: Too big: expected number to be <=1000`. */
function parse(
  place: string,
  schema: z.ZodType | undefined,
  given: unknown,
): Result<unknown, string> {
  if (schema === undefined) return ok(undefined);
  const parsed = schema.safeParse(given);
  if (parsed.success) return ok(parsed.data);
  const mistakes = parsed.error.issues.map(
    ({ path, message }) => `${[place, ...path].join(".")}: ${message}`,
  );
  return err(mistakes.join("; ").slice(0, 500));
}

export const accessHeaders = ({ headers }: IncomingMessage): AccessHeaders => ({
  host: headers.host,
  origin: headers.origin,
  authorization: headers.authorization,
  fetchSite: header(headers["sec-fetch-site"]),
  fetchMode: header(headers["sec-fetch-mode"]),
});

const header = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

/** Answers on a socket that has no reply of its own: a malformed request, a refused upgrade. */
export function refuseSocket(socket: Duplex, { status, problem }: Refused): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
