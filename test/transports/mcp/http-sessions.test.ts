/** `/mcp` as the official client uses it, and as nobody should. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { type TestContext, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { systemClock } from "../../../runtime/clock.ts";
import type { HttpServerOptions } from "../../../transports/http/server.ts";
import { createMcpHttp } from "../../../transports/mcp/http-sessions.ts";
import { type McpNode, nodeOffer, type ToolEnd } from "../../../transports/mcp/node-offer.ts";
import type { SessionRefusal } from "../../../transports/mcp/session-refusals.ts";
import { until } from "../../support/until.ts";
import { memoryView } from "../http/memory-view.ts";
import { memoryPeople, officeWith } from "../http/people.ts";
import { startServer } from "../http/start-server.ts";

const INITIALIZE = {
  ...{ jsonrpc: "2.0", id: 0, method: "initialize" },
  params: {
    ...{ protocolVersion: "2025-06-18", capabilities: {} },
    clientInfo: { name: "bare", version: "0" },
  },
};

/** A node whose one tool ends when the test says so. */
async function start(t: TestContext, options: Partial<HttpServerOptions> = {}) {
  const zones = new Map([["main", 1]]);
  const ends: ((end: ToolEnd) => void)[] = [];
  const node: McpNode = {
    version: "0",
    tools: () => [
      {
        ...{ name: "wait", title: "Wait", description: "Waits", onlyLooks: false },
        parameters: { properties: { for: { type: "string" } } },
        output: { properties: { waited: { type: "boolean" } }, required: ["waited"] },
      },
    ],
    call: (tool) =>
      tool === "wait" ? new Promise<ToolEnd>((resolve) => void ends.push(resolve)) : undefined,
    zones: () => [...zones].map(([zone, atMs]) => ({ zone, atMs })),
    ...{ hubs: () => [], swarm: () => undefined, constitution: () => "Be kind." },
  };
  const mcp = createMcpHttp(nodeOffer(node, systemClock), systemClock);
  const { http } = await startServer(t, { mcp, writesPerMinuteMax: 100_000, ...options });
  const url = `${http.url}/mcp`;
  const join = async (): Promise<Client> => {
    const client = new Client({ name: "test", version: "0" });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)) as never);
    t.after(() => client.close());
    return client;
  };
  const post = (
    body: unknown,
    session?: string,
    signal?: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> =>
    fetch(url, {
      method: "POST",
      headers: {
        ...{ "content-type": "application/json", accept: "application/json, text/event-stream" },
        ...(session !== undefined && { "mcp-session-id": session }),
        ...headers,
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(signal !== undefined && { signal }),
    });
  const open = async (): Promise<string> => {
    const response = await post(INITIALIZE);
    await response.text();
    return response.headers.get("mcp-session-id") ?? assert.fail("no session");
  };
  return { http, mcp, zones, ends, join, post, open };
}

const done: ToolEnd = { ok: true, text: '{"waited":true}', value: { waited: true } };
const call = (id: number | string) => ({
  ...{ jsonrpc: "2.0", id, method: "tools/call" },
  params: { name: "wait", arguments: {} },
});

test("a tool's answer has its text and, by its output schema, its value; a client that asks hears of progress", async (t) => {
  const { join, ends } = await start(t);
  const client = await join();
  const [tool] = (await client.listTools()).tools;
  assert.equal(tool?.title, "Wait");
  assert.deepEqual(tool?.outputSchema?.required, ["waited"]);
  const heard: number[] = [];
  const asked = client.callTool({ name: "wait" }, undefined, {
    onprogress: ({ progress }) => {
      heard.push(progress);
      if (heard.length === 2) ends[0]?.(done);
    },
  });
  const { content, structuredContent } = await asked;
  assert.deepEqual(heard, [1, 2]);
  assert.deepEqual(structuredContent, { waited: true });
  assert.deepEqual(content, [{ type: "text", text: '{"waited":true}' }]);
});

test("a call that is cancelled has no answer, and its session goes on", async (t) => {
  const { join, ends } = await start(t);
  const client = await join();
  const abort = new AbortController();
  const asked = client.callTool({ name: "wait" }, undefined, { signal: abort.signal });
  await until(() => ends.length === 1);
  abort.abort("no longer wanted");
  await assert.rejects(asked, /no longer wanted/);
  ends[0]?.(done);
  const again = client.callTool({ name: "wait" });
  await until(() => ends.length === 2);
  ends[1]?.(done);
  assert.deepEqual((await again).structuredContent, { waited: true });
});

test("two clients hear of what they subscribed to, and both of a zone that is new", async (t) => {
  const { join, zones } = await start(t);
  const [one, two] = [await join(), await join()];
  const heard: string[] = [];
  for (const [name, client] of Object.entries({ one, two })) {
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      heard.push(`${name} ${params.uri}`);
    });
    client.setNotificationHandler(ResourceListChangedNotificationSchema, () => {
      heard.push(`${name} list`);
    });
  }
  await one.subscribeResource({ uri: "mycel://zones/main" });
  await assert.rejects(two.subscribeResource({ uri: "mycel://zones/nowhere" }), /no such resource/);
  zones.set("main", 2);
  zones.set("attic", 1);
  await until(() => heard.length >= 3, { what: () => heard.join() });
  assert.deepEqual(heard.sort(), ["one list", "one mycel://zones/main", "two list"]);
});

