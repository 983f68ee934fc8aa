/** MCP over MQTT 5 through a real broker: our server, our client, and a bare MQTT client that looks on. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { connect as connectTcp, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connectAsync } from "mqtt";
import { systemClock } from "../../../runtime/clock.ts";
import { foreignServers } from "../../../transports/mcp/mqtt5-client.ts";
import { startMqtt5Server } from "../../../transports/mcp/mqtt5-server.ts";
import { noSessionRefusals } from "../../../transports/mcp/session-refusals.ts";
import { mqtt5Connections } from "../../../transports/mqtt/mqtt5-connections.ts";
import { until } from "../../support/until.ts";
import { BROKER_KINDS, PASSWORD, USER } from "../mqtt/brokers.ts";
import { CONFORMANCE_OFFER } from "./conformance-offer.ts";

const mosquitto = BROKER_KINDS.find(({ name }) => name === "mosquitto");
const skip = mosquitto?.skip ?? "mosquitto is not among the brokers";
const text = "This is a simple text response for testing.";

test("servers are found by presence, initialized, listed and called, and one of a name takes over from another", {
  skip,
}, async (t) => {
  const broker = (await mosquitto?.start()) ?? assert.fail();
  t.after(() => broker.kill());
  const connect = mqtt5Connections({
    url: broker.url,
    user: USER,
    password: PASSWORD,
    clock: systemClock,
  });
  const heard: { topic: string; payload: string; properties: Record<string, string> }[] = [];
  const looker = await connectAsync(broker.url, {
    ...{ protocolVersion: 5, username: USER, password: PASSWORD, reconnectPeriod: 0 },
  });
  t.after(() => looker.endAsync(true));
  looker.on("message", (topic, payload, packet) => {
    const properties = { ...packet.properties?.userProperties } as Record<string, string>;
    heard.push({ topic, payload: payload.toString(), properties });
  });
  await looker.subscribeAsync(["$mcp-server/#", "$mcp-rpc/#", "$mcp-client/#"]);

  const log = (line: string): void => t.diagnostic(line);
  const serve = (serverId: string) =>
    startMqtt5Server(
      CONFORMANCE_OFFER,
      { serverId, serverName: "lab/fixtures" },
      { connect, clock: systemClock, refused: noSessionRefusals(), log },
    );
  const first = serve("server-1");
  t.after(() => first.close());
  const servers = foreignServers({
    ...{ connect, node: "office", version: "0", filters: ["lab/#"], newId: randomUUID },
    ...{ clock: systemClock, refused: noSessionRefusals(), log },
  });
  t.after(() => servers.close());
  await until(() => servers.list()[0]?.tools.includes("test_simple_text"), {
    what: () => `the tools are listed; heard ${JSON.stringify(heard)}`,
  });
  const call = () => servers.call("lab/fixtures", "test_simple_text", {}, 5_000);
  assert.deepEqual(await call(), { content: [{ type: "text", text }] });
  await assert.rejects(servers.call("lab/fixtures", "fly", {}, 5_000), /Unknown tool/);

  const topics = heard.map(({ topic }) => topic);
  assert.equal(topics[0], "$mcp-server/presence/server-1/lab/fixtures");
  const hello = heard.find(({ topic }) => topic === "$mcp-server/server-1/lab/fixtures");
  assert.equal(JSON.parse(hello?.payload ?? "").method, "initialize");
  const client = hello?.properties["MCP-MQTT-CLIENT-ID"] ?? "";
  assert.equal(hello?.properties["MCP-COMPONENT-TYPE"], "mcp-client");
  const rpc = heard.filter(({ topic }) => topic === `$mcp-rpc/${client}/server-1/lab/fixtures`);
  const [answer, initialized] = rpc.map(({ payload }) => JSON.parse(payload));
  assert.equal(answer.result.serverInfo.name, "mycel-conformance", "the server answers on rpc");
  assert.equal(initialized.method, "notifications/initialized");

  const second = serve("server-2");
  t.after(() => second.close());
  await until(() => topicsOf(heard).has("$mcp-server/presence/server-2/lab/fixtures"), {
    what: () => "the second instance is there",
  });
  await first.close();
  await until(
    () => heard.some(({ topic, payload }) => /presence\/server-1/.test(topic) && !payload),
    {
      what: () => "the first says that it goes",
    },
  );
  await until(() => second.stats().clients === 1 && servers.list()[0]?.tools.length, {
    what: () => "the second takes over",
  });
  assert.deepEqual(await call(), { content: [{ type: "text", text }] });

  await broker.kill();
  await until(() => servers.list().length === 0, {
    what: () => "nobody is there without a broker",
  });
  await assert.rejects(call(), /not there/);
  await broker.restart();
  await until(() => servers.list()[0]?.tools.length, {
    what: () => "all is found again",
  });
  assert.deepEqual(await call(), { content: [{ type: "text", text }] });

  await servers.close();
  await until(() => second.stats().clients === 0, { what: () => "the client's farewell ends it" });
});

/** A way to the broker that the test cuts without a word, as a network does. */
async function wire(t: TestContext, brokerUrl: string) {
  const { hostname, port } = new URL(brokerUrl);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connectTcp(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  t.after(cut);
  return { url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`, cut };
}

test("through Mosquitto, a server whose connection breaks is cleared, and so is a client's session; another client's goes on", {
  skip,
}, async (t) => {
  const broker = (await mosquitto?.start()) ?? assert.fail();
  t.after(() => broker.kill());
  const log = (line: string): void => t.diagnostic(line);
  const refused = noSessionRefusals();
  const by = (url: string) =>
    mqtt5Connections({ url, user: USER, password: PASSWORD, clock: systemClock });
  const serve = (url: string, serverId: string, serverName: string) => {
    const ports = { connect: by(url), clock: systemClock, refused, log };
    const server = startMqtt5Server(CONFORMANCE_OFFER, { serverId, serverName }, ports);
    t.after(() => server.close());
    return server;
  };
  const find = (url: string, node: string) => {
    const servers = foreignServers({
      ...{ connect: by(url), node, version: "0", filters: ["lab/#"], newId: randomUUID },
      ...{ clock: systemClock, refused, log },
    });
    t.after(() => servers.close());
    return servers;
  };
  const [serversWire, clientsWire] = [await wire(t, broker.url), await wire(t, broker.url)];
  const steady = serve(broker.url, "server-1", "lab/steady");
  serve(serversWire.url, "server-2", "lab/shaky");
  const [calm, lost] = [find(broker.url, "calm"), find(clientsWire.url, "lost")];
  await until(() => calm.list().length === 2 && lost.list().length === 2, {
    what: () => "both clients have found both servers",
  });
  assert.equal(steady.stats().clients, 2);

  clientsWire.cut();
  await until(() => steady.stats().clients === 1, { what: () => "the lost client's session ends" });
  serversWire.cut();
  await until(() => calm.list().length === 1, { what: () => "the lost server is gone" });
  assert.deepEqual(await calm.call("lab/steady", "test_simple_text", {}, 5_000), {
    content: [{ type: "text", text }],
  });

  const looker = await connectAsync(broker.url, {
    ...{ protocolVersion: 5, username: USER, password: PASSWORD, reconnectPeriod: 0 },
  });
  t.after(() => looker.endAsync(true));
  const retained: string[] = [];
  looker.on("message", (topic) => retained.push(topic));
  await looker.subscribeAsync("$mcp-server/presence/#");
  await until(() => retained.length > 0);
  assert.deepEqual(retained, ["$mcp-server/presence/server-1/lab/steady"]);
});

const topicsOf = (heard: readonly { topic: string }[]): Set<string> =>
  new Set(heard.map(({ topic }) => topic));
