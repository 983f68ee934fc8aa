import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MycelError } from "../../../runtime/errors.ts";
import { silentLogger } from "../../../runtime/logger.ts";
import {
  actorDetailSchema,
  eventsSchema,
  healthSchema,
  historySchema,
  leafSchema,
  type Problem,
  problemSchema,
  stateSchema,
  traceEventSchema,
  treeSchema,
} from "../../../transports/http/contract.ts";
import { startHttpServer } from "../../../transports/http/server.ts";
import { hashPassword } from "../../../transports/password.ts";
import { until } from "../../support/until.ts";
import { memoryView } from "./memory-view.ts";
import { startServer } from "./start-server.ts";

const post = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** With headers that `fetch` would not let through, such as Host and Origin. */
function rawGet(
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers }, (answer) => {
      let body = "";
      answer.on("data", (chunk) => {
        body += chunk;
      });
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
    })
      .on("error", reject)
      .end();
  });
}

test("every query route answers what its schema says", async (t) => {
  const { http, view } = await startServer(t);
  view.report(2, 22.5);
  const get = async (path: string): Promise<unknown> => {
    const answer = await fetch(http.url + path);
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    return answer.json();
  };
  stateSchema.parse(await get("/api/state"));
  const leaves = leafSchema.array().parse(await get("/api/leaves"));
  assert.equal(leaves[1]?.readings["temperature"]?.value, 22.5);
  assert.ok(Array.isArray(await get("/api/zones")));
  assert.equal(treeSchema.parse(await get("/api/tree")).deadLetters.byReason["stopped"], 1);
  const name = encodeURIComponent("mycel://test/user/hubs/swarm_hub_01");
  assert.equal(actorDetailSchema.parse(await get(`/api/actor?name=${name}`)).types.length, 1);
  eventsSchema.parse(await get("/api/events?limit=10"));
  healthSchema.parse(await get("/healthz"));
  const path = "/api/history?hub=swarm_hub_01&leaf=leaf_2&channel=temperature";
  assert.equal(historySchema.parse(await get(path)).rows[0]?.value, 22.5);
});

test("GET /api/trace streams hops until its reader goes, and refuses an actor there is not", async (t) => {
  const { http, view } = await startServer(t);
  const url = (name: string) => `${http.url}/api/trace?name=${encodeURIComponent(name)}`;
  const path = "mycel://test/user/hubs/swarm_hub_01";
  const refused = await fetch(url("hubs/swarm"));
  assert.equal(refused.status, 404);
  assert.match(((await refused.json()) as Problem).message, /Did you mean mycel:.*swarm_hub_01/);

  const leave = new AbortController();
  const stream = await fetch(url(path), { signal: leave.signal });
  assert.match(stream.headers.get("content-type") ?? "", /^text\/event-stream/);
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  const next = async () =>
    traceEventSchema.parse(JSON.parse((await reader?.read())?.value?.replace(/^data: /, "") ?? ""));
  assert.deepEqual(await next(), { actor: path, hops: [], missed: 0 });
  const hop = {
    ...{ trace: 1, hop: 2, parent: null, from: null, to: path, thread: 1, type: "Bytes" },
    ...{ sentMs: 5, waitMs: 0.1, handlerMs: 0.2, outcome: "handled" },
  };
  for (const onSeen of view.tracers) onSeen({ hops: [hop], missed: 3 });
  assert.deepEqual(await next(), { actor: path, hops: [hop], missed: 3 });

  const second = await fetch(url(path));
  assert.equal((await fetch(url(path))).status, 429);
  leave.abort();
  await second.body?.cancel();
  await until(() => view.tracers.size === 0);
});

test("a trace goes on beyond the time that other answers have", async (t) => {
  const view = { ...memoryView(), metrics: () => new Promise<string>(() => {}) };
  const { http } = await startServer(t, { view, handlerTimeoutMs: 100 });
  const name = encodeURIComponent("mycel://test/user/hubs/swarm_hub_01");
  const trace = await fetch(`${http.url}/api/trace?name=${name}`);
  const reader = trace.body?.getReader() ?? assert.fail();
  await reader.read();
  assert.equal((await fetch(`${http.url}/metrics`)).status, 503, "its time is over");
  for (const tell of view.tracers) tell({ hops: [], missed: 7 });
  const { value } = await reader.read();
  assert.match(Buffer.from(value ?? []).toString(), /"missed":7/);
  await reader.cancel();
});