test("a client that vanishes in the middle of a call leaves a session that gives way, and no other is hurt", async (t) => {
  const { mcp, post, open, ends, join } = await start(t);
  const session = await open();
  const gone = new AbortController();
  const asked = post(call(1), session, gone.signal);
  await until(() => ends.length === 1);
  gone.abort();
  await asked.then((response) => response.text()).catch(() => {});
  ends[0]?.(done);
  const client = await join();
  assert.equal((await client.listTools()).tools.length, 1);
  assert.equal(mcp.stats().sessions, 2);
});

const deep = `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`;
/** Bodies that a session refuses; `first` is of no session. */
const REFUSED: readonly (readonly [name: string, body: unknown, status: number, SessionRefusal])[] =
  [
    ["no JSON", "{", 400, "badJson"],
    ["5,000 levels", `{"jsonrpc":"2.0","id":1,"method":"ping","params":${deep}}`, 400, "tooDeep"],
    ["a batch", [call(1), call(2)], 400, "badMessage"],
    ["a text", '"ping"', 400, "badMessage"],
    ["another version", { jsonrpc: "1.0", id: 1, method: "ping" }, 400, "badMessage"],
    ["an id that is an object", { jsonrpc: "2.0", id: {}, method: "ping" }, 400, "badMessage"],
    ["params by place", { jsonrpc: "2.0", id: 1, method: "ping", params: [1] }, 400, "badMessage"],
  ];
for (const [name, body, status, reason] of REFUSED) {
  test(`/mcp refuses ${name}: ${reason}, and the session goes on`, async (t) => {
    const { mcp, post, open } = await start(t);
    const session = await open();
    const response = await post(body, session);
    assert.equal(response.status, status);
    const answer = (await response.json()) as { jsonrpc: string; error: { message: string } };
    assert.equal(answer.jsonrpc, "2.0");
    assert.ok(answer.error.message.length > 10);
    assert.equal(mcp.stats().refused[reason], 1);
    assert.equal((await post({ jsonrpc: "2.0", id: 9, method: "ping" }, session)).status, 200);
  });
}

test("/mcp refuses what is larger than 64 KiB before it is read, and what names no session", async (t) => {
  const { mcp, post } = await start(t);
  assert.equal((await post("x".repeat(70_000))).status, 413);
  assert.equal((await post(call(1))).status, 400);
  assert.equal((await post(call(1), "made-up")).status, 404);
  assert.deepEqual(
    [mcp.stats().refused.notInitialized, mcp.stats().refused.noSession, mcp.stats().sessions],
    [1, 1, 0],
  );
});

test("/mcp: an id that is under way is refused, and each asker has his own answer", async (t) => {
  const { mcp, post, open, ends } = await start(t);
  const [mine, others] = [await open(), await open()];
  const first = post(call("same"), mine);
  await until(() => ends.length === 1);
  const second = await post(call("same"), mine);
  assert.equal(second.status, 400);
  assert.equal(((await second.json()) as { id: string }).id, "same");
  const elsewhere = post(call("same"), others);
  await until(() => ends.length === 2);
  ends[0]?.(done);
  ends[1]?.({ ok: true, text: "{}", value: { waited: false } });
  assert.match(await (await first).text(), /"waited":true/);
  assert.match(await (await elsewhere).text(), /"waited":false/);
  assert.equal(mcp.stats().refused.duplicateId, 1);
  const again = post(call("same"), mine);
  await until(() => ends.length === 3);
  ends[2]?.(done);
  assert.equal((await again).status, 200);
});

