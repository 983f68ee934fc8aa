import assert from "node:assert/strict";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { type Broker, type BrokerOptions, startBroker } from "../../../transports/mqtt/broker.ts";
import { hashPassword, RANDOM_PASSWORD_COST } from "../../../transports/password.ts";
import fc from "../../support/fc.ts";
import { until } from "../../support/until.ts";
import { PASSWORD, USER } from "./brokers.ts";

const passwordHash = await hashPassword(PASSWORD, RANDOM_PASSWORD_COST);

async function start(t: TestContext, options: Partial<BrokerOptions> = {}): Promise<Broker> {
  const broker = await startBroker({
    host: "127.0.0.1",
    port: 0,
    portFixed: false,
    users: new Map([[USER, passwordHash]]),
    ...options,
  });
  t.after(() => broker.close());
  return broker;
}

async function enter(t: TestContext, { url }: Broker, options: IClientOptions = {}) {
  const client = await connectAsync(url, {
    username: USER,
    password: PASSWORD,
    reconnectPeriod: 0,
    ...options,
  });
  client.on("error", () => {});
  t.after(() => client.end(true));
  return client;
}

function keep(client: MqttClient): Map<string, string> {
  const messages = new Map<string, string>();
  client.on("message", (topic, payload) => messages.set(topic, payload.toString()));
  return messages;
}

test("startBroker() gives way to the next port, or is E_PORT_TAKEN for one that was set", async (t) => {
  const first = await start(t);
  const second = await start(t, { port: first.port });
  assert.ok(second.port > first.port);
  await assert.rejects(start(t, { port: first.port, portFixed: true }), { code: "E_PORT_TAKEN" });
});

test("refusals are counted by reason", async (t) => {
  const broker = await start(t);
  await assert.rejects(enter(t, broker, { password: "wrong" }));
  await until(() => broker.stats().refused["badPassword"] === 1);
});

test("a packet beyond the bound ends its connection before it is gathered", async (t) => {
  const broker = await start(t);
  const stranger = connect(broker.port, "127.0.0.1");
  stranger.on("error", () => {});
  stranger.resume();
  const closed = new Promise<void>((resolve) => stranger.on("close", () => resolve()));
  // A CONNECT that announces 256 MB, from someone unknown.
  stranger.write(Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0x7f, 0x00));
  await closed;
  assert.equal(broker.stats().refused["packetTooLarge"], 1);

  const known = await enter(t, broker);
  known.publish("office/lab/sensor/x/y", Buffer.alloc(600 * 1024));
  await until(() => broker.stats().refused["packetTooLarge"] === 2);
});

test("the node's own connections do not hear each other, everybody else hears all", async (t) => {
  const broker = await start(t, { isOwn: (id) => id.endsWith("@node") });
  const [bus, hub, guest] = await Promise.all(
    ["bus@node", "hub@node", "guest"].map((clientId) => enter(t, broker, { clientId })),
  );
  assert.ok(bus && hub && guest);
  const [atBus, atGuest] = [keep(bus), keep(guest)];
  await Promise.all([bus.subscribeAsync("#"), guest.subscribeAsync("#")]);
  await hub.publishAsync("from/hub", "1", { qos: 1 });
  await guest.publishAsync("from/guest", "1", { qos: 1 });
  await until(() => atGuest.has("from/hub") && atBus.has("from/guest"));
  assert.deepEqual([...atBus.keys()], ["from/guest"]);
});

test("a reader that stops reading misses messages, and holds up nobody", async (t) => {
  const broker = await start(t);
  const [slow, quick, sender] = await Promise.all([
    enter(t, broker, { clientId: "slow" }),
    enter(t, broker, { clientId: "quick" }),
    enter(t, broker, { clientId: "sender" }),
  ]);
  const heard = keep(quick);
  await Promise.all([slow.subscribeAsync("#"), quick.subscribeAsync("#")]);
  slow.stream.pause();
  (slow.stream as unknown as { _handle: { readStop(): void } })._handle.readStop();

  const picture = Buffer.alloc(64 * 1024);
  let count = 0;
  await until(
    async () => {
      count += 1;
      await sender.publishAsync(`n/${count}`, picture, { qos: 1 });
      return (broker.stats().refused["slowReader"] ?? 0) > 10;
    },
    { everyMs: 0 },
  );
  await sender.publishAsync("last", "1", { qos: 1 });
  await until(() => heard.has("last"));
  assert.equal(heard.size, count + 1);
});

test("a client that asks to be remembered is not: nothing queues for the absent", async (t) => {
  const broker = await start(t);
  const options = { clientId: "device", clean: false };
  const first = await enter(t, broker, options);
  await first.subscribeAsync("a", { qos: 1 });
  await first.endAsync();
  const sender = await enter(t, broker);
  await sender.publishAsync("a", "while away", { qos: 1 });
  const second = await enter(t, broker, options);
  const heard = keep(second);
  await second.subscribeAsync("b");
  await sender.publishAsync("b", "now", { qos: 1 });
  await until(() => heard.has("b"));
  assert.deepEqual([...heard.keys()], ["b"]);
});

test("retained messages are counted and forgotten when emptied", async (t) => {
  const broker = await start(t);
  const client = await enter(t, broker);
  await client.publishAsync("a", "1", { retain: true, qos: 1 });
  await client.publishAsync("b", "1", { retain: true, qos: 1 });
  assert.equal(broker.stats().retained, 2);
  await client.publishAsync("a", "", { retain: true, qos: 1 });
  assert.equal(broker.stats().retained, 1);
});

test("random and damaged packets end their own connection only", async (t) => {
  const broker = await start(t);
  const connectPacket = Buffer.concat([
    Uint8Array.of(0x10, 12 + 1 + 2 + USER.length + 2 + PASSWORD.length, 0, 4),
    Buffer.from("MQTT"),
    Uint8Array.of(4, 0xc2, 0, 60, 0, 1, 0x66, 0, USER.length),
    Buffer.from(USER),
    Uint8Array.of(0, PASSWORD.length),
    Buffer.from(PASSWORD),
  ]);
  const packet = fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 60 }))
    .map(([type, body]) => Buffer.from([type, body.length, ...body]));
  const sent = fc.oneof(
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    packet,
    fc.array(packet, { maxLength: 4 }).map((packets) => Buffer.concat([connectPacket, ...packets])),
  );
  await fc.assert(
    fc.asyncProperty(sent, async (bytes) => {
      await new Promise<void>((resolve) => {
        const socket = connect(broker.port, "127.0.0.1");
        socket.on("error", () => {});
        socket.on("close", () => resolve());
        socket.resume();
        socket.end(bytes);
      });
    }),
    { numRuns: 300 },
  );
  const client = await enter(t, broker);
  const heard = keep(client);
  await client.subscribeAsync("alive");
  await client.publishAsync("alive", "1");
  await until(() => heard.has("alive"));
});