test("GET /metrics is Prometheus text and /healthz is 503 when a check fails", async (t) => {
  const { http, view } = await startServer(t);
  const metrics = await fetch(`${http.url}/metrics`);
  assert.match(metrics.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match(await metrics.text(), /mycel_up 1/);
  view.setHealth({
    ok: false,
    checks: { store: { ok: false, code: "full", values: {}, detail: "full" } },
  });
  assert.equal((await fetch(`${http.url}/healthz`)).status, 503);
});

test("acts on leaves take effect, and their refusals have a status and a sentence", async (t) => {
  const { http, view } = await startServer(t);
  const act = (leafId: number | string, body: unknown): Promise<Response> =>
    fetch(`${http.url}/api/leaves/swarm_hub_01/${leafId}`, post(body));

  const renamed = await act(1, { act: "rename", name: "window" });
  assert.equal(renamed.status, 200);
  assert.equal(view.leaves()[0]?.name, "window");

  const added = await fetch(`${http.url}/api/leaves`, post({ hub: "swarm_hub_01", leafId: 9 }));
  assert.equal(added.status, 201);

  const refusals = [
    [act(2, { act: "rename", name: "window" }), 409, "nameTaken"],
    [act(77, { act: "adopt" }), 404, "leafUnknown"],
    [act(1, { act: "explode" }), 400, "badRequest"],
    [act("x", { act: "adopt" }), 400, "badRequest"],
    [act(1, { act: "limit", framesPerSecondMax: -1 }), 400, "badRequest"],
    [fetch(`${http.url}/api/leaves`, post({ hub: "swarm_hub_01", leafId: 9 })), 409, "leafExists"],
  ] as const;
  for (const [answer, status, error] of refusals) {
    const refused = await answer;
    assert.equal(refused.status, status, error);
    assert.equal(problemSchema.parse(await refused.json()).error, error);
  }
  assert.equal(http.refusals()["nameTaken"], 1);
  assert.equal(http.refusals()["badRequest"], 3);
});

test("pairing and keys of v2 leaves are an operator's, and their refusals have a status", async (t) => {
  const { http } = await startServer(t);
  const hub = `${http.url}/api/hubs/swarm_hub_01`;
  const installCode = "00112233445566778899aabbccddeeff";
  const opened = await fetch(`${hub}/pairing`, post({ forS: 300, installCode }));
  assert.deepEqual(await opened.json(), { untilMs: 300_000 });
  const changed = await fetch(`${hub}/keys/1`, post({ act: "rotate" }));
  assert.deepEqual(await changed.json(), { hub: "swarm_hub_01", leafId: 1 });
  const refusals = [
    [fetch(`${hub}/pairing`, post({ forS: 300 })), 409, "noFleetSecret"],
    [fetch(`${hub}/pairing`, post({ forS: 1e9, installCode })), 400, "badRequest"],
    [fetch(`${hub}/pairing`, post({ forS: 9, installCode: "short" })), 400, "badRequest"],
    [fetch(`${http.url}/api/hubs/none/pairing`, post({ forS: 9, installCode })), 404, "hubUnknown"],
    [fetch(`${hub}/keys/99`, post({ act: "forget" })), 409, "notPaired"],
    [fetch(`${hub}/keys/1`, post({ act: "tell" })), 400, "badRequest"],
  ] as const;
  for (const [answer, status, error] of refusals) {
    const refused = await answer;
    assert.equal(refused.status, status, error);
    assert.equal(problemSchema.parse(await refused.json()).error, error);
  }
});

test("backup and restore pass the directory on and answer with its size", async (t) => {
  const { http } = await startServer(t);
  const backup = await fetch(`${http.url}/api/backup`, post({ dir: "/somewhere" }));
  assert.deepEqual(await backup.json(), { dir: "/somewhere", bytes: 3 });
  const restore = await fetch(`${http.url}/api/restore`, post({ dir: "/somewhere" }));
  assert.deepEqual(await restore.json(), { dir: "/somewhere", bytes: 3 });
  const refused = await fetch(`${http.url}/api/restore`, post({ dir: "/elsewhere" }));
  assert.equal(refused.status, 409);
  assert.equal((await fetch(`${http.url}/api/backup`, post({ dir: "a\0b" }))).status, 400);
});

test("a client that says JSON of a request without a body is taken for one that says nothing", async (t) => {
  const { http } = await startServer(t);
  const json = { "content-type": "application/json" };
  for (const headers of [json, {}]) {
    const answer = await fetch(`${http.url}/api/tasks/99/accept`, { method: "PUT", headers });
    const { error } = (await answer.json()) as { readonly error: string };
    assert.equal(error, "wrong", "the office was asked, and refused");
  }
});

test("an id in a path may be as long as the longest that the ledger takes", async (t) => {
  const { http } = await startServer(t);
  for (const id of ["p", "p".repeat(200), "%2b".repeat(200)]) {
    const answer = await fetch(`${http.url}/api/wallet/transactions/${id}`);
    const { error } = (await answer.json()) as { readonly error: string };
    assert.equal(error, "wrong", "the office was asked, and refused");
  }
});

test("whatever is refused is answered with {error, message} and without a stack", async (t) => {
  const { http } = await startServer(t);
  const json = { "content-type": "application/json" };
  const cases: [string, RequestInit, number, string][] = [
    ["/api/nothing", {}, 404, "notFound"],
    ["/api/leaves", { method: "DELETE" }, 404, "notFound"],
    ["/api/leaves", { method: "POST", headers: json, body: "{" }, 400, "badJson"],
    ["/api/leaves", { method: "POST", headers: json, body: "" }, 400, "badRequest"],
    ["/api/leaves", { method: "POST", headers: json, body: '{"__proto__":1}' }, 400, "badJson"],
    ["/api/leaves", { method: "POST", body: "hub=1" }, 415, "badMediaType"],
    ["/api/leaves", { method: "POST" }, 400, "badRequest"],
    ["/api/leaves", post("x".repeat(70_000)), 413, "tooLarge"],
    ["/api/history", {}, 400, "badRequest"],
    ["/api/events?limit=1001", {}, 400, "badRequest"],
    ["/api/events?limit=NaN", {}, 400, "badRequest"],
    ["/api/%", {}, 400, "badRequest"],
  ];
  for (const [path, init, status, error] of cases) {
    const answer = await fetch(http.url + path, init);
    const text = await answer.text();
    assert.equal(answer.status, status, `${path}: ${text}`);
    assert.equal(problemSchema.parse(JSON.parse(text)).error, error, path);
    assert.doesNotMatch(text, /\.ts:|\bat /);
  }
});

test("a node that throws is a 500 without its message, or the sentence of a coded error", async (t) => {
  const view = memoryView();
  const { http } = await startServer(t, {
    view: {
      ...view,
      leaves: () => {
        throw new Error("secret detail");
      },
      backup: () => Promise.reject(new MycelError("E_STORE_FULL", "The disk is full.")),
    },
  });
  const failed = await fetch(`${http.url}/api/leaves`);
  assert.equal(failed.status, 500);
  assert.doesNotMatch(await failed.text(), /secret/);
  const full = await fetch(`${http.url}/api/backup`, post({ dir: "/x" }));
  assert.equal(full.status, 503);
  assert.deepEqual(await full.json(), { error: "E_STORE_FULL", message: "The disk is full." });
});

test("a malformed request line is answered and its connection closed", async (t) => {
  const { http } = await startServer(t);
  const answer = await new Promise<string>((resolve, reject) => {
    let text = "";
    connect(http.port, "127.0.0.1")
      .on("data", (chunk) => {
        text += chunk;
      })
      .on("close", () => resolve(text))
      .on("error", reject)
      .end("NONSENSE\r\n\r\n");
  });
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /"error":"badRequest"/);
});

