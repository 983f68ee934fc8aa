/** What an operator does to leaves over the API, with frames from real sockets; all of it is kept. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import mqtt from "mqtt";
import type { Event, Leaf, Zone } from "../../transports/http/contract.ts";
import {
  act,
  historyOf,
  metricsOf,
  type NodeProcess,
  removeDir,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { openRadio, type Radio } from "../support/radio.ts";
import { until } from "../support/until.ts";

const HUB = "swarm_hub_01";
const SETTINGS = {
  threads: 2,
  mqtt: { user: "office", password: "a-test-password" },
  zones: [{ id: "main" }, { id: "lab" }],
  hubs: [{ id: HUB, zone: "main", quarantineMs: 600_000 }],
};

describe("an operator over the API", () => {
  const dir = temporaryDir();
  const topics = new Set<string>();
  let node: NodeProcess;
  let radio: Radio;
  let other: Radio;
  let bus: mqtt.MqttClient;

  async function connect(): Promise<void> {
    node = await startNodeProcess(dir, SETTINGS);
    radio = await openRadio(node.file.hubs[HUB] ?? "");
    other = await openRadio(node.file.hubs[HUB] ?? "");
    bus = await mqtt.connectAsync(node.file.mqttUrl, {
      username: "office",
      password: "a-test-password",
    });
    bus.on("message", (topic) => topics.add(topic));
    await bus.subscribeAsync("office/#");
  }
  async function disconnect(signal: NodeJS.Signals): Promise<number | null> {
    radio?.close();
    other?.close();
    bus?.end(true);
    return node?.end(signal);
  }
  before(connect);
  after(async () => {
    await disconnect("SIGKILL");
    removeDir(dir);
  });

  const leafOf = async (leafId: number): Promise<Leaf | undefined> =>
    (await node.json<Leaf[]>("/api/leaves")).find((leaf) => leaf.leafId === leafId);
  const zoneOf = async (zone: string): Promise<Zone | undefined> =>
    (await node.json<Zone[]>("/api/zones")).find((found) => found.zone === zone);
  const events = async (kind: string): Promise<readonly Event[]> =>
    (await node.json<{ events: Event[] }>(`/api/events?kind=${kind}`)).events;
  /** Reports until the condition holds, since the store takes a moment to take a change in. */
  const reporting = <T>(
    from: Radio,
    leafId: number,
    readings: Readonly<Record<string, number>>,
    look: () => Promise<T | undefined | false>,
  ): Promise<T> =>
    until(
      async () => {
        await from.report(leafId, readings);
        return look();
      },
      { everyMs: 150 }, // below the rate limit
    );
  const done = async (leafId: number, body: Parameters<typeof act>[2]): Promise<Leaf> => {
    const response = await act(node, `${HUB}/${leafId}`, body);
    const answer = await response.json();
    assert.equal(response.status, 200, JSON.stringify(answer));
    return answer as Leaf;
  };

  test("a leaf that never registered is shown apart: not in its zone, on the bus or in history", async () => {
    const seen = await reporting(radio, 7, { temperature: 40 }, async () => {
      const leaf = await leafOf(7);
      return leaf !== undefined && leaf.frames > 3 && leaf;
    });
    assert.equal(seen.standing, "stranger");
    assert.equal(seen.readings["temperature"]?.value, 40);
    assert.equal((await zoneOf("main"))?.readings["temperature"], undefined);
    assert.deepEqual(
      [...topics].filter((topic) => topic.includes("leaf_7")),
      [],
    );
    const rows = await historyOf(node, { hub: HUB, leaf: "7", channel: "temperature" });
    assert.deepEqual(rows, []);
  });

  test("adopted, its readings reach zone, bus and history", async () => {
    assert.equal((await done(7, { act: "adopt" })).standing, "adopted");
    await reporting(radio, 7, { temperature: 21 }, async () => {
      const zone = await zoneOf("main");
      return zone?.readings["temperature"]?.value === 21;
    });
    assert.ok(await until(() => topics.has(`office/main/sensor/${HUB}.leaf_7/temperature`)));
    await until(async () => {
      const rows = await historyOf(node, { hub: HUB, leaf: "7", channel: "temperature" });
      return rows.length > 0 && rows.every((row) => row.value === 21);
    });
  });

  test("other hardware that registers the id waits for an operator, who agrees", async () => {
    await radio.register(8, "esp32");
    await reporting(
      radio,
      8,
      { humidity: 40 },
      async () => (await leafOf(8))?.hardware === "esp32",
    );
    await other.register(8, "pico");
    const disputed = await until(async () => {
      const leaf = await leafOf(8);
      return leaf?.standing === "disputed" && leaf;
    });
    assert.equal(disputed.hardware, "esp32");
    assert.equal(disputed.claimedHardware, "pico");
    await until(async () => (await events("leaf_disputed")).length === 1);

    // The leaf that had the id is heard, the claimant is refused.
    await reporting(radio, 8, { humidity: 41 }, async () => {
      await other.report(8, { humidity: 99 });
      const refused = (await metricsOf(node)).get(
        `mycel_frames_refused_total{hub="${HUB}",reason="disputed"}`,
      );
      const leaf = await leafOf(8);
      return leaf?.readings["humidity"]?.value === 41 && (refused ?? 0) > 1;
    });

    const agreed = await done(8, { act: "agreeHardware" });
    assert.equal(agreed.standing, "adopted");
    assert.equal(agreed.hardware, "pico");
    await reporting(other, 8, { humidity: 50 }, async () => {
      return (await leafOf(8))?.readings["humidity"]?.value === 50;
    });
  });

  test("renamed and moved: the old zone forgets it, topics and history go on by its new name", async () => {
    assert.equal((await done(7, { act: "rename", name: "window" })).name, "window");
    assert.equal((await done(7, { act: "move", zone: "lab" })).zone, "lab");
    await reporting(radio, 7, { temperature: 22 }, async () => {
      return (await zoneOf("lab"))?.readings["temperature"]?.value === 22;
    });
    await until(async () => (await zoneOf("main"))?.readings["temperature"] === undefined);
    await until(() => topics.has(`office/lab/sensor/${HUB}.window/temperature`));
    const rows = await historyOf(node, { hub: HUB, leaf: "window", channel: "temperature" });
    assert.equal(rows[0]?.value, 21);
  });

  test("a leaf is added before it is heard, and names are held apart", async () => {
    const add = (body: object): Promise<Response> =>
      fetch(`${node.file.url}/api/leaves`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const added = await add({ hub: HUB, leafId: 9, name: "door", zone: "lab" });
    assert.equal(added.status, 201);
    await reporting(radio, 9, { door: 1 }, async () => (await zoneOf("lab"))?.readings["door"]);
    assert.equal((await add({ hub: HUB, leafId: 9 })).status, 409);
    assert.equal((await add({ hub: HUB, leafId: 10, name: "door" })).status, 409);
    assert.equal((await add({ hub: "nowhere", leafId: 10 })).status, 404);
    assert.equal((await act(node, `${HUB}/9`, { act: "rename", name: "window" })).status, 409);
    assert.equal((await act(node, `${HUB}/9`, { act: "rename", name: "a/b" })).status, 400);
    assert.equal((await act(node, `${HUB}/99`, { act: "adopt" })).status, 404);
    assert.equal((await act(node, `${HUB}/9`, { act: "explode" })).status, 400);
  });

  test("a leaf that floods is quarantined; its neighbour loses nothing", async () => {
    let sent = 0;
    let nextMs = 0;
    const received = async (): Promise<number> =>
      (await metricsOf(node)).get(`mycel_frames_received_total{hub="${HUB}"}`) ?? 0;
    let all = await received();
    await until(async () => {
      for (let i = 0; i < 40; i++) await radio.report(7, { temperature: 30 });
      all += 40;
      if (Date.now() >= nextMs) {
        await radio.report(9, { co2: ++sent });
        all += 1;
        nextMs = Date.now() + 200;
      }
      // No more at a time than the kernel keeps for a hub that is slow.
      await until(async () => (await received()) >= all);
      return (await leafOf(7))?.quarantined;
    });
    await until(async () => (await events("leaf_quarantined")).length === 1);
    await until(async () => {
      const rows = await historyOf(node, { hub: HUB, leaf: "9", channel: "co2" });
      return rows.length === sent && rows.every((row, at) => row.value === at + 1);
    });
    const neighbour = await leafOf(9);
    assert.equal(neighbour?.quarantined, false);
    assert.equal(neighbour?.refused, 0);
  });

  test("all of it is there after a restart", async () => {
    const described = async () =>
      (await node.json<Leaf[]>("/api/leaves"))
        .map(({ leafId, name, zone, standing, hardware }) => [
          ...[leafId, name, zone, standing, hardware],
        ])
        .sort();
    const before = await described();
    assert.deepEqual(before, [
      [7, "window", "lab", "adopted", null],
      [8, "leaf_8", "main", "adopted", "pico"],
      [9, "door", "lab", "adopted", null],
    ]);
    assert.equal(await disconnect("SIGTERM"), 0);
    await connect();
    assert.deepEqual(await described(), before);
    topics.clear();
    await reporting(radio, 9, { door: 0 }, async () => {
      return topics.has(`office/lab/sensor/${HUB}.door/door`);
    });
  });
});
