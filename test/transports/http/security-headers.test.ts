/**
 * Every kind of answer against OWASP's Secure Headers, as its project lists them: ci/headers_add.json and
 * ci/headers_remove.json of OWASP/www-project-secure-headers, 2024-07-19, and X-DNS-Prefetch-Control, added since.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { type RequestOptions, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { systemClock } from "../../../runtime/clock.ts";
import { ok } from "../../../runtime/result.ts";
import type { OfficeView } from "../../../transports/http/office/office-view.ts";
import type { HttpServerOptions } from "../../../transports/http/server.ts";
import { startLive } from "../../../transports/live/start-live.ts";
import type { McpHttp } from "../../../transports/mcp/http-sessions.ts";
import { certificate, OPENSSL_MISSING } from "../../support/certificate.ts";
import { memoryView } from "./memory-view.ts";
import { memoryPeople, officeWith } from "./people.ts";
import { startServer } from "./start-server.ts";

type Headers = Readonly<Record<string, string | undefined>>;

interface Row {
  readonly owasp: string;
  /** Where ours is another, or none. */
  readonly ours?: RegExp | "none";
  readonly why?: string;
}

const WANTED: Readonly<Record<string, Row>> = {
  "cache-control": {
    owasp: "no-store, max-age=0",
    ours: /^no-store$/,
    why: "no-store says it all; KEPT below may be kept",
  },
  "clear-site-data": {
    owasp: '"cache","cookies","storage"',
    ours: "none",
    why: "for a logout: it would take the cookies of every port of the host, and the page's language and theme; our cookie is taken by name, and data of people is never kept",
  },
  "content-security-policy": {
    owasp:
      "default-src 'self'; form-action 'self'; object-src 'none'; frame-ancestors 'none'; upgrade-insecure-requests; block-all-mixed-content",
    ours: /^default-src 'self'; img-src 'self' data:; media-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; connect-src 'self'$/,
    why: "narrower; upgrade-insecure-requests under TLS alone, in clear it would break the page; block-all-mixed-content is gone from browsers",
  },
  "cross-origin-embedder-policy": { owasp: "require-corp" },
  "cross-origin-opener-policy": { owasp: "same-origin" },
  "cross-origin-resource-policy": { owasp: "same-origin" },
  "permissions-policy": {
    owasp:
      "accelerometer=(), autoplay=(), camera=(), cross-origin-isolated=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), keyboard-map=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), sync-xhr=(self), usb=(), web-share=(), xr-spatial-tracking=(), clipboard-read=(), clipboard-write=(), gamepad=(), hid=(), idle-detection=(), interest-cohort=(), serial=(), unload=()",
    ours: /^autoplay=\(self\)(, [a-z-]+=\(\))+$/,
    why: "the page speaks, so autoplay is its own; web-share and interest-cohort are unknown to Chromium on a desk, which complains of each",
  },
  "referrer-policy": { owasp: "no-referrer" },
  "strict-transport-security": {
    owasp: "max-age=31536000; includeSubDomains",
    ours: "none",
    why: "under TLS alone (below), and not for other names below the host's, which are not ours",
  },
  "x-content-type-options": { owasp: "nosniff" },
  "x-dns-prefetch-control": { owasp: "off" },
  "x-frame-options": { owasp: "deny", ours: /^DENY$/, why: "RFC 7034 spells it so" },
  "x-permitted-cross-domain-policies": { owasp: "none" },
};

/** Kinds of answers that a browser may keep. */
const KEPT: Readonly<Record<string, RegExp>> = {
  page: /^no-cache$/,
  "path of the page": /^no-cache$/,
  asset: /^public, max-age=31536000, immutable$/,
  sound: /^private, max-age=86400, immutable$/,
};

