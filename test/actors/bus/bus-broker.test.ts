/** The bus actor on each real broker: out, in, never back, and over the broker's death. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connectAsync } from "mqtt";
import { bus } from "../../../actors/bus/bus.ts";
import { createBusCounters } from "../../../actors/bus/bus-counters.ts";
import type { BusCommand } from "../../../actors/bus/messages.ts";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import type { HistorianCommand } from "../../../actors/historian/messages.ts";
import type { ZoneCommand, ZonesCommand } from "../../../actors/zone/messages.ts";
import { createActorSystem } from "../../../runtime/actor-system.ts";
import { receive, same } from "../../../runtime/behavior.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { createMqttConnections } from "../../../transports/mqtt/mqtt-client.ts";
import { until } from "../../support/until.ts";
import { BROKER_KINDS, PASSWORD, USER } from "../../transports/mqtt/brokers.ts";

for (const kind of BROKER_KINDS) {
  describe(`bus() on the ${kind.name} broker`, { skip: kind.skip }, () => {
    test("bus() carries readings both ways, hears nothing of itself, and outlives the broker", async (t) => {
      const broker = await kind.start();
      t.after(() => broker.kill());
      const account = { user: USER, password: PASSWORD };
      const connections = createMqttConnections({
        url: broker.url,
        ...account,
        clock: systemClock,
        random: () => 0,
      });
      const system = createActorSystem({ node: "n1" });
      t.after(async () => {
        await system.shutdown();
        await connections.close();
      });
      const zone = createProbe<ZoneCommand>(system);
      const dashboard = createProbe<DashboardCommand>(system);
      const historian = createProbe<HistorianCommand>(system);
      const zonesParent = system.spawn<ZonesCommand>({
        id: "zones",
        start: () =>
          receive(({ zone: name, replyTo }) => {
            replyTo.tell({ type: "ZoneOpened", zone: name, ref: zone.ref });
            return same;
          }),
        restart: "permanent",
        shutdownMs: 100,
      });
      const counters = createBusCounters();
      const ref = system.spawn<BusCommand>({
        id: "bus",
        start: () =>
          bus({
            node: "n1",
            hubs: ["swarm_hub_01"],
            zones: ["lab"],
            zonesParent,
            dashboard: dashboard.ref,
            historian: historian.ref,
            connect: connections.connect,
            counters,
          }),
        restart: "permanent",
        shutdownMs: 1_000,
      });
      const report = (value: number): void => {
        const readings = [{ channel: "temperature", value }];
        const from = { zone: "lab", hub: "swarm_hub_01", leaf: "leaf_1" };
        ref.tell({ type: "PublishReadings", ...from, readings });
      };
      const events = (): string[] =>
        dashboard.messages.flatMap((one) => (one.type === "EventRaised" ? [one.event.kind] : []));
      const enter = async (): Promise<
        [Awaited<ReturnType<typeof connectAsync>>, Map<string, string>]
      > => {
        const { user: username, password } = account;
        const guest = await connectAsync(broker.url, { username, password, reconnectPeriod: 0 });
        t.after(() => guest.end(true));
        guest.on("error", () => {});
        const heard = new Map<string, string>();
        guest.on("message", (topic, payload) => heard.set(topic, payload.toString()));
        await guest.subscribeAsync("office/#");
        return [guest, heard];
      };

      await until(() => counters.isConnected);
      const [guest, heard] = await enter();
      const zoneName = "lab";
      ref.tell({
        type: "PublishHeartbeat",
        zone: zoneName,
        hub: "swarm_hub_01",
        uptimeS: 1,
        leafCount: 1,
      });
      report(21.5);
      await until(
        () => heard.get("office/lab/sensor/swarm_hub_01/status") === '{"status":"online"}',
      );
      await until(
        () => heard.get("office/lab/sensor/swarm_hub_01.leaf_1/temperature") === '{"value":21.5}',
      );
      await guest.publishAsync("office/lab/sensor/desk/co2", '{"co2":0}', { qos: 1 });
      await until(() => zone.messages.length > 0);
      assert.equal(counters.received, 1, "its own messages are not received ones");

      await broker.kill();
      await until(() => events().includes("broker_lost"));
      report(22.5);
      await broker.restart();
      await until(() => events().includes("broker_returned"));
      const [, heardLater] = await enter();
      await until(() => {
        report(23.5);
        return heardLater.has("office/lab/sensor/swarm_hub_01.leaf_1/temperature");
      });
      await until(
        () => heardLater.get("office/lab/sensor/swarm_hub_01/status") === '{"status":"online"}',
      );
      await system.shutdown();
      await connections.close();
      await until(
        () => heardLater.get("office/lab/sensor/swarm_hub_01/status") === '{"status":"offline"}',
      );
    });
  });
}
