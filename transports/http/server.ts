/**
 * The node's HTTP server: the API, the dashboard's files and the upgrade to the live feed, on one
 * port.
 *
 *   request ──Host, Origin, who──▶ role ──▶ route ──zod──▶ NodeView ──▶ JSON | { error, message }
 */
import type { IncomingMessage, Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import { type Duplex, Readable } from "node:stream";
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { z } from "zod";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { MycelError } from "../../runtime/errors.ts";
import type { Logger } from "../../runtime/logger.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { listen, urlHost } from "../listen.ts";
import { isLoopback } from "../loopback.ts";
import type { McpHttp } from "../mcp/http-sessions.ts";
import { openTlsFiles, type TlsFiles } from "../tls-files.ts";
import {
  type Access,
  type AccessHeaders,
  type Credentials,
  createAccess,
  isWrite,
  type Refusal,
} from "./access.ts";
import type { LiveInfo } from "./contract.ts";
import { setCookie } from "./login/cookie.ts";
import type { SessionKeeper } from "./login/session-file.ts";
import { SESSION_TIMES, type SessionTimes } from "./login/sessions.ts";
import { addMcpRoute } from "./mcp-route.ts";
import type { NodeView } from "./node-view.ts";
import type { Role } from "./office/person-contract.ts";
import { openApi } from "./openapi.ts";
import { type ProblemCode, problem, problemOf, type Refused } from "./problems.ts";
import type { Answer, Route, Visitor } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { securityHeaders } from "./security-headers.ts";
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
  /** Somebody could log in: a person of the office with a password. */
  readonly canLogIn?: boolean;
  /** Asked for also on loopback. */
  readonly alwaysLogin?: boolean;
  readonly sessionTimes?: SessionTimes;
  /** Without it a restart logs everybody out. */
  readonly sessionKeeper?: SessionKeeper | undefined;
  readonly writesPerMinuteMax?: number;
  /** Of routes that name none of their own; 10 s unless told. */
  readonly handlerTimeoutMs?: number;
  readonly tls?: TlsFiles | undefined;
  readonly clock?: Clock;
  /** The built dashboard; without it `/` says that it is not built. */
  readonly webDir?: string | undefined;
  readonly logger: Logger;
  /** What answers at `/mcp`; without it there is nothing. */
  readonly mcp?: McpHttp;
}

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** For drivers of the live feed: the server whose upgrades are theirs, and who may upgrade. */
  readonly server: Server;
  readonly access: Access;
  readonly isTls: boolean;
  /** Reads certificate and key again; those in use stay where the new ones are no good. */
  reloadTls(): void;
  /** Where `/api/live-info` sends the page. */
  setLive(live: LiveInfo): void;
  /** Counts a refusal made outside a route, such as an upgrade's. */
  countRefusal(reason: string): void;
  /** The same, answered on the socket itself, which ends. */
  refuseOn(socket: Duplex, code: ProblemCode): void;
  /** Requests answered with a problem, by its code, since the start. */
  refusals(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** The largest body is a path name; 64 KiB leaves room for commands with lists. */
const BODY_BYTES_MAX = 64 * 1024;
/** A request that is not here whole after this long holds its connection no more. */
const REQUEST_TIMEOUT_MS = 10_000;
const HANDLER_TIMEOUT_MS = 10_000;
/** Fastify counts until the answer has left, and a stream's leaves as long as somebody reads: 24 days, which timers can still take. */
const STREAM_TIMEOUT_MS = 576 * 3_600_000;
/** The longest id of a transfer has 200; the router's own bound is 100. */
const PATH_PART_CHARS_MAX = 256;
/** A dashboard takes two; Node's default has no bound. */
const CONNECTIONS_MAX = 1_024;

/** Scripts write this much by hand of nobody; the setting narrows it. */
const WRITES_PER_MINUTE = 600;

/** Throws `E_PORT_TAKEN` and `E_EXPOSED_WITHOUT_CREDENTIALS`. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { view, host, logger, credentials } = options;
  if (!isLoopback(host) && credentials === undefined && options.canLogIn !== true) {
    throw new MycelError(
      "E_EXPOSED_WITHOUT_CREDENTIALS",
      `Listening on ${host} shows the node to the network, and nobody could log in: start it on 127.0.0.1 and run "mycel person passwd operator", or set http.user and http.password.`,
      { host },
    );
  }
  const { clock = systemClock, sessionTimes = SESSION_TIMES } = options;
  const tls = options.tls && openTlsFiles(options.tls, "http.tls");
  const isTls = tls !== undefined;
  const access = createAccess({
    host,
    hostNames: options.hostNames ?? [],
    credentials,
    clock,
    isTls,
    times: sessionTimes,
    keeper: options.sessionKeeper,
    alwaysLogin: options.alwaysLogin ?? false,
    writesPerMinuteMax: options.writesPerMinuteMax ?? WRITES_PER_MINUTE,
    checkPassword: (name, password) => view.office.people.checkPassword(name, password),
  });
  let port = 0;
  let live: LiveInfo = { driver: "none", path: "/live", port: null };
  /** One entry for each code of `problems.ts` and each refusal an actor names. */
  const refusals: Record<string, number> = {};
  const countRefusal = (reason: string): void => {
    refusals[reason] = (refusals[reason] ?? 0) + 1;
  };

  const headersNow = (): Readonly<Record<string, string>> => securityHeaders(live.port, isTls);
  const send = (reply: FastifyReply, { status, problem }: Refused): FastifyReply => {
    countRefusal(problem.error);
    // Once more: an address that is no address comes here past the hook below.
    reply.headers(headersNow());
    if (status === 401 && !isFromPage(reply.request)) {
      reply.header("WWW-Authenticate", 'Basic realm="Mycel", charset="UTF-8"');
    }
    return reply.code(status).type("application/json; charset=utf-8").send(problem);
  };
  const refuse = (reply: FastifyReply, { code, retryAfterMs }: Refusal): FastifyReply => {
    if (retryAfterMs !== undefined) reply.header("Retry-After", Math.ceil(retryAfterMs / 1_000));
    return send(reply, problem(code));
  };
  const fail = (error: Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const refused = problemOf(error);
    if (refused.status >= 500) {
      // The route, not the address as it came: in a query may stand what a log must not keep.
      const { method, routeOptions } = request;
      logger.error({ err: error, method, route: routeOptions.url }, "a request failed");
    }
    return send(reply, refused);
  };

  const refuseOn: HttpServer["refuseOn"] = (socket, code) => {
    countRefusal(code);
    refuseSocket(socket, problem(code), headersNow());
  };

  const common = {
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    handlerTimeout: options.handlerTimeoutMs ?? HANDLER_TIMEOUT_MS,
    // The seed's clients ask for `/api/users/`.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PATH_PART_CHARS_MAX },
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      fail(error, request, reply);
    },
    clientErrorHandler: (_error: Error, socket: Socket) => {
      refuseOn(socket, "badRequest");
    },
  };
  const app = (
    tls === undefined ? Fastify(common) : Fastify({ ...common, https: tls.context() })
  ) as FastifyInstance;
  if (tls !== undefined) {
    const server = app.server as unknown as TlsServer;
    tls.onChange((context) => server.setSecureContext(context), logger);
    // A stranger's failed handshake is no fault of ours.
    server.on("tlsClientError", () => countRefusal("tlsFailed"));
  }
  app.server.maxConnections = CONNECTIONS_MAX;
  const sockets = openSockets(app.server);
  app.removeContentTypeParser("text/plain");

  /** Who asks, from the hook to the handler. */
  const visitors = new WeakMap<FastifyRequest, Visitor>();
  app.addHook("onRequest", async (request, reply) => {
    // A client that says JSON of every request, and has nothing to say in this one.
    if (isBodyless(request.raw)) delete request.raw.headers["content-type"];
    reply.headers(headersNow());
    const headers = accessHeaders(request.raw);
    const { open, role = defaultRole(request.method) } = ruleOf(request);
    if (open === true) {
      const code = access.admitOrigin(headers);
      return code === undefined ? undefined : refuse(reply, { code });
    }
    const admitted = await access.admit(headers);
    if (!admitted.ok) return refuse(reply, admitted.error);
    visitors.set(request, admitted.value);
    if (!isAtLeast(admitted.value.caller.role, role)) return send(reply, problem("forbidden"));
    const waitMs = isWrite(request.method) ? access.writeWaitMs(admitted.value) : 0;
    if (waitMs > 0) return refuse(reply, { code: "tooManyRequests", retryAfterMs: waitMs });
    return undefined;
  });
  app.setErrorHandler(fail);

  const cookieOf = (id: string | null): string =>
    setCookie(id, { port, isTls, maxAgeS: Math.floor(sessionTimes.absoluteMs / 1_000) });
  addRoutes(app, {
    context: { view, live: () => live, access },
    visitorOf: (request) => visitors.get(request) ?? stranger(request, access),
    refuse: send,
    cookieOf,
  });
  if (options.mcp !== undefined) addMcpRoute(app, options.mcp);
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
  try {
    port = await listen(app.server, options);
  } catch (error) {
    tls?.close();
    access.close();
    throw error;
  }
  access.setPort(port);
  return {
    url: `${isTls ? "https" : "http"}://${urlHost(host)}:${port}`,
    port,
    server: app.server,
    access,
    setLive: (info) => {
      live = info;
    },
    countRefusal,
    refuseOn,
    refusals: () => refusals,
    isTls,
    reloadTls: () => tls?.reload(),
    close: async () => {
      tls?.close();
      access.close();
      await app.close();
    },
  };
}