/** Say what runs here, to whoever looks for its holes. */
const UNWANTED =
  "$wsep Host-Header K-Proxy-Request Liferay-Portal OracleCommerceCloud-Version Pega-Host Powered-By Product Server SourceMap X-AspNet-Version X-AspNetMvc-Version X-Atmosphere-error X-Atmosphere-first-request X-Atmosphere-tracking-id X-B3-ParentSpanId X-B3-Sampled X-B3-SpanId X-B3-TraceId X-BEServer X-CF-Powered-By X-CMS X-CalculatedBETarget X-Cocoon-Version X-Content-Encoded-By X-DiagInfo X-Envoy-Attempt-Count X-Envoy-External-Address X-Envoy-Internal X-Envoy-Original-Dst-Host X-Envoy-Upstream-Service-Time X-FEServer X-Framework X-Generated-By X-Generator X-Jitsi-Release X-Kubernetes-PF-FlowSchema-UI X-Kubernetes-PF-PriorityLevel-UID X-LiteSpeed-Cache X-LiteSpeed-Purge X-LiteSpeed-Tag X-LiteSpeed-Vary X-Litespeed-Cache-Control X-Mod-Pagespeed X-Nextjs-Cache X-Nextjs-Matched-Path X-Nextjs-Page X-Nextjs-Redirect X-OWA-Version X-Old-Content-Length X-OneAgent-JS-Injection X-Page-Speed X-Php-Version X-Powered-By X-Powered-By-Plesk X-Powered-CMS X-Redirect-By X-Server-Powered-By X-SourceFiles X-SourceMap X-Turbo-Charged-By X-Umbraco-Version X-Varnish-Backend X-Varnish-Server X-dtAgentId X-dtHealthCheck X-dtInjectedServlet X-ruxit-JS-Agent"
    .toLowerCase()
    .split(" ");

const mcp: McpHttp = {
  handle: async (_request, response) => void response.writeHead(400).end("{}"),
  stats: () => ({ sessions: 0, refused: {} }) as unknown as ReturnType<McpHttp["stats"]>,
  close: async () => {},
};

async function start(t: TestContext, options: Partial<HttpServerOptions> = {}) {
  const webDir = mkdtempSync(join(tmpdir(), "mycel-web-"));
  mkdirSync(join(webDir, "assets"));
  writeFileSync(join(webDir, "index.html"), "<title>Mycel</title>");
  writeFileSync(join(webDir, "assets", "app-1a2b.js"), "1;");
  const office = new Proxy(officeWith(memoryPeople()), {
    get: (real, name) =>
      name === "voice" ? { audio: async () => ok(Buffer.from("RIFF")) } : Reflect.get(real, name),
  }) as OfficeView;
  const memory = memoryView();
  const view = {
    ...memory,
    office,
    tree: () => {
      throw new Error("a fault");
    },
  };
  const { http } = await startServer(t, { alwaysLogin: true, view, webDir, mcp, ...options });
  const live = await startLive({
    ...{ source: memory.live, http, host: "127.0.0.1", clock: systemClock },
  });
  t.after(() => live.close());

  const ask = (path: string, { headers, ...rest }: RequestOptions = {}, body?: string) =>
    new Promise<{ readonly status: number; readonly headers: Headers }>((resolve, reject) => {
      const given = {
        ...{ path, port: http.port, host: "127.0.0.1", rejectUnauthorized: false, ...rest },
        headers: {
          ...(body !== undefined && { "content-type": "application/json" }),
          authorization: `Basic ${Buffer.from("operator:operator password").toString("base64")}`,
          ...(headers as Record<string, string>),
        },
      };
      const sent = (http.isTls ? requestHttps : requestHttp)(given, (response) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers as Headers });
        response.destroy();
      });
      sent.on("error", reject);
      sent.end(body);
    });
  return { http, ask };
}