test("a page that is not ours cannot reach the node: Host, Origin and Fetch Metadata", async (t) => {
  const { http } = await startServer(t, { hostNames: ["mycel.example"] });
  const { port } = http;
  const ours = `127.0.0.1:${port}`;
  const cases: [Record<string, string>, number, string?][] = [
    [{ host: ours }, 200],
    [{ host: `localhost:${port}` }, 200],
    [{ host: `[::1]:${port}` }, 200],
    [{ host: "mycel.example" }, 200],
    [{ host: "mycel.example", origin: "https://mycel.example" }, 200],
    [{ host: ours, origin: `http://${ours}` }, 200],
    [{ host: ours, "sec-fetch-site": "same-origin" }, 200],
    [{ host: ours, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }, 200],
    [{ host: "attacker.example" }, 403, "hostRefused"],
    [{ host: `attacker.example:${port}` }, 403, "hostRefused"],
    [{ host: "192.168.1.5" }, 403, "hostRefused"],
    [{ host: "localhost.attacker.example" }, 403, "hostRefused"],
    [{ host: `127.0.0.1:${port}@attacker.example` }, 403, "hostRefused"],
    [{ host: ours, origin: "http://attacker.example" }, 403, "originRefused"],
    [{ host: ours, origin: "null" }, 403, "originRefused"],
    [{ host: ours, origin: "http://127.0.0.1:1" }, 403, "originRefused"],
    [{ host: ours, origin: `http://localhost:${port}` }, 403, "originRefused"],
    [
      { host: ours, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
      403,
      "originRefused",
    ],
  ];
  for (const [headers, status, error] of cases) {
    for (const path of ["/api/leaves", "/healthz"]) {
      const answer = await rawGet(port, path, headers);
      assert.equal(answer.status, status, JSON.stringify(headers));
      if (error !== undefined) assert.equal(JSON.parse(answer.body).error, error);
    }
  }
});

test("startHttpServer() listens beyond loopback only with credentials", async (t) => {
  const view = memoryView();
  const open = {
    view,
    version: "0",
    host: "0.0.0.0",
    port: 0,
    portFixed: true,
    logger: silentLogger,
  };
  await assert.rejects(startHttpServer(open), { code: "E_EXPOSED_WITHOUT_CREDENTIALS" });

  const passwordHash = await hashPassword("correct horse");
  const { http } = await startServer(t, {
    host: "0.0.0.0",
    credentials: { user: "ann", passwordHash },
  });
  const as = (user: string, password: string): RequestInit => ({
    headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` },
  });
  const refused = await fetch(`${http.url}/api/leaves`);
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get("www-authenticate") ?? "", /^Basic /);
  assert.equal((await fetch(`${http.url}/api/leaves`, as("ann", "wrong"))).status, 401);
  assert.equal((await fetch(`${http.url}/api/leaves`, as("bob", "correct horse"))).status, 401);
  assert.equal((await fetch(`${http.url}/api/leaves`, as("ann", "correct horse"))).status, 200);
  assert.equal((await fetch(`${http.url}/healthz`)).status, 200);
  assert.equal(http.refusals()["unauthorized"], 3);
});

test("a default port that is taken gives way, one set by the user is E_PORT_TAKEN", async (t) => {
  const blocker: Server = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, "127.0.0.1", () => resolve()));
  t.after(() => blocker.close());
  const address = blocker.address();
  assert.ok(typeof address === "object" && address !== null);

  const { http } = await startServer(t, { port: address.port });
  assert.ok(http.port > address.port);
  await assert.rejects(startServer(t, { port: address.port, portFixed: true }), (error) => {
    assert.ok(error instanceof MycelError);
    assert.equal(error.code, "E_PORT_TAKEN");
    return true;
  });
});

test("an address that is not this machine's is one clear sentence", async (t) => {
  const passwordHash = await hashPassword("x");
  const credentials = { user: "ann", passwordHash };
  // TEST-NET-1, RFC 5737: assigned to nobody.
  await assert.rejects(startServer(t, { host: "192.0.2.1", credentials }), {
    code: "E_LINK_OPEN",
    message: /no such address/,
  });
});

test("the dashboard's files are served with their caching, and its paths lead to the page", async (t) => {
  const webDir = mkdtempSync(join(tmpdir(), "mycel-web-"));
  mkdirSync(join(webDir, "assets"));
  writeFileSync(join(webDir, "index.html"), "<title>Mycel</title>");
  writeFileSync(join(webDir, "assets", "app-1a2b.js"), "1;");
  const { http } = await startServer(t, { webDir });
  const page = { headers: { accept: "text/html" } };

  const index = await fetch(`${http.url}/`);
  assert.equal(await index.text(), "<title>Mycel</title>");
  assert.equal(index.headers.get("cache-control"), "no-cache");
  const script = await fetch(`${http.url}/assets/app-1a2b.js`);
  assert.match(script.headers.get("cache-control") ?? "", /immutable/);
  assert.equal(await (await fetch(`${http.url}/leaves/3`, page)).text(), "<title>Mycel</title>");

  assert.equal((await fetch(`${http.url}/assets/missing.js`)).status, 404);
  assert.equal((await fetch(`${http.url}/api/missing`, page)).status, 404);
  const escaped = await rawGet(http.port, "/..%2f..%2fetc/passwd", {});
  assert.ok(escaped.status >= 400 && escaped.status < 500);
});

test("a dashboard that is not built says how to build it", async (t) => {
  const { http } = await startServer(t, { webDir: join(tmpdir(), "mycel-no-such-dir") });
  const answer = await fetch(`${http.url}/`);
  assert.equal(answer.status, 404);
  assert.match(await answer.text(), /npm start/);
});

test("close() ends even while a client holds its connection open", async (t) => {
  const { http } = await startServer(t);
  const socket = connect(http.port, "127.0.0.1").on("error", () => {});
  await new Promise<void>((resolve) => socket.on("connect", () => resolve()));
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  await http.close();
  await closed;
});

test("close() ends even while an upgrade holds its connection open", async (t) => {
  const { http } = await startServer(t);
  http.server.on("upgrade", (_request, socket) => {
    socket.on("error", () => {});
    socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
  });
  const socket = connect(http.port, "127.0.0.1").on("error", () => {});
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
  await new Promise<void>((resolve) => socket.once("data", () => resolve()));
  await http.close();
});