test("/mcp: a session's requests under way and its messages are bounded; another's are not touched", async (t) => {
  const { mcp, post, open, ends, join } = await start(t);
  const session = await open();
  const asked = Array.from({ length: 70 }, (_, id) => post(call(id + 1), session));
  await until(() => mcp.stats().refused.tooManyCalls === 70 - 64);
  for (const end of ends) end(done);
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 429).length, 6);
  const note = { jsonrpc: "2.0", method: "notifications/initialized" };
  for (let sent = 0; mcp.stats().refused.flood === 0; sent += 50) {
    assert.ok(sent < 5_000, "a flood is refused");
    await Promise.all(Array.from({ length: 50 }, () => post(note, session)));
  }
  assert.equal((await (await join()).listTools()).tools.length, 1);
});

test("/mcp: sessions are bounded, and all of them in use is told as such", async (t) => {
  const { mcp, post, open } = await start(t);
  for (let session = 0; session < 64; session += 1) await open();
  const late = await post(INITIALIZE);
  assert.equal(late.status, 503);
  assert.equal(mcp.stats().refused.tooManySessions, 1);
  assert.equal(mcp.stats().sessions, 64);
});

test("/mcp: as many sessions as may, and no more, when all of them begin at once", async (t) => {
  const { mcp, post } = await start(t);
  const statuses = await Promise.all(
    Array.from({ length: 80 }, () => post(INITIALIZE).then(({ status }) => status)),
  );
  assert.equal(statuses.filter((status) => status === 503).length, 80 - 64);
  assert.equal(mcp.stats().sessions, 64);
});

/** What the transport refuses by its headers. */
const BAD_HEADERS: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
  [{ accept: "application/json" }, 406],
  [{ accept: "text/html" }, 406],
  [{ "mcp-protocol-version": "1999-01-01" }, 400],
];
for (const [headers, status] of BAD_HEADERS) {
  test(`/mcp: a request refused for ${JSON.stringify(headers)} is not under way, and begins no session`, async (t) => {
    const { mcp, post, open } = await start(t);
    const session = await open();
    const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
    assert.equal((await post(ping, session, undefined, headers)).status, status);
    assert.equal((await post(ping, session)).status, 200, "the same id, asked as it should be");
    if (status === 406)
      assert.equal((await post(INITIALIZE, undefined, undefined, headers)).status, status);
    assert.equal(mcp.stats().sessions, 1);
  });
}

test("/mcp is for operators alone, under whatever name it is asked for", async (t) => {
  const view = { ...memoryView(), office: officeWith(memoryPeople()) };
  const { http } = await start(t, { view, alwaysLogin: true });
  const ask = async (name: string, more: Readonly<Record<string, string>> = {}) => {
    const sent = request({
      ...{ host: "127.0.0.1", port: http.port, path: "/mcp", method: "POST" },
      headers: {
        ...{ "content-type": "application/json", accept: "application/json, text/event-stream" },
        authorization: `Basic ${Buffer.from(`${name}:${name} password`).toString("base64")}`,
        ...more,
      },
    });
    sent.end(JSON.stringify(INITIALIZE));
    const [response] = await once(sent, "response");
    response.resume();
    return [response.statusCode, response.headers["mcp-session-id"] !== undefined];
  };
  assert.deepEqual(await ask("nobody"), [401, false]);
  assert.deepEqual(await ask("viewer"), [403, false]);
  assert.deepEqual(await ask("member"), [403, false]);
  assert.deepEqual(await ask("operator"), [200, true]);
  for (const rebound of ["evil.example", `evil.example:${http.port}`]) {
    assert.deepEqual(await ask("operator", { host: rebound }), [403, false], rebound);
  }
  assert.deepEqual(await ask("operator", { origin: "http://evil.example" }), [403, false]);
});