type Started = Awaited<ReturnType<typeof start>>;
const ACTOR = encodeURIComponent("mycel://test/user/hubs/swarm_hub_01");
const post = { method: "POST" };
const upgrade = {
  ...{ connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" },
  "sec-websocket-key": Buffer.alloc(16).toString("base64"),
};
const login = JSON.stringify({ name: "operator", password: "operator password" });

/** Every way in which the server answers, with the status that shows that it was this way. */
const KINDS: readonly (readonly [string, number, (on: Started) => ReturnType<Started["ask"]>])[] = [
  ["page", 200, ({ ask }) => ask("/", { headers: { accept: "text/html" } })],
  ["path of the page", 200, ({ ask }) => ask("/leaves/3", { headers: { accept: "text/html" } })],
  ["asset", 200, ({ ask }) => ask("/assets/app-1a2b.js")],
  ["asset that is missing", 404, ({ ask }) => ask("/assets/none.js")],
  ["data", 200, ({ ask }) => ask("/api/leaves")],
  ["head of data", 200, ({ ask }) => ask("/api/leaves", { method: "HEAD" })],
  ["stream", 200, ({ ask }) => ask(`/api/trace?name=${ACTOR}`)],
  ["nothing there", 404, ({ ask }) => ask("/api/nothing")],
  ["path that is no path", 400, ({ ask }) => ask("/api/%zz")],
  ["question that does not fit", 400, ({ ask }) => ask("/api/leaves?limit=x")],
  ["body that is no JSON", 400, ({ ask }) => ask("/api/leaves", post, "{")],
  ["body too large", 413, ({ ask }) => ask("/api/leaves", post, `"${"x".repeat(70_000)}"`)],
  [
    "body of another type",
    415,
    ({ ask }) => ask("/api/leaves", { ...post, headers: { "content-type": "text/plain" } }, "x"),
  ],
  ["nobody", 401, ({ ask }) => ask("/api/leaves", { headers: { authorization: "" } })],
  ["another host", 403, ({ ask }) => ask("/api/leaves", { headers: { host: "elsewhere" } })],
  ["fault", 500, ({ ask }) => ask("/api/tree")],
  ["health", 200, ({ ask }) => ask("/healthz")],
  ["metrics", 200, ({ ask }) => ask("/metrics")],
  ["description of the API", 200, ({ ask }) => ask("/api/openapi.json")],
  ["sound", 200, ({ ask }) => ask(`/audio/speak_${"0".repeat(24)}.wav`)],
  ["login", 200, ({ ask }) => ask("/api/login", post, login)],
  ["login refused", 401, ({ ask }) => ask("/api/login", post, login.replace('password"}', 'x"}'))],
  ["MCP", 400, ({ ask }) => ask("/mcp", post, "{}")],
  ["feed refused", 401, ({ ask }) => ask("/live", { headers: { ...upgrade, authorization: "" } })],
  ["feed elsewhere", 404, ({ ask }) => ask("/elsewhere", { headers: upgrade })],
  ["no request at all", 400, ({ http }) => nonsense(http.port)],
];

/** Node's own client cannot send it. */
async function nonsense(port: number): Promise<{ status: number; headers: Headers }> {
  let text = "";
  const socket = connect(port, "127.0.0.1");
  socket.end("NONSENSE\r\n\r\n");
  for await (const chunk of socket) text += chunk;
  const [status = "", ...lines] = (text.split("\r\n\r\n")[0] ?? "").split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(": ");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)] as const;
  });
  return { status: Number(status.split(" ")[1]), headers: Object.fromEntries(headers) };
}

for (const [kind, status, ask] of KINDS) {
  test(`an answer carries OWASP's headers, and none that tells of the server: ${kind}`, async (t) => {
    const answer = await ask(await start(t));
    assert.equal(answer.status, status);
    for (const [name, { owasp, ours }] of Object.entries(WANTED)) {
      const value = answer.headers[name];
      if (ours === "none") assert.equal(value, undefined, name);
      else if (name === "cache-control" && KEPT[kind] !== undefined) {
        assert.match(value ?? "", KEPT[kind]);
      } else if (ours === undefined) assert.equal(value, owasp, name);
      else assert.match(value ?? "", ours, name);
    }
    const told = Object.keys(answer.headers).filter((name) => UNWANTED.includes(name));
    assert.deepEqual([told, answer.headers["access-control-allow-origin"]], [[], undefined]);
    // Nothing is left to a browser's guess of what it is.
    if (kind !== "MCP") assert.match(answer.headers["content-type"] ?? "", /^[a-z]+\/[a-z-]+/);
  });
}

test("a header that is not as OWASP has it has a reason", () => {
  for (const [name, { ours, why }] of Object.entries(WANTED)) {
    assert.equal(ours === undefined, why === undefined, name);
  }
});

test("under TLS an answer of any kind keeps browsers to TLS", {
  skip: OPENSSL_MISSING,
}, async (t) => {
  const on = await start(t, { tls: certificate() });
  for (const [kind, status, ask] of KINDS) {
    if (kind === "no request at all") continue;
    const answer = await ask(on);
    assert.equal(answer.status, status, kind);
    assert.equal(answer.headers["strict-transport-security"], "max-age=31536000", kind);
    assert.match(answer.headers["content-security-policy"] ?? "", /; upgrade-insecure-requests$/);
  }
});
