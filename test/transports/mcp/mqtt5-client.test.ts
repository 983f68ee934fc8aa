/** What the specification of MCP over MQTT asks of a client, on a broker in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { notificationText } from "../../../transports/mcp/frames/json-rpc.ts";
import { onlineNotice, type Role } from "../../../transports/mcp/frames/mqtt5.ts";
import { type Heard, mqtt5Desk, PLACE, settle } from "./mqtt5-desk.ts";

type Desk = ReturnType<typeof mqtt5Desk>;

const NAME = PLACE.serverName;
const CALL_MS = 5_000;

/** A server of somebody else's, as bare as can be; it answers what `answers` names. */
async function otherServer(
  { bare }: Desk,
  {
    id = PLACE.serverId,
    name = NAME,
    roles = [] as readonly Role[],
    capabilities = { tools: {} } as object,
    tools = () => ["get", "set"] as readonly unknown[],
    silent = [] as readonly string[],
  } = {},
) {
  const heard: Heard[] = [];
  const presence = `$mcp-server/presence/${id}/${name}`;
  const filters = [`$mcp-server/${id}/${name}`, "$mcp-rpc/#", "$mcp-client/presence/#"];
  const server = await bare(id, filters, (message, connection) => {
    heard.push(message);
    const { topic, body } = message;
    if (silent.includes(body?.method ?? "") || body?.id === undefined) return;
    if (topic.startsWith("$mcp-rpc/") && !topic.endsWith(`/${id}/${name}`)) return;
    const results: Record<string, object> = {
      initialize: {
        ...{ protocolVersion: "2025-03-26", capabilities },
        serverInfo: { name: "other", version: "0" },
      },
      "tools/list": {
        tools: tools().map((tool) =>
          typeof tool === "string" ? { name: tool, inputSchema: { type: "object" } } : tool,
        ),
      },
      "tools/call": { content: [{ type: "text", text: `by ${id}` }] },
      ping: {},
    };
    const client = clientOf(heard);
    const result = results[body.method ?? ""];
    const answer = result === undefined ? { error: { code: -32_601, message: "no" } } : { result };
    const text = JSON.stringify({ jsonrpc: "2.0", id: body.id, ...answer });
    connection.publish(`$mcp-rpc/${client}/${id}/${name}`, text, { properties: {} });
  });
  /** The client that spoke last: over a memory broker it says so in its topic, or is the newest there. */
  const clientOf = (all: readonly Heard[]): string => {
    const rpc = all.findLast(({ topic }) => topic.startsWith("$mcp-rpc/"));
    const last = all.at(-1)?.topic.startsWith("$mcp-server/") ? undefined : rpc;
    return last?.topic.split("/")[1] ?? newest();
  };
  let newest = (): string => "";
  return {
    heard,
    say: server.say,
    methods: () => heard.map(({ body }) => body?.method),
    answersTo: (find: () => string) => {
      newest = find;
    },
    online: () => server.say(presence, onlineNotice(name, "Another's", roles), true),
    gone: () => server.say(presence, "", true),
    rpc: (client: string, payload: string) =>
      server.say(`$mcp-rpc/${client}/${id}/${name}`, payload),
  };
}

/** Our session's client id: the newest connection that is ours and not the watcher. */
const ours = ({ broker }: Desk): string =>
  broker.clients().findLast((id) => id.startsWith("office-") && !id.includes("watch")) ?? "";

async function meet(t: Parameters<typeof mqtt5Desk>[0], told = {}, of: object = {}) {
  const desk = mqtt5Desk(t, told);
  const other = await otherServer(desk, of);
  other.answersTo(() => ours(desk));
  const servers = desk.find();
  await other.online();
  await settle();
  return { ...desk, desk, other, servers };
}

