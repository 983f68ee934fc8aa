/** An external broker that is not there, comes, dies and returns; the node does its work meanwhile. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mqtt from "mqtt";
import type { Event, Health } from "../../transports/http/contract.ts";
import {
  historyOf,
  metricsOf,
  type NodeProcess,
  removeDir,
  startNodeProcess,
  temporaryDir,
  untilAdopted,
} from "../support/node-process.ts";
import { openRadio, type Radio } from "../support/radio.ts";
import { until } from "../support/until.ts";
import { BROKER_KINDS, PASSWORD, type TestBroker, USER } from "../transports/mqtt/brokers.ts";

const HUB = "swarm_hub_01";
const mosquitto = BROKER_KINDS.find(({ name }) => name === "mosquitto");

describe("a node with an external broker", {
  skip: mosquitto?.skip ?? "no mosquitto",
}, () => {
  const dir = temporaryDir();
  let broker: TestBroker;
  let node: NodeProcess;
  let radio: Radio;
  let sent = 0;

  before(async () => {
    if (mosquitto === undefined) throw new Error("skipped without it");
    broker = await mosquitto.start();
    await broker.kill();
    node = await startNodeProcess(dir, {
      threads: 1,
      mqtt: { broker: broker.url, user: USER, password: PASSWORD },
      zones: [{ id: "main" }],
      hubs: [{ id: HUB, zone: "main", leaves: [{ id: 1, framesPerSecondMax: null }] }],
    });
    await untilAdopted(node, 1);
    radio = await openRadio(node.file.hubs[HUB] ?? "");
  });
  after(async () => {
    radio?.close();
    await node?.end("SIGKILL");
    await broker?.kill();
    removeDir(dir);
  });

  const health = async (): Promise<Health & { status: number }> => {
    const response = await fetch(`${node.file.url}/healthz`);
    return { status: response.status, ...((await response.json()) as Health) };
  };
  const report = (): Promise<void> => radio.report(1, { temperature: ++sent });
  const events = async (kind: string): Promise<readonly Event[]> =>
    (await node.json<{ events: Event[] }>(`/api/events?kind=${kind}`)).events;

  async function assertStored(): Promise<void> {
    for (let i = 0; i < 20; i++) await report();
    await until(async () => {
      const rows = await historyOf(node, { hub: HUB, leaf: "1", channel: "temperature" });
      return rows.length === sent && rows.every((row, at) => row.value === at + 1);
    });
  }

  async function assertTelemetry(): Promise<void> {
    const client = await mqtt.connectAsync(broker.url, { username: USER, password: PASSWORD });
    try {
      const values: number[] = [];
      client.on("message", (_topic, payload) => values.push(JSON.parse(String(payload)).value));
      await client.subscribeAsync(`office/main/sensor/${HUB}.leaf_1/temperature`);
      await until(async () => {
        await report();
        return values.length > 2;
      });
      assert.deepEqual(
        values,
        [...values].sort((a, b) => a - b),
      );
    } finally {
      await client.endAsync(true);
    }
  }

  test("starts without it: says so in /healthz and an event, stores readings", async () => {
    const away = await until(async () => {
      const found = await health();
      return found.checks["links"]?.ok && found;
    });
    assert.equal(away.status, 503);
    assert.equal(away.checks["broker"]?.ok, false);
    assert.equal(away.checks["store"]?.ok, true);
    await assertStored();
    const [lost] = await until(async () => {
      const found = await events("broker_lost");
      return found.length > 0 && found;
    });
    assert.match(lost?.message ?? "", /nothing listens at its address/);
  });

  test("its coming is noticed: telemetry flows, and /healthz is well again", async () => {
    await broker.restart();
    await until(async () => (await health()).ok);
    await assertTelemetry();
    assert.equal((await until(() => events("broker_returned"))).length, 1);
  });

  test("killed, it is missed within seconds while readings are stored; then it returns", async () => {
    await broker.kill();
    await until(async () => !(await health()).checks["broker"]?.ok);
    await assertStored();
    await broker.restart();
    await until(async () => (await health()).ok);
    await assertTelemetry();
    await until(async () => (await events("broker_lost")).length === 2);
    await until(async () => (await events("broker_returned")).length === 2);
    await until(async () => {
      const metrics = await metricsOf(node);
      assert.equal(metrics.get("mycel_mqtt_connected"), 1);
      return metrics.get(`mycel_frames_applied_total{hub="${HUB}"}`) === sent;
    });
  });

  test("SIGTERM ends it with status 0 while the broker is away", async () => {
    await broker.kill();
    assert.equal(await node.end("SIGTERM"), 0);
  });
});