interface AccessRule {
  readonly open?: boolean;
  readonly role?: Role;
}

/** The page's own files are for whoever is to log in; all else has a role, told or not. */
function ruleOf({ method, routeOptions }: FastifyRequest): AccessRule {
  const { url } = routeOptions;
  if (!isWrite(method) && (url === undefined || url === "/*" || url === "/")) return { open: true };
  return (routeOptions.config as AccessRule | undefined) ?? {};
}

const defaultRole = (method: string): Role => (isWrite(method) ? "operator" : "viewer");
const RANK: Readonly<Record<Role, number>> = { viewer: 0, member: 1, operator: 2 };
const isAtLeast = (role: Role, least: Role): boolean => RANK[role] >= RANK[least];

/** Who asks an open route. */
function stranger(request: FastifyRequest, access: Access): Visitor {
  const headers = accessHeaders(request.raw);
  const session = access.sessionOf(headers);
  const caller = { personId: null, role: "viewer" } as const;
  return { caller, person: null, by: "none", session, address: headers.address };
}

const isBodyless = ({ headers }: IncomingMessage): boolean =>
  (headers["content-length"] ?? "0") === "0" && headers["transfer-encoding"] === undefined;

/** A challenge would have the browser ask for a password beside the page's own form. */
const isFromPage = ({ headers }: FastifyRequest): boolean =>
  headers["x-mycel"] !== undefined ||
  (headers["sec-fetch-site"] !== undefined && headers["sec-fetch-mode"] !== "navigate");