test("a client greets by the control topic, after it has subscribed, from an id of its own", async (t) => {
  const { broker, desk, other, servers } = await meet(t);
  assert.deepEqual(servers.list(), [{ serverName: NAME, tools: ["get", "set"] }]);
  const client = ours(desk);
  const { will, properties } = broker.optionsOf(client) ?? assert.fail();
  assert.equal(properties["MCP-COMPONENT-TYPE"], "mcp-client");
  assert.equal(will.topic, `$mcp-client/presence/${client}`);
  assert.equal(JSON.parse(will.payload).method, "notifications/disconnected");
  assert.deepEqual(broker.filters(client), [
    "$mcp-server/capability/server-1/lab/fixtures",
    "$mcp-server/presence/server-1/lab/fixtures",
    `$mcp-rpc/${client}/server-1/lab/fixtures`,
  ]);
  const said = broker.said.filter(({ from }) => from === client);
  assert.deepEqual(
    said.map(({ topic, payload }) => [topic.split("/")[0], JSON.parse(payload).method]),
    [
      ["$mcp-server", "initialize"],
      ["$mcp-rpc", "notifications/initialized"],
      ["$mcp-rpc", "tools/list"],
    ],
  );
  for (const { properties: of } of said) {
    assert.deepEqual(of, { "MCP-COMPONENT-TYPE": "mcp-client", "MCP-MQTT-CLIENT-ID": client });
  }
  assert.deepEqual(await servers.call(NAME, "get", {}, CALL_MS), {
    content: [{ type: "text", text: "by server-1" }],
  });
  await servers.close();
  await settle();
  const presence = other.heard.filter(({ topic }) => topic === `$mcp-client/presence/${client}`);
  assert.equal(presence.at(-1)?.body.method, "notifications/disconnected");
  assert.deepEqual(broker.clients(), ["server-1"]);
});

test("list_changed on the capability topic has the tools listed anew", async (t) => {
  let tools = ["get"];
  const { other, servers } = await meet(t, {}, { tools: () => tools });
  assert.deepEqual(servers.list()[0]?.tools, ["get"]);
  tools = ["get", "dim"];
  const changed = notificationText("notifications/tools/list_changed");
  await other.say("$mcp-server/capability/server-1/lab/fixtures", changed);
  assert.deepEqual(servers.list()[0]?.tools, ["get", "dim"]);
});

test("a tool with a schema that nobody can read, or without a name, hides no other", async (t) => {
  const broken = { type: "object", properties: { a: { pattern: "(" } }, required: 7 };
  const tools = [
    { name: "odd", inputSchema: { type: "array" }, outputSchema: broken },
    ...[{ inputSchema: {} }, 7, null, { name: "x".repeat(500) }, "get"],
  ];
  const { servers } = await meet(t, {}, { tools: () => tools });
  assert.deepEqual(servers.list(), [{ serverName: NAME, tools: ["odd", "get"] }]);
  assert.ok(
    await servers.call(NAME, "odd", {}, CALL_MS),
    "what it answers is for its asker to judge",
  );
});

test("lists that change all the time are asked for one after another, and the last is what counts", async (t) => {
  let version = 0;
  const { broker, other, servers } = await meet(t, {}, { tools: () => [`get${version}`] });
  const asked = () => broker.said.filter(({ payload }) => payload.includes('tools/list"')).length;
  const before = asked();
  const changed = notificationText("notifications/tools/list_changed");
  const said = Array.from({ length: 100 }, () => {
    version += 1;
    return other.say("$mcp-server/capability/server-1/lab/fixtures", changed);
  });
  await Promise.all(said);
  assert.deepEqual(servers.list()[0]?.tools, ["get100"]);
  assert.ok(asked() - before <= 10, `${asked() - before} lists were asked for`);
});

test("a call whose server goes before it answers may have been done, and is told so at once", async (t) => {
  const { other, servers } = await meet(t, {}, { silent: ["tools/call"] });
  const asked = assert.rejects(servers.call(NAME, "set", {}, CALL_MS), {
    code: "lost",
    message: /may have been done all the same/,
  });
  await settle();
  await other.gone();
  await asked;
});

test("a server whose presence flaps has us connect now and then, and another's turn comes", async (t) => {
  const { broker, desk, other, servers, tick } = await meet(t);
  const connects = () =>
    broker.said.filter(({ payload }) => payload.includes('"initialize"')).length;
  for (let i = 0; i < 300; i += 1) {
    await other.gone();
    await other.online();
  }
  assert.ok(connects() <= 65, `${connects()} connections at once`);
  const steady = await otherServer(desk, { id: "server-2", name: "lab/steady" });
  steady.answersTo(() => ours(desk));
  await steady.online();
  await tick(3_000);
  assert.ok(connects() <= 75, `${connects()} connections`);
  assert.deepEqual(
    servers
      .list()
      .map(({ serverName }) => serverName)
      .sort(),
    [NAME, "lab/steady"],
  );
});

