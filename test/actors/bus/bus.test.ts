import assert from "node:assert/strict";
import { test } from "node:test";
import { BUS_MAILBOX, type BusOptions, bus } from "../../../actors/bus/bus.ts";
import { createBusCounters } from "../../../actors/bus/bus-counters.ts";
import { BEATING_HUBS, type BusCommand, type TellHeartbeat } from "../../../actors/bus/messages.ts";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import type { HistorianCommand } from "../../../actors/historian/messages.ts";
import type { ZoneCommand, ZonesCommand } from "../../../actors/zone/messages.ts";
import { receive, same } from "../../../runtime/behavior.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import fc from "../../support/fc.ts";
import { memoryBroker } from "./memory-broker.ts";

/** The bus between a broker in memory and probes for everyone else. */
function start(options: Partial<BusOptions> = {}) {
  const sim = simulate();
  const broker = memoryBroker();
  const counters = createBusCounters();
  const zones = new Map(
    ["lab", "hall"].map((zone) => [zone, createProbe<ZoneCommand>(sim.system, `zone-${zone}`)]),
  );
  const asked: string[] = [];
  const zonesParent = sim.system.spawn<ZonesCommand>({
    id: "zones",
    start: () =>
      receive(({ zone, replyTo }) => {
        asked.push(zone);
        const ref = zones.get(zone)?.ref;
        replyTo.tell(
          ref === undefined
            ? { type: "ZoneRefused", zone, reason: "badName" }
            : { type: "ZoneOpened", zone, ref },
        );
        return same;
      }),
    restart: "permanent",
    shutdownMs: 100,
  });
  const dashboard = createProbe<DashboardCommand>(sim.system, "dashboard");
  const historian = createProbe<HistorianCommand>(sim.system, "historian");
  const spec: BusOptions = {
    node: "n1",
    hubs: ["swarm_hub_01"],
    zones: ["lab"],
    zonesParent,
    dashboard: dashboard.ref,
    historian: historian.ref,
    connect: broker.connect,
    counters,
    ...options,
  };
  const ref = sim.system.spawn<BusCommand>({
    id: "bus",
    start: () => bus(spec),
    restart: "permanent",
    shutdownMs: 100,
    mailbox: BUS_MAILBOX,
  });
  sim.run();
  const zone = (name: string) => {
    const probe = zones.get(name);
    assert.ok(probe !== undefined);
    return probe;
  };
  return { sim, spec, broker, counters, zone, asked, dashboard, historian, ref };
}

const reading = (value: number): BusCommand => ({
  type: "PublishReadings",
  zone: "lab",
  hub: "swarm_hub_01",
  leaf: "leaf_12",
  readings: [
    { channel: "temperature", value },
    { channel: "motion", value: 1 },
  ],
});

const heartbeat = (uptimeS: number): BusCommand => ({
  type: "PublishHeartbeat",
  zone: "lab",
  hub: "swarm_hub_01",
  uptimeS,
  leafCount: 3,
});

test("bus() publishes readings on the seed's topics, values as the shortest decimal of the float32", () => {
  const { sim, broker, ref } = start();
  ref.tell(reading(Math.fround(22.1)));
  sim.run();
  assert.deepEqual(
    broker.published.map(({ topic, payload }) => [topic, payload]),
    [
      ["office/lab/sensor/swarm_hub_01.leaf_12/temperature", '{"value":22.1}'],
      ["office/lab/sensor/swarm_hub_01.leaf_12/motion", '{"value":1}'],
    ],
  );
});

test("a bus that is started anew has its hubs online at once, not with their next beats", () => {
  const { sim, broker, ref, spec } = start();
  const hub = createProbe<TellHeartbeat>(sim.system, "swarm_hub_01");
  sim.system.receptionist.register(BEATING_HUBS, hub.ref);
  sim.run();
  assert.deepEqual(hub.messages, [], "a hub that starts beats by itself");
  ref.tell(heartbeat(60));
  sim.run();
  ref.tell({ type: "Crash" } as never);
  sim.run();
  assert.deepEqual([...broker.online], [], `what ${spec.node} knew of its hubs went with the bus`);
  assert.deepEqual(hub.messages, [{ type: "TellHeartbeat" }]);
  ref.tell(heartbeat(61));
  sim.run();
  assert.deepEqual([...broker.online], ["office/lab/sensor/swarm_hub_01/status"]);
});

test("bus() gives each hub a connection with presence, and its heartbeat goes out there", () => {
  const { sim, broker, ref } = start();
  ref.tell(heartbeat(60));
  ref.tell(reading(1));
  sim.run();
  assert.deepEqual([...broker.online], ["office/lab/sensor/swarm_hub_01/status"]);
  assert.deepEqual(broker.connected, ["mycel@n1", "swarm_hub_01@n1"]);
  const [first, second] = broker.published;
  assert.equal(first?.topic, "office/lab/sensor/swarm_hub_01/heartbeat");
  assert.deepEqual(JSON.parse(first.payload), {
    status: "online",
    uptime_sec: 60,
    device_id: "swarm_hub_01",
    leaf_count: 3,
  });
  assert.equal(second?.clientId, "swarm_hub_01@n1");
});

