/** One suite for the connections of the bus, against each broker that runs here. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { connectAsync, type MqttClient } from "mqtt";
import { systemClock } from "../../../runtime/clock.ts";
import {
  createMqttConnections,
  type MqttConnections,
} from "../../../transports/mqtt/mqtt-client.ts";
import { until } from "../../support/until.ts";
import { BROKER_KINDS, PASSWORD, type TestBroker, USER } from "./brokers.ts";
import { presence } from "./presence-process.ts";

for (const kind of BROKER_KINDS) {
  describe(`MQTT connections to the ${kind.name} broker`, { skip: kind.skip }, () => {
    const start = async (t: TestContext): Promise<TestBroker> => {
      const broker = await kind.start();
      t.after(() => broker.kill());
      return broker;
    };

    test("a broker lets nobody in without the right password", async (t) => {
      const { url } = await start(t);
      const enter = (username: string | undefined, password: string | undefined) =>
        connectAsync(url, {
          reconnectPeriod: 0,
          ...(username !== undefined && { username }),
          ...(password !== undefined && { password }),
        });
      await assert.rejects(enter(undefined, undefined), /[Nn]ot authorized|Bad username/);
      await assert.rejects(enter(USER, "wrong"), /[Nn]ot authorized|Bad username/);
      await assert.rejects(enter("someone", PASSWORD), /[Nn]ot authorized|Bad username/);
      const client = await enter(USER, PASSWORD);
      await client.endAsync();
    });

    test("publish() and subscriptions carry messages both ways", async (t) => {
      const { url } = await start(t);
      const other = await listener(t, url, "office/#");
      const heard: [string, string][] = [];
      const bus = connections(t, url).connect({
        clientId: "bus",
        subscriptions: ["office/#"],
        onMessage: (topic, payload) => heard.push([topic, Buffer.from(payload).toString()]),
      });
      bus.publish("office/lab/sensor/hub.leaf_1/co2", '{"value":412}');
      await until(() => other.messages.get("office/lab/sensor/hub.leaf_1/co2") === '{"value":412}');
      await other.client.publishAsync("office/lab/sensor/foreign/co2", "1");
      await until(() => heard.some(([topic]) => topic === "office/lab/sensor/foreign/co2"));
    });

    test("presence is retained: online at connect, offline at close", async (t) => {
      const { url } = await start(t);
      const bus = connections(t, url).connect({ clientId: "hub", presence });
      await until(() => bus.isConnected());
      const first = await listener(t, url, "status/#");
      await until(() => first.messages.get("status/hub") === "online");
      await bus.close();
      const second = await listener(t, url, "status/#");
      await until(() => second.messages.get("status/hub") === "offline");
    });

    test("the last will says offline for a process that is killed", async (t) => {
      const { url } = await start(t);
      const other = await listener(t, url, "status/#");
      const script = join(import.meta.dirname, "presence-process.ts");
      const child = spawn(process.execPath, [script, url], { stdio: "ignore" });
      t.after(() => child.kill("SIGKILL"));
      await until(() => other.messages.get("status/hub") === "online");
      child.kill("SIGKILL");
      await until(() => other.messages.get("status/hub") === "offline");
    });

    test("a second connection of the same id leaves the hub online", async (t) => {
      const { url } = await start(t);
      const all = connections(t, url);
      const first = all.connect({ clientId: "hub", presence });
      await until(() => first.isConnected());
      const closed = first.close();
      const second = all.connect({ clientId: "hub", presence });
      await closed;
      await until(() => second.isConnected());
      const other = await listener(t, url, "status/#");
      await until(() => other.messages.get("status/hub") === "online");
    });

    test("a broker that dies and returns is noticed, and the newest of each topic arrives", async (t) => {
      const broker = await start(t);
      const changes: boolean[] = [];
      const heard: string[] = [];
      const all = connections(t, broker.url);
      const bus = all.connect({
        clientId: "bus",
        presence,
        subscriptions: ["in/#"],
        onStatus: (connected) => changes.push(connected),
        onMessage: (topic) => heard.push(topic),
      });
      await until(() => bus.isConnected());
      await broker.kill();
      await until(() => !bus.isConnected());
      for (let value = 1; value <= 50; value++) bus.publish("out/a", String(value));
      bus.publish("out/b", "only");
      assert.equal(all.stats().dropped, 49);

      await broker.restart();
      const other = await listener(t, broker.url, "#");
      await until(() => bus.isConnected());
      await until(
        () => other.messages.get("out/a") === "50" && other.messages.get("out/b") === "only",
      );
      await until(() => other.messages.get("status/hub") === "online");
      await other.client.publishAsync("in/x", "1");
      await until(() => heard.includes("in/x"));
      assert.deepEqual(changes, [true, false, true]);
    });

    test("stats() counts what went out, also over closed connections", async (t) => {
      const { url } = await start(t);
      const all = connections(t, url);
      const bus = all.connect({ clientId: "bus" });
      await until(() => bus.isConnected());
      bus.publish("a", "1");
      bus.publish("b", "2");
      assert.deepEqual(all.stats(), { connections: 1, connected: 1, published: 2, dropped: 0 });
      await bus.close();
      assert.deepEqual(all.stats(), { connections: 0, connected: 0, published: 2, dropped: 0 });
    });
  });
}

test("a broker that refuses the password is reported in words, once", async (t) => {
  const kind = BROKER_KINDS[0];
  assert.ok(kind !== undefined);
  const broker = await kind.start();
  t.after(() => broker.kill());
  const reports: string[] = [];
  const all = createMqttConnections({ ...options(broker.url), password: "wrong" });
  t.after(() => all.close());
  all.connect({ clientId: "bus", onStatus: (_connected, why) => reports.push(why) });
  await until(() => reports.length > 0);
  assert.deepEqual(reports, ["it refuses our user and password"]);
});

test("without any broker publish() and close() return, and the attempts back off", async () => {
  const delaysMs: number[] = [];
  const clock = {
    after: (delayMs: number, ring: () => void) => {
      delaysMs.push(delayMs);
      // Retries run at once, so that the test sees many of them.
      const timer = setTimeout(ring, delaysMs.length < 10 ? 0 : 60_000);
      return () => clearTimeout(timer);
    },
  };
  const reports: boolean[] = [];
  // Port 1 of loopback: nobody listens there.
  const all = createMqttConnections({ ...options("mqtt://127.0.0.1:1"), clock, random: () => 1 });
  const bus = all.connect({ clientId: "bus", onStatus: (up) => reports.push(up) });
  bus.publish("a", "1");
  await until(() => delaysMs.length === 10);
  assert.deepEqual(delaysMs.slice(0, 7), [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  assert.deepEqual(reports, [false]);
  await bus.close();
  await all.close();
});

const options = (url: string) => ({
  url,
  user: USER,
  password: PASSWORD,
  clock: systemClock,
  random: () => 0,
});

function connections(t: TestContext, url: string): MqttConnections {
  const all = createMqttConnections(options(url));
  t.after(() => all.close());
  return all;
}

/** Someone else on the broker, who keeps the newest message of each topic. */
async function listener(
  t: TestContext,
  url: string,
  filter: string,
): Promise<{ client: MqttClient; messages: Map<string, string> }> {
  const client = await connectAsync(url, {
    username: USER,
    password: PASSWORD,
    reconnectPeriod: 0,
  });
  t.after(() => client.end(true));
  client.on("error", () => {});
  const messages = new Map<string, string>();
  client.on("message", (topic, payload) => messages.set(topic, payload.toString()));
  await client.subscribeAsync(filter);
  return { client, messages };
}
