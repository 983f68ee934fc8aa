/** What the specification of MCP over MQTT asks of a server, on a broker in memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { requestText } from "../../../transports/mcp/frames/json-rpc.ts";
import type { McpOffer } from "../../../transports/mcp/offer.ts";
import { CONFORMANCE_OFFER } from "./conformance-offer.ts";
import { hello, mqtt5Desk, settle } from "./mqtt5-desk.ts";

const PRESENCE = "$mcp-server/presence/server-1/lab/fixtures";
const CAPABILITY = "$mcp-server/capability/server-1/lab/fixtures";
const rpcOf = (client: string): string => `$mcp-rpc/${client}/server-1/lab/fixtures`;
const FAREWELL = '{"jsonrpc":"2.0","method":"notifications/disconnected"}';
const INITIALIZED = '{"jsonrpc":"2.0","method":"notifications/initialized"}';

test("a server registers with a retained notice, an empty will, and says when it goes", async (t) => {
  const { broker, serve } = mqtt5Desk(t);
  const server = serve();
  await settle();
  const { will, properties } = broker.optionsOf("server-1") ?? assert.fail();
  assert.equal(properties["MCP-COMPONENT-TYPE"], "mcp-server");
  assert.equal(JSON.parse(properties["MCP-META"] ?? "").implementation, "mycel");
  const sent = { "MCP-COMPONENT-TYPE": "mcp-server", "MCP-MQTT-CLIENT-ID": "server-1" };
  assert.deepEqual(will, { topic: PRESENCE, payload: "", retain: true, properties: sent });
  assert.deepEqual(broker.filters("server-1"), ["$mcp-server/server-1/lab/fixtures"]);
  const notice = JSON.parse(broker.retained.get(PRESENCE) ?? "");
  assert.equal(notice.method, "notifications/server/online");
  assert.equal(notice.params.server_name, "lab/fixtures");
  for (const { properties: of } of broker.said) assert.deepEqual(of, sent);

  await server.close();
  assert.deepEqual(broker.said.at(-1), {
    ...{ from: "server-1", topic: PRESENCE, payload: "", retain: true, properties: sent },
  });
  assert.equal(broker.retained.size, 0);
});

test("a server that is lost is cleared by its will, and its sessions end", async (t) => {
  const { broker, serve, bare } = mqtt5Desk(t);
  const server = serve();
  const client = await bare("c-1");
  await client.control(hello());
  assert.equal(server.stats().clients, 1);
  broker.cut("server-1");
  await settle();
  assert.equal(broker.retained.size, 0);
  assert.equal(server.stats().clients, 0);
});

test("a server subscribes to a client's presence, capability and rpc before it answers on rpc", async (t) => {
  const { broker, serve, bare } = mqtt5Desk(t);
  serve();
  const filtersAtAnswer: (readonly string[])[] = [];
  const client = await bare("c-1", [rpcOf("c-1")], () => {
    filtersAtAnswer.push(broker.filters("server-1"));
  });
  await client.control(hello("h"));
  const wanted = ["$mcp-client/presence/c-1", "$mcp-client/capability/c-1", rpcOf("c-1")];
  assert.deepEqual(filtersAtAnswer[0]?.slice(1), wanted);
  const [answer] = client.heard;
  assert.equal(answer?.topic, rpcOf("c-1"));
  assert.equal(answer?.body.id, "h");
  assert.ok(answer?.body.result, "it has its capabilities");
  await client.rpc(INITIALIZED);
  await client.rpc(requestText(2, "ping", {}));
  assert.deepEqual(client.heard.at(-1)?.body, { jsonrpc: "2.0", id: 2, result: {} });
});

const CONTROL: readonly (readonly [name: string, payload: string, code: number, id: unknown])[] = [
  ["no JSON", "{", -32_700, null],
  ["a batch", `[${hello()}]`, -32_600, null],
  ["another request than initialize", requestText(7, "tools/list", {}), -32_600, 7],
  ["an initialize without a version", requestText(8, "initialize", {}), -32_600, 8],
  ["a message nested too deep", `${"[".repeat(40)}${"]".repeat(40)}`, -32_600, null],
  ["a message that is too large", `"${"x".repeat(70_000)}"`, -32_600, null],
];
for (const [name, payload, code, id] of CONTROL) {
  test(`the control topic refuses ${name} with ${code}`, async (t) => {
    const { serve, bare, refused } = mqtt5Desk(t);
    const server = serve();
    const client = await bare("c-1");
    await client.control(payload);
    const [{ body } = assert.fail(), ...more] = client.heard;
    assert.deepEqual(more, []);
    assert.equal(body.error?.code, code);
    assert.equal(body.id, id);
    assert.equal(server.stats().clients, 0);
    assert.equal(
      Object.values(refused).reduce((sum, count) => sum + count),
      1,
    );
  });
}

const RPC: readonly (readonly [name: string, payload: string, code: number, id: unknown])[] = [
  ["no JSON", "{", -32_700, null],
  ["what is no message", '{"jsonrpc":"2.0","id":5}', -32_600, null],
  ["an unknown method", requestText(5, "fly", {}), -32_601, 5],
  ["an unknown tool", requestText(5, "tools/call", { name: "fly" }), -32_602, 5],
  [
    "arguments that are no object",
    requestText(5, "tools/call", { name: "x", arguments: 3 }),
    -32_603,
    5,
  ],
];
for (const [name, payload, code, id] of RPC) {
  test(`rpc refuses ${name} with ${code}, and the session goes on`, async (t) => {
    const { serve, bare } = mqtt5Desk(t);
    serve();
    const client = await bare("c-1");
    await client.control(hello());
    await client.rpc(payload);
    assert.equal(client.heard.at(-1)?.body.error?.code, code);
    assert.equal(client.heard.at(-1)?.body.id, id);
    await client.rpc(requestText(9, "ping", {}));
    assert.equal(client.heard.at(-1)?.body.id, 9);
  });
}

test("a message that does not say who sent it, or to no session, is counted and not answered", async (t) => {
  const { broker, serve, bare, refused } = mqtt5Desk(t);
  serve();
  const client = await bare("c-1");
  const before = broker.said.length;
  const nobody = broker.optionsOf("c-1") ?? assert.fail();
  const anonymous = broker.connect({ ...nobody, clientId: "anonymous", onConnect: () => {} });
  await settle();
  anonymous.publish("$mcp-server/server-1/lab/fixtures", hello(), { properties: {} });
  await settle();
  assert.equal(refused.noSender, 1);
  assert.equal(broker.said.length, before + 1);
  await client.rpc(requestText(1, "ping", {}));
  assert.deepEqual(client.heard, [], "nobody listens to a stranger's rpc");
});

/** A tool that ends when the test says so. */
function slowOffer(): { offer: McpOffer; end: () => void; calls: () => number } {
  const ended = Promise.withResolvers<void>();
  let calls = 0;
  const offer: McpOffer = {
    ...CONFORMANCE_OFFER,
    callTool: async () => {
      calls += 1;
      await ended.promise;
      return { content: [{ type: "text", text: "done" }] };
    },
  };
  return { offer, end: () => ended.resolve(), calls: () => calls };
}

