/** The device port over real brokers: one suite for each of them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, type MqttClient } from "mqtt";
import type { DeviceAnswer } from "../../../actors/device/messages.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { createMqttConnections } from "../../../transports/mqtt/mqtt-client.ts";
import { until } from "../../support/until.ts";
import { BROKER_KINDS, PASSWORD, USER } from "../../transports/mqtt/brokers.ts";
import { HUB, startDevices } from "./desk.ts";

for (const kind of BROKER_KINDS) {
  describe(`devices over the ${kind.name} broker`, { skip: kind.skip }, () => {
    test("calls, late and forged and doubled answers, and a broker killed in the middle of a call", async (t) => {
      const broker = await kind.start();
      t.after(() => broker.kill());
      const url = broker.url;
      const credentials = { user: USER, password: PASSWORD };
      const connections = createMqttConnections({
        ...{ url, ...credentials, clock: systemClock },
        random: () => 0,
      });
      t.after(() => connections.close());
      let isConnected: () => boolean = () => false;
      const desk = startDevices({
        connect: (options) => {
          const made = connections.connect(options);
          isConnected = made.isConnected.bind(made);
          return made;
        },
      });
      const device = await deviceAt(url);
      t.after(() => device.client.end(true));
      await until(() => isConnected(), { what: () => "the node is connected" });
      const answers = (): readonly DeviceAnswer[] => {
        desk.sim.run();
        return desk.asker.messages;
      };
      const settled = (holds: () => boolean, what: string): Promise<unknown> =>
        until(
          () => {
            desk.sim.run();
            return holds();
          },
          { what: () => what },
        );
      const answered = (count: number): Promise<unknown> =>
        until(() => answers().length >= count, { what: () => `${count} answers` });

      // A stranger asks our hub, which answers by its own connection once its subscription has reached the broker.
      let asked = 0;
      await until(
        () => {
          device.say(`mcp/${HUB}/request/call_tool`, {
            ...{ jsonrpc: "2.0", id: `q-${++asked}`, method: "call_tool" },
            params: { name: "get_swarm_status", arguments: {} },
          });
          desk.sim.run();
          return desk.bus.messages.length > 0;
        },
        { everyMs: 100, what: () => "the hub answers" },
      );

      desk.call("light_01", "set_state", { on: true });
      const first = await device.asked("light_01");
      device.say(`mcp/pump_01/response/${first}`, { id: first, result: "forged" });
      device.say(`mcp/light_01/response/${first}`, { id: first, result: "done" });
      device.say(`mcp/light_01/response/${first}`, { id: first, result: "again" });
      await answered(1);
      assert.deepEqual(answers().at(-1), {
        ...{ type: "DeviceAnswered", id: "c-1", result: "done", made: [] },
      });
      await settled(() => desk.counters.refused.duplicate === 1, "the doubled answer is counted");

      desk.call("light_01", "slow");
      const slow = await device.asked("light_01");
      await broker.kill();
      await until(() => !isConnected(), { what: () => "the loss is noticed" });
      desk.call("light_01", "lost");
      const lost = answers().at(-1);
      assert.ok(lost?.type === "DeviceFailed" && lost.reason === "busUnavailable");
      await broker.restart();
      await until(() => isConnected(), { what: () => "the node is back" });
      await device.back();
      // Until the node has subscribed anew, nothing reaches it.
      await until(
        () => {
          device.say(`mcp/light_01/response/${slow}`, { id: slow, result: "after all" });
          return answers().length >= 3;
        },
        { everyMs: 100 },
      );
      assert.ok(answers().some((answer) => "result" in answer && answer.result === "after all"));

      desk.call("light_01", "never");
      const never = await device.asked("light_01");
      desk.sim.advance(10_000);
      const late = answers().at(-1);
      assert.ok(late?.type === "DeviceFailed" && late.reason === "timeout");
      device.say(`mcp/light_01/response/${never}`, { id: never, result: "late" });
      await settled(() => desk.counters.refused.late === 1, "the late answer is counted");
      assert.equal(answers().length, 4, "each call was answered once");
    });
  });
}

/** A device of the seed's kind. */
async function deviceAt(url: string) {
  const client: MqttClient = connect(url, {
    ...{ username: USER, password: PASSWORD, clientId: "devices-test" },
    ...{ protocolVersion: 4, reconnectPeriod: 200 },
  });
  const ids: string[] = [];
  let subscribed = 0;
  client.on("error", () => {});
  client.on("connect", () => {
    client.subscribe("mcp/+/request/call_tool", () => {
      subscribed += 1;
    });
  });
  client.on("message", (topic, payload) => {
    if (!topic.startsWith(`mcp/${HUB}/`)) ids.push(JSON.parse(payload.toString()).id);
  });
  await until(() => subscribed === 1, { what: () => "the device is there" });
  return {
    client,
    asked: (agent: string): Promise<string> =>
      until(() => ids.shift(), { what: () => `${agent} is asked` }) as Promise<string>,
    say: (topic: string, body: object): void => {
      client.publish(topic, JSON.stringify(body));
    },
    back: () => until(() => subscribed === 2, { what: () => "the device is back" }),
  };
}