test("disconnected on rpc ends the session; the server is gone until its presence is asked for anew", async (t) => {
  const { broker, desk, other, servers, tick } = await meet(t);
  const client = ours(desk);
  await other.rpc(client, notificationText("notifications/disconnected"));
  assert.deepEqual(servers.list(), []);
  assert.ok(!broker.clients().includes(client));
  await tick(50_000);
  assert.deepEqual(servers.list(), [], "it was sent away, and does not come at once");
  await tick(12_000);
  assert.equal(servers.list().length, 1);
  assert.notEqual(ours(desk), client);
});

test("an empty presence ends the session, and another instance of the name takes over", async (t) => {
  const { desk, other, servers } = await meet(t);
  const second = await otherServer(desk, { id: "server-2" });
  second.answersTo(() => ours(desk));
  await second.online();
  await other.gone();
  await settle();
  assert.deepEqual(await servers.call(NAME, "get", {}, CALL_MS), {
    content: [{ type: "text", text: "by server-2" }],
  });
});

test("a server that does not answer a ping is told farewell, and another instance takes over", async (t) => {
  const { desk, other, servers, tick, lines } = await meet(t, {}, { silent: ["ping"] });
  const client = ours(desk);
  const second = await otherServer(desk, { id: "server-2" });
  second.answersTo(() => ours(desk));
  await second.online();
  await tick(45_000);
  assert.ok(other.methods().includes("ping"));
  const farewell = other.heard.find(({ topic }) => topic === `$mcp-client/presence/${client}`);
  assert.equal(farewell?.body.method, "notifications/disconnected");
  assert.match(lines.join("\n"), /server-1\): no answer/);
  await settle();
  assert.deepEqual(await servers.call(NAME, "get", {}, CALL_MS), {
    content: [{ type: "text", text: "by server-2" }],
  });
});

test("a server that does not greet is tried again ever later", async (t) => {
  const { broker, other, servers, tick } = await meet(t, {}, { silent: ["initialize"] });
  await tick(300_000);
  const hellos = other.methods().filter((method) => method === "initialize").length;
  assert.ok(hellos >= 4 && hellos <= 8, `${hellos} in 300 s`);
  assert.deepEqual(servers.list(), []);
  assert.ok(broker.clients().length <= 3, "no connection is left over");
});

test("a server without tools is a device without tools, and is not asked for any", async (t) => {
  const { other, servers } = await meet(t, {}, { capabilities: { resources: {} } });
  assert.deepEqual(servers.list(), [{ serverName: NAME, tools: [] }]);
  assert.ok(!other.methods().includes("tools/list"));
});

test("the broker's filters are subscribed to, and servers that the settings do not name are not spoken to", async (t) => {
  const desk = mqtt5Desk(t, { "MCP-SERVER-NAME-FILTERS": '["lab/#","vault/#"]' });
  const vault = await otherServer(desk, { id: "server-9", name: "vault/door" });
  const servers = desk.find(["lab/#"]);
  await settle();
  const watcher = desk.broker.clients().find((id) => id.includes("watch")) ?? "";
  assert.deepEqual(desk.broker.filters(watcher), [
    "$mcp-server/presence/+/lab/#",
    "$mcp-server/presence/+/vault/#",
  ]);
  await vault.online();
  assert.deepEqual(servers.list(), []);
  assert.deepEqual(vault.methods(), []);
});

test("the broker's roles narrow what is listed and called, before anything is sent", async (t) => {
  const roles: Role[] = [
    {
      ...{ name: "viewer", description: "", resources: "all", tools: ["get"] },
      methods: ["tools/list", "tools/call"],
    },
  ];
  const told = { "MCP-RBAC": JSON.stringify([{ server_name: NAME, role_name: "viewer" }]) };
  const { other, servers } = await meet(t, told, { roles });
  assert.deepEqual(servers.list(), [{ serverName: NAME, tools: ["get"] }]);
  await servers.call(NAME, "get", {}, CALL_MS);
  const asked = other.heard.length;
  await assert.rejects(servers.call(NAME, "set", {}, CALL_MS), /no role .* may call set/);
  assert.equal(other.heard.length, asked);
});

test("what a server says that is no message is counted, and the session goes on", async (t) => {
  const { desk, other, servers, refused } = await meet(t);
  const client = ours(desk);
  for (const payload of ["{", "[]", '{"id":1}', "[".repeat(50_000), "x".repeat(70_000)]) {
    await other.rpc(client, payload).catch(() => {});
  }
  assert.ok(refused.badJson + refused.badMessage + refused.tooDeep + refused.tooLarge >= 4);
  assert.equal(servers.list().length, 1);
});