test("an id that is under way is refused, and may come again when it has been answered", async (t) => {
  const { serve, bare, refused } = mqtt5Desk(t);
  const { offer, end, calls } = slowOffer();
  serve(offer);
  const client = await bare("c-1");
  await client.control(hello());
  const call = requestText(5, "tools/call", { name: "slow" });
  await client.rpc(call);
  await client.rpc(call);
  assert.equal(refused.duplicateId, 1);
  assert.equal(client.heard.at(-1)?.body.error?.code, -32_600);
  assert.equal(calls(), 1);
  end();
  await settle();
  assert.ok(client.heard.at(-1)?.body.result);
  await client.rpc(call);
  assert.equal(calls(), 2);
});

test("requests under way and messages a second are bounded, and others' sessions go on", async (t) => {
  const { serve, bare, refused, tick } = mqtt5Desk(t);
  const { offer } = slowOffer();
  serve(offer);
  const [loud, calm] = [await bare("c-1"), await bare("c-2")];
  for (const client of [loud, calm]) await client.control(hello());
  for (let id = 10; id < 80; id += 1) {
    await loud.rpc(requestText(id, "tools/call", { name: "slow" }));
  }
  assert.equal(refused.tooManyCalls, 70 - 64);
  assert.equal(loud.heard.at(-1)?.body.error?.code, -32_002);
  const heard = loud.heard.length;
  for (let id = 0; id < 400; id += 1) await loud.rpc(INITIALIZED);
  assert.ok(refused.flood > 100 && loud.heard.length === heard, "a flood is not answered");
  await calm.rpc(requestText(1, "ping", {}));
  assert.equal(calm.heard.at(-1)?.body.id, 1);
  await tick(2_000);
  await loud.rpc(requestText(99, "ping", {}));
  assert.equal(loud.heard.at(-1)?.body.id, 99);
  assert.equal(loud.heard.at(-1)?.body.error?.code, -32_002, "64 are still under way");
});

test("two clients at one server have their own answers, are told once of a change, and end apart", async (t) => {
  const { broker, serve, bare, tick } = mqtt5Desk(t);
  let entries = "a";
  const server = serve({
    ...CONFORMANCE_OFFER,
    lists: () => ({ tools: entries }),
    stamp: () => entries,
  });
  const [one, two] = [await bare("c-1"), await bare("c-2")];
  for (const client of [one, two]) {
    await client.control(hello("same id"));
    await client.rpc(requestText("sub", "resources/subscribe", { uri: "test://x" }));
  }
  assert.equal(server.stats().clients, 2);
  for (const [client, id] of [
    [one, "c-1"],
    [two, "c-2"],
  ] as const) {
    assert.deepEqual(
      client.heard.map(({ topic }) => topic),
      [rpcOf(id), rpcOf(id)],
    );
  }
  entries = "b";
  await tick(4_000);
  const told = broker.said.filter(({ topic }) => topic === CAPABILITY);
  assert.deepEqual(told.map(({ payload }) => JSON.parse(payload).method).sort(), [
    "notifications/resources/updated",
    "notifications/tools/list_changed",
  ]);
  for (const { heard } of [one, two]) {
    assert.equal(heard.filter(({ topic }) => topic === CAPABILITY).length, 2);
  }
  await one.leave(FAREWELL);
  assert.equal(server.stats().clients, 1);
  await two.rpc(requestText(3, "ping", {}));
  assert.equal(two.heard.at(-1)?.body.id, 3);
});