test("bus() says offline for a hub that has missed three heartbeats, and online when it is back", () => {
  const { sim, broker, ref } = start();
  for (let minute = 0; minute < 5; minute++) {
    ref.tell(heartbeat(minute * 60));
    sim.advance(60_000);
  }
  assert.equal(broker.online.size, 1);
  sim.advance(240_000);
  assert.equal(broker.online.size, 0);
  ref.tell(heartbeat(600));
  sim.run();
  assert.equal(broker.online.size, 1);
});

test("bus() says offline for its hubs when it stops", async () => {
  const { sim, broker, ref } = start();
  ref.tell(heartbeat(1));
  sim.run();
  void sim.system.shutdown();
  sim.run();
  await sim.settle();
  assert.equal(broker.online.size, 0);
});

test("bus() brings foreign devices into their zone, also a 0 under the channel's own name", () => {
  const { sim, broker, zone } = start();
  broker.say("office/lab/sensor/desk_7/co2", { value: 640 });
  broker.say("office/lab/sensor/desk_7/motion", { motion: 0, value: 1 });
  broker.say("office/lab/occupancy", { zone: "lab", occupied: true, person_count: 2 });
  broker.say("office/lab/activity/cam_1", {
    person_count: 1,
    activity_class: "idle",
    posture_status: "static",
    posture_duration_sec: 1_300,
  });
  broker.say("office/lab/task_report/t1", {
    task_id: "t1",
    title: "Coffee",
    report_status: "resolved",
  });
  sim.run();
  const atMs = 0;
  assert.deepEqual(
    zone("lab").messages.map((message) => ({ ...message, atMs })),
    [
      {
        type: "AcceptReadings",
        source: "desk_7",
        origin: "stranger",
        atMs,
        readings: [{ channel: "co2", value: 640 }],
      },
      {
        type: "AcceptReadings",
        source: "desk_7",
        origin: "stranger",
        atMs,
        readings: [{ channel: "motion", value: 0 }],
      },
      { type: "AcceptOccupancy", source: "occupancy", origin: "stranger", atMs, personCount: 2 },
      {
        type: "AcceptActivity",
        source: "cam_1",
        origin: "stranger",
        atMs,
        personCount: 1,
        activityClass: "idle",
        postureStatus: "static",
        postureDurationS: 1_300,
      },
      {
        type: "AcceptTaskReport",
        source: "t1",
        origin: "stranger",
        atMs,
        taskId: "t1",
        title: "Coffee",
        reportStatus: "resolved",
        completionNote: "",
      },
    ],
  );
});

test("bus() never takes in what its own hubs said, configured or heard of since", () => {
  const { sim, broker, counters, zone, ref } = start();
  ref.tell({ ...reading(1), hub: "swarm_hub_09" } as BusCommand);
  sim.run();
  broker.say("office/lab/sensor/swarm_hub_01.leaf_3/co2", { value: 1 });
  broker.say("office/lab/sensor/swarm_hub_09.leaf_3/co2", { value: 1 });
  broker.say("office/lab/sensor/swarm_hub_01/heartbeat", { status: "online" });
  broker.say("office/lab/sensor/swarm_hub_01/status", { status: "online" }, true);
  sim.run();
  assert.equal(counters.received, 0);
  assert.ok(counters.own >= 4);
  assert.equal(zone("lab").messages.length, 0);
  broker.say("office/lab/sensor/swarm_hub_77.leaf_3/co2", { value: 1 });
  sim.run();
  assert.equal(zone("lab").messages.length, 1, "a hub of another node is foreign");
});

test("bus() counts what it refuses by reason", () => {
  const { sim, broker, counters, zone } = start();
  const cases: [topic: string, payload: unknown, reason: string, retained?: boolean][] = [
    ["office/lab", {}, "badTopic"],
    ["office/lab/sensor/x", { value: 1 }, "badTopic"],
    ["office/lab/sensor/x/y/z", { value: 1 }, "badTopic"],
    ["office/lab/sensor/a b/co2", { value: 1 }, "badTopic"],
    ["office/../sensor/x/co2", { value: 1 }, "badTopic"],
    ["hydro/lab/sensor/x/co2", { value: 1 }, "badTopic"],
    ["office/lab/light/lamp/state", { value: 1 }, "otherType"],
    ["office/lab/sensor/other_hub/heartbeat", { status: "online" }, "otherType"],
    ["office/lab/sensor/x/co2", { value: 1 }, "retained", true],
    ["office/lab/sensor/x/co2", `{"value":1,"x":"${"x".repeat(9_000)}"}`, "tooLarge"],
    ["office/lab/sensor/x/co2", "{", "badJson"],
    ["office/lab/sensor/x/co2", "[1]", "badJson"],
    ["office/lab/sensor/x/co2", { value: "12" }, "badValue"],
    ["office/lab/sensor/x/co2", '{"value":1e999}', "badValue"],
    ["office/lab/sensor/x/__proto__", {}, "badValue"],
    ["office/lab/occupancy", { person_count: -1 }, "badValue"],
    ["office/lab/occupancy", { person_count: 1.5 }, "badValue"],
    ["office/nowhere/sensor/x/co2", { value: 1 }, "unknownZone"],
  ];
  const expected: Record<string, number> = {};
  for (const [topic, payload, reason, retained] of cases) {
    broker.say(topic, payload, retained);
    expected[reason] = (expected[reason] ?? 0) + 1;
  }
  sim.run();
  const counted = Object.entries(counters.refused).filter(([, count]) => count > 0);
  assert.deepEqual(Object.fromEntries(counted), expected);
  assert.equal(zone("lab").messages.length, 0);
});

