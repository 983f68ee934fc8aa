/**
 * The README's path with real parts: a node process, leaves in a process of their own over UDP, a real
 * MQTT client, the API, `kill -9` and what is found afterwards.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import mqtt from "mqtt";
import type { Leaf, State, Zone } from "../../transports/http/contract.ts";
import {
  type NodeProcess,
  removeDir,
  runMycel,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { until } from "../support/until.ts";

const MAIN = fileURLToPath(new URL("../../actors/main.ts", import.meta.url));
const LEAVES = 6;
const SETTINGS = {
  node: "attic",
  threads: 2,
  mqtt: { user: "office", password: "a-test-password" },
  zones: [{ id: "main" }, { id: "lab" }],
  hubs: [
    { id: "swarm_hub_01", zone: "main" },
    { id: "swarm_hub_02", zone: "lab", leaves: [{ id: 1, name: "window" }] },
  ],
};

describe("the whole path", () => {
  const dir = temporaryDir();
  let node: NodeProcess;
  let leaves: readonly ChildProcess[] = [];

  const startLeaves = (): ChildProcess[] =>
    Object.values(node.file.hubs).map((address) =>
      spawn(
        process.execPath,
        [MAIN, "leaf", "--hub", address, "--count", `${LEAVES / 2}`, "--every", "200ms"],
        { stdio: "ignore" },
      ),
    );
  const killLeaves = (): void => {
    for (const process of leaves) process.kill("SIGKILL");
  };
  const leavesWithReadings = async (): Promise<Leaf[]> =>
    (await node.json<Leaf[]>("/api/leaves")).filter(
      (leaf) => Object.keys(leaf.readings).length > 0,
    );

  before(async () => {
    node = await startNodeProcess(dir, SETTINGS);
    leaves = startLeaves();
  });
  after(async () => {
    killLeaves();
    await node.end("SIGKILL");
    removeDir(dir);
  });

  test("leaves register over UDP and their readings are on the API", async () => {
    const heard = await until(async () => {
      const found = await leavesWithReadings();
      // A registration counts when it is on disk.
      const adopted = found.filter((leaf) => leaf.standing === "adopted");
      return adopted.length === LEAVES && adopted;
    });
    for (const leaf of heard) {
      assert.equal(leaf.online, true);
      assert.equal(leaf.standing, "adopted");
      for (const { value, atMs } of Object.values(leaf.readings)) {
        assert.ok(Number.isFinite(value));
        assert.ok(Math.abs(Date.now() - atMs) < 60_000);
      }
    }
    assert.ok(heard.some((leaf) => leaf.name === "window" && leaf.hub === "swarm_hub_02"));
  });

  test("their zones have fused values", async () => {
    const zones = await until(async () => {
      const found = await node.json<Zone[]>("/api/zones");
      return (
        found.length === 2 && found.every((zone) => Object.keys(zone.readings).length > 0) && found
      );
    });
    assert.deepEqual(zones.map((zone) => zone.zone).sort(), ["lab", "main"]);
  });

  test("readings are on MQTT under the seed's topics, for those with the password only", async () => {
    const refused = mqtt.connect(node.file.mqttUrl, { reconnectPeriod: 0 });
    await new Promise((resolve) => {
      refused.once("error", resolve);
      refused.once("close", () => resolve(undefined));
    });
    assert.equal(refused.connected, false);

    const client = await mqtt.connectAsync(node.file.mqttUrl, {
      username: "office",
      password: "a-test-password",
    });
    const message = new Promise<[string, Buffer]>((resolve) =>
      client.once("message", (topic, payload) => resolve([topic, payload])),
    );
    await client.subscribeAsync("office/main/sensor/+/temperature");
    const [topic, payload] = await message;
    await client.endAsync();
    assert.match(topic, /^office\/main\/sensor\/swarm_hub_01\.[a-z0-9_]+\/temperature$/);
    assert.equal(typeof JSON.parse(String(payload)).value, "number");
  });

  test("telemetry of a foreign MQTT device reaches its zone", async () => {
    const client = await mqtt.connectAsync(node.file.mqttUrl, {
      username: "office",
      password: "a-test-password",
    });
    await client.publishAsync("office/lab/sensor/env_77/soil_moisture", '{"value": 31.5}');
    await client.endAsync();
    const zone = await until(async () =>
      (await node.json<Zone[]>("/api/zones")).find(
        (z) => z.readings["soil_moisture"] !== undefined,
      ),
    );
    assert.equal(zone.zone, "lab");
    assert.equal(zone.readings["soil_moisture"]?.value, 31.5);
  });

  test("`mycel state` prints nodes, hubs, leaves, zones and the tree", async () => {
    const hubPath = "mycel://attic/user/hubs/swarm_hub_01";
    const state = await until(async () => {
      const { status, stdout } = await runMycel(["state", "--data", `${dir}/data`]);
      assert.equal(status, 0);
      const found = JSON.parse(stdout) as State;
      return found.tree.some((actor) => actor.path === hubPath) && found;
    });
    assert.equal(state.nodes[0]?.node, "attic");
    assert.equal(state.hubs.length, 2);
    assert.equal(state.leaves.length, LEAVES);
    assert.ok(new Set(state.tree.map((actor) => actor.thread)).size > 1);
  });

  test("kill -9 and a new start: registrations, names and values are found", async () => {
    const renamed = await node.json<Leaf>("/api/leaves/swarm_hub_02/1", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ act: "rename", name: "skylight" }),
    });
    assert.equal(renamed.name, "skylight");
    const before = await leavesWithReadings();
    // A fresh reading after this look is on disk within the promised 100 ms, long before the kill.
    const settled = before[0]?.lastSeenMs ?? 0;
    await until(async () => ((await leavesWithReadings())[0]?.lastSeenMs ?? 0) > settled + 1_000);
    killLeaves();
    await node.end("SIGKILL");

    node = await startNodeProcess(dir, SETTINGS);
    const found = await until(async () => {
      const all = await leavesWithReadings();
      return all.length === LEAVES && all;
    });
    assert.ok(found.some((leaf) => leaf.hub === "swarm_hub_02" && leaf.name === "skylight"));
    for (const leaf of found) {
      const earlier = before.find((b) => b.hub === leaf.hub && b.leafId === leaf.leafId);
      assert.ok(leaf.lastSeenMs >= (earlier?.lastSeenMs ?? Number.POSITIVE_INFINITY));
      assert.equal(leaf.hardware, earlier?.hardware);
    }
    leaves = startLeaves();
    await until(async () => (await leavesWithReadings()).every((leaf) => leaf.online));
  });

  test("SIGTERM drains and closes: exit status 0", async () => {
    assert.equal(await node.end("SIGTERM"), 0);
  });
});