const FAREWELLS: Readonly<
  Record<string, (client: Awaited<ReturnType<ReturnType<typeof mqtt5Desk>["bare"]>>) => unknown>
> = {
  "on its presence": (client) => client.leave(FAREWELL),
  "on its presence, empty": (client) => client.leave(""),
  "on rpc": (client) => client.rpc(FAREWELL),
};
for (const [name, leave] of Object.entries(FAREWELLS)) {
  test(`a client that says farewell ${name} has its session ended and its topics unsubscribed`, async (t) => {
    const { broker, serve, bare } = mqtt5Desk(t);
    const server = serve();
    const client = await bare("c-1");
    await client.control(hello());
    assert.equal(broker.filters("server-1").length, 4);
    await leave(client);
    assert.equal(server.stats().clients, 0);
    assert.equal(broker.filters("server-1").length, 1);
  });
}

test("a client whose connection breaks is ended by its will", async (t) => {
  const { broker, serve, bare } = mqtt5Desk(t);
  const server = serve();
  const client = await bare("c-1");
  await client.control(hello());
  broker.cut("c-1");
  await settle();
  assert.equal(server.stats().clients, 0);
  assert.equal(broker.filters("server-1").length, 1);
});

test("a silent client is pinged: who answers stays, who does not is told farewell and forgotten", async (t) => {
  const { broker, serve, bare, tick } = mqtt5Desk(t);
  const server = serve();
  const lively = await bare("c-1", [rpcOf("c-1")], ({ body }) => {
    if (body.method !== "ping") return;
    void lively.rpc(JSON.stringify({ jsonrpc: "2.0", id: body.id, result: {} }));
  });
  const dead = await bare("c-2");
  for (const client of [lively, dead]) await client.control(hello());
  await tick(100_000);
  assert.equal(dead.heard.find(({ body }) => body.method === "ping")?.topic, rpcOf("c-2"));
  assert.equal(dead.heard.at(-1)?.body.method, "notifications/disconnected");
  assert.equal(server.stats().clients, 1);
  assert.deepEqual(
    broker.filters("server-1").filter((filter) => filter.includes("c-2")),
    [],
  );
});

test("a server is called as the broker suggests, in its topics and in its will", async (t) => {
  const { broker, serve, tick } = mqtt5Desk(t, { "MCP-SERVER-NAME": "site/a/fixtures" });
  const server = serve();
  await tick(3_000);
  const renamed = "$mcp-server/presence/server-1/site/a/fixtures";
  assert.equal(broker.optionsOf("server-1")?.will.topic, renamed);
  assert.deepEqual([...broker.retained.keys()], [renamed]);
  assert.deepEqual(broker.filters("server-1"), ["$mcp-server/server-1/site/a/fixtures"]);
  await server.close();
  assert.equal(broker.retained.size, 0);
});

test("clients are bounded: a new one takes the place of the most silent, not of one that speaks", async (t) => {
  const { serve, bare, tick, refused } = mqtt5Desk(t);
  const server = serve();
  const clients: Awaited<ReturnType<typeof bare>>[] = [];
  for (let index = 0; index < 64; index += 1) {
    const client = await bare(`c-${index}`);
    clients.push(client);
    await client.control(hello());
  }
  const late = await bare("late");
  await late.control(hello());
  assert.equal(late.heard.at(-1)?.body.error?.code, -32_002);
  assert.equal(refused.tooManySessions, 1);
  await tick(59_000);
  for (const client of clients.slice(1)) await client.rpc(INITIALIZED);
  await tick(1_000);
  await late.control(hello());
  assert.ok(late.heard.at(-1)?.body.result);
  assert.equal(server.stats().clients, 64);
  assert.equal(clients[0]?.heard.at(-1)?.body.method, "notifications/disconnected");
});

test("a client that greets twice in one breath leaves nothing behind when it has gone", async (t) => {
  const { serve, bare, tick } = mqtt5Desk(t);
  let looks = 0;
  const lists = () => {
    looks += 1;
    return { resources: "" };
  };
  const server = serve({ ...CONFORMANCE_OFFER, lists });
  const client = await bare("hasty");
  await Promise.all([client.control(hello(1)), client.control(hello(2))]);
  await client.leave("");
  assert.equal(server.stats().clients, 0);
  const before = looks;
  await tick(20_000);
  assert.equal(looks, before, "nobody looks for clients that are not there");
});