test("bus() learns zones from leaves and never from topics", () => {
  const { sim, broker, asked, counters, zone, ref } = start();
  broker.say("office/hall/sensor/x/co2", { value: 1 });
  sim.run();
  assert.equal(counters.refused.unknownZone, 1);
  ref.tell({ ...reading(1), zone: "hall" } as BusCommand);
  sim.run();
  broker.say("office/hall/sensor/x/co2", { value: 1 });
  sim.run();
  assert.equal(zone("hall").messages.length, 1);
  assert.deepEqual(asked, ["lab", "hall"]);
});

test("bus() raises one event when the broker goes and one when it returns", () => {
  const { sim, broker, counters, dashboard, historian } = start();
  assert.equal(counters.isConnected, true);
  for (const up of [false, false, true, true, false]) broker.setUp(up);
  sim.run();
  const kinds = dashboard.messages.map((message) =>
    message.type === "EventRaised" ? message.event.kind : message.type,
  );
  assert.deepEqual(kinds, ["broker_lost", "broker_returned", "broker_lost"]);
  assert.equal(historian.messages.length, 3);
  assert.equal(counters.isConnected, false);
});

test("bus() survives any topic and payload, and accounts for each", () => {
  const part = fc.oneof(
    fc.constantFrom("office", "lab", "sensor", "camera", "occupancy", "activity", "task_report"),
    fc.constantFrom("co2", "value", "", "..", "+", "#", "$SYS", "__proto__"),
    fc.string({ unit: "binary", maxLength: 12 }),
  );
  const topic = fc.oneof(
    fc.array(part, { maxLength: 7 }).map((parts) => parts.join("/")),
    fc.array(part, { maxLength: 3 }).map((parts) => ["office", "lab", ...parts].join("/")),
  );
  const value = fc.oneof(fc.double(), fc.boolean(), fc.string(), fc.constant(null));
  const field = fc.constantFrom("value", "co2", "person_count", "occupied", "posture_duration_sec");
  const payload = fc.oneof(
    fc.json(),
    fc.string(),
    fc.dictionary(field, value, { noNullPrototype: true }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(topic, payload, fc.boolean()), { maxLength: 30 }), (said) => {
      const { sim, broker, counters, zone } = start();
      for (const [at, what, retained] of said) broker.say(at, what, retained);
      sim.run();
      const refused = Object.values(counters.refused).reduce((sum, count) => sum + count, 0);
      assert.equal(counters.received, refused + zone("lab").messages.length);
      assert.equal(sim.system.tree().find(({ path }) => path.endsWith("/bus"))?.failures, 0);
    }),
    { numRuns: 200 },
  );
});

test("bus() publishes a task's report as the seed does, and takes its echo for its own, another's for another's", () => {
  const { sim, broker, ref, counters, zone } = start();
  const topic = "office/lab/task_report/17";
  const report = (completionNote: string): BusCommand => ({
    ...{ type: "PublishTaskReport", zone: "lab", taskId: "17", title: "Water" },
    ...{ reportStatus: "resolved", completionNote },
  });
  ref.tell(report("done"));
  sim.run();
  const payload = {
    ...{ task_id: 17, title: "Water", report_status: "resolved", completion_note: "done" },
    zone: "lab",
  };
  assert.deepEqual(
    broker.published.map((one) => [one.topic, JSON.parse(one.payload)]),
    [[topic, payload]],
  );

  broker.say(topic, broker.published[0]?.payload);
  sim.run();
  assert.deepEqual([counters.own, counters.received, zone("lab").messages.length], [1, 0, 0]);

  broker.say(topic, { ...payload, completion_note: "forged" });
  broker.say(topic, broker.published[0]?.payload);
  sim.run();
  assert.deepEqual([counters.own, counters.received], [1, 2], "its own comes back once");
  assert.deepEqual(
    zone("lab").messages.map((one) => one.type),
    ["AcceptTaskReport", "AcceptTaskReport"],
  );

  for (let id = 0; id < 300; id += 1) ref.tell(report(`${id}`));
  sim.run();
  broker.say(topic, broker.published[1]?.payload);
  sim.run();
  assert.equal(counters.own, 1, "of more than 256 the oldest are not remembered");
  broker.say(topic, broker.published.at(-1)?.payload);
  assert.equal(counters.own, 2);
});