/** Also those that were upgraded, which Node's own `closeAllConnections` leaves open. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  return sockets;
}

interface RouteParts {
  readonly context: Parameters<Route["run"]>[0];
  readonly visitorOf: (request: FastifyRequest) => Visitor;
  readonly refuse: (reply: FastifyReply, refused: Refused) => FastifyReply;
  readonly cookieOf: (id: string | null) => string;
}

function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  const { context, visitorOf, refuse, cookieOf } = parts;
  for (const route of ROUTES) {
    app.route({
      method: route.method,
      url: route.url,
      config: {
        open: route.open === true,
        ...(route.role !== undefined && { role: route.role }),
      } satisfies AccessRule,
      ...(route.bodyBytesMax !== undefined && { bodyLimit: route.bodyBytesMax }),
      ...(route.timeoutMs !== undefined && { handlerTimeout: route.timeoutMs }),
      ...(route.isStream && { handlerTimeout: STREAM_TIMEOUT_MS }),
      handler: async (request, reply) => {
        const params = parse("path", route.params, request.params);
        if (!params.ok) return refuse(reply, problem("badRequest", params.error));
        const query = parse("query", route.query, request.query);
        if (!query.ok) return refuse(reply, problem("badRequest", query.error));
        const body = parse("body", route.body, request.body);
        if (!body.ok) return refuse(reply, problem("badRequest", body.error));

        const visitor = visitorOf(request);
        const answer: Answer = await route.run(context, {
          ...{ params: params.value, query: query.value, body: body.value },
          ...{ caller: visitor.caller, visitor },
        });
        if (answer.session !== undefined) reply.header("Set-Cookie", cookieOf(answer.session));
        if (answer.retryAfterMs !== undefined) {
          reply.header("Retry-After", Math.ceil(answer.retryAfterMs / 1_000));
        }
        if (!answer.ok) return refuse(reply, problem(answer.error, answer.message));
        reply.code(answer.status ?? 200);
        if (route.answer === "text") reply.type("text/plain; version=0.0.4; charset=utf-8");
        if (route.answer === "wav") {
          reply.type("audio/wav").header("Cache-Control", "private, max-age=86400, immutable");
        }
        if (route.isStream) reply.type("text/event-stream; charset=utf-8");
        else if (answer.value instanceof Readable) reply.type("application/json; charset=utf-8");
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

export const accessHeaders = ({ headers, method, socket }: IncomingMessage): AccessHeaders => ({
  method: method ?? "GET",
  address: socket.remoteAddress ?? "",
  cookie: headers.cookie,
  mycel: header(headers["x-mycel"]),
  host: headers.host,
  origin: headers.origin,
  authorization: headers.authorization,
  fetchSite: header(headers["sec-fetch-site"]),
  fetchMode: header(headers["sec-fetch-mode"]),
});

const header = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

/** Answers on a socket that has no reply of its own: a malformed request, a refused upgrade. */
function refuseSocket(
  socket: Duplex,
  { status, problem }: Refused,
  headers: Readonly<Record<string, string>>,
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problem);
  const lines = Object.entries({
    ...headers,
    "Content-Type": "application/json; charset=utf-8",
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} Refused\r\n${lines.join("")}\r\n${body}`, () => socket.destroy());
}
