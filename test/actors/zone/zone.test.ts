import assert from "node:assert/strict";
import { test } from "node:test";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import type { HistorianCommand } from "../../../actors/historian/messages.ts";
import type {
  OfficeEvent,
  ZoneCommand,
  ZoneSituation,
  ZonesAnswer,
  ZonesCommand,
} from "../../../actors/zone/messages.ts";
import { ZONES_MAX, type ZonesOptions, zones } from "../../../actors/zone/zones.ts";
import { CHANNELS } from "../../../firmware/wire/frame-types.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import fc from "../../support/fc.ts";

const MIN = 60_000;

const zoneOf = (
  settings: ZonesOptions["zones"][number]["settings"] = {},
  recalled: readonly OfficeEvent[] = [],
) => {
  const sim = simulate({ order: "fifo" });
  const dashboard = createProbe<DashboardCommand>(sim.system, "dashboard");
  const historian = createProbe<HistorianCommand>(sim.system, "historian");
  const directory = sim.system.spawn<ZonesCommand>({
    id: "zones",
    start: () =>
      zones({
        zones: [{ id: "main", settings }],
        observers: [dashboard.ref],
        historian: historian.ref,
        recalled,
      }),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  sim.run();
  const open = (zone: string): ZonesAnswer => {
    const asker = createProbe<ZonesAnswer>(sim.system);
    directory.tell({ type: "OpenZone", zone, replyTo: asker.ref });
    sim.run();
    const answer = asker.messages[0];
    assert.ok(answer !== undefined);
    return answer;
  };
  const main = open("main");
  assert.ok(main.type === "ZoneOpened");
  const ref: ActorRef<ZoneCommand> = main.ref;
  return {
    sim,
    dashboard,
    historian,
    directory,
    open,
    ref,
    read(readings: Readonly<Record<string, number>>, source = "hub.leaf_1"): void {
      ref.tell({
        type: "AcceptReadings",
        source,
        atMs: sim.clock.nowMs(),
        readings: Object.entries(readings).map(([channel, value]) => ({ channel, value })),
      });
      sim.advance(250);
    },
    see(personCount: number): void {
      ref.tell({ type: "AcceptOccupancy", source: "cam", atMs: sim.clock.nowMs(), personCount });
      sim.advance(250);
    },
    situations: (): ZoneSituation[] =>
      dashboard.messages.filter((m): m is ZoneSituation => m.type === "ZoneSituation"),
    now(): ZoneSituation {
      const asker = createProbe<ZoneSituation>(sim.system);
      ref.tell({ type: "GetZone", replyTo: asker.ref });
      sim.run();
      return asker.messages[0] as ZoneSituation;
    },
    events: (): string[] =>
      dashboard.messages.flatMap((m) => (m.type === "EventRaised" ? [m.event.kind] : [])),
  };
};

test("zone tells one situation for all readings of a quarter of a second", () => {
  const zone = zoneOf();
  const before = zone.situations().length;
  const atMs = zone.sim.clock.nowMs();
  for (let i = 0; i < 100; i++) {
    const readings = [{ channel: "temperature", value: 20 + i / 100 }];
    zone.ref.tell({ type: "AcceptReadings", source: `leaf_${i}`, atMs, readings });
  }
  zone.sim.advance(249);
  assert.equal(zone.situations().length, before);
  zone.sim.advance(1);
  const told = zone.situations();
  assert.equal(told.length, before + 1);
  const byOrigin = { stranger: 20.495 };
  assert.deepEqual(told.at(-1)?.readings, {
    temperature: { value: 20.495, atMs, sources: 100, byOrigin },
  });
});

test("zone tells nothing while nothing changes", () => {
  const zone = zoneOf();
  zone.read({ temperature: 20 });
  const before = zone.situations().length;
  zone.sim.advance(9 * MIN);
  assert.equal(zone.situations().length, before);
  zone.sim.advance(2 * MIN);
  assert.deepEqual(
    zone.situations().at(-1)?.readings,
    {},
    "what is older than ten minutes is gone",
  );
});

test("zone averages neither motion nor door nor battery", () => {
  const zone = zoneOf();
  zone.read({ motion: 1, door: 1, battery_mv: 3_000 }, "a");
  zone.read({ motion: 0, door: 0, battery_mv: 2_000 }, "b");
  const { readings } = zone.now();
  assert.deepEqual([readings["motion"]?.value, readings["door"]?.value], [1, 1]);
  assert.deepEqual(Object.keys(readings), ["motion", "door"]);
});

test("zone counts one person while something moves and no camera counts any", () => {
  const zone = zoneOf();
  zone.read({ motion: 1 });
  assert.equal(zone.now().occupancy, 1);
  zone.see(3);
  assert.equal(zone.now().occupancy, 3);
  zone.see(0);
  assert.equal(zone.now().occupancy, 1, "out of the camera's sight");
  zone.sim.advance(5 * MIN + 5_000);
  assert.equal(zone.now().occupancy, 0);
  assert.deepEqual(zone.events(), [
    "person_entered",
    "person_entered",
    "person_exited",
    "person_exited",
  ]);
});

test("zone forgets the count of a camera that fell silent", () => {
  const zone = zoneOf();
  zone.see(4);
  zone.sim.advance(66_000);
  assert.equal(zone.situations().at(-1)?.occupancy, 0);
});

/** Minutes of a room in use, or of an empty one. */
const breathe = (zone: ReturnType<typeof zoneOf>, minutes: number, people: boolean): void => {
  for (let minute = 0; minute < minutes; minute++) {
    const co2 = people ? 450 + 8 * minute : 430;
    zone.read({ co2, illuminance: people ? 450 : 0, temperature: people ? 21 : 20, humidity: 30 });
    zone.sim.advance(MIN);
  }
};

test("zone tells presence from the air where neither camera nor motion sensor is", () => {
  const zone = zoneOf();
  breathe(zone, 40, false);
  assert.deepEqual([zone.now().occupancy, zone.now().witness], [0, "air"]);
  breathe(zone, 40, true);
  const { occupancy, witness, air } = zone.now();
  assert.deepEqual([occupancy, witness], [1, "air"]);
  assert.ok((air?.confidence ?? 0) > 0.3);
  assert.ok(zone.events().includes("person_entered"));
});

test("zone believes a motion sensor or a camera before the air, and learns from it", () => {
  const zone = zoneOf();
  zone.read({ motion: 0 }, "pir");
  breathe(zone, 40, true);
  const { occupancy, witness, air } = zone.now();
  assert.deepEqual([occupancy, witness], [0, "motion"]);
  assert.ok((air?.taughtMinutes ?? 0) > 0);
  zone.sim.advance(60 * MIN);
  assert.notEqual(zone.now().witness, "motion", "silent for an hour");
});

test("zone gives what its room has learned to the store each hour, and asks for it at its start", () => {
  const zone = zoneOf();
  assert.deepEqual(
    zone.historian.messages.map(({ type }) => type),
    ["LoadRoom"],
  );
  zone.see(1);
  for (let n = 0; n < 65; n++) {
    breathe(zone, 1, true);
    zone.see(1);
  }
  const kept = zone.historian.messages.filter(({ type }) => type === "SaveRoom");
  assert.equal(kept.length, 1);
});

test("zone says nothing of the air when its settings say so", () => {
  const zone = zoneOf({ airPresence: false });
  breathe(zone, 40, true);
  assert.deepEqual([zone.now().occupancy, zone.now().witness], [0, undefined]);
});

test("zone tells each opening and closing of a door, also within one evaluation", () => {
  const zone = zoneOf();
  const atMs = zone.sim.clock.nowMs();
  for (const [i, value] of [0, 1, 0, 1].entries()) {
    const readings = [{ channel: "door", value }];
    zone.ref.tell({ type: "AcceptReadings", source: "d", atMs: atMs + i, readings });
  }
  zone.sim.advance(250);
  assert.deepEqual(zone.events(), ["door_opened", "door_closed", "door_opened"]);
});

test("zone raises each event to dashboard and historian, and keeps it in its situation", () => {
  const zone = zoneOf({ highTemperatureC: 24 });
  zone.read({ temperature: 25, co2: 1_500 });
  zone.ref.tell({
    type: "AcceptActivity",
    source: "cam",
    atMs: 0,
    personCount: 1,
    activityClass: "idle",
    postureStatus: "static",
    postureDurationS: 1_200,
  });
  zone.ref.tell({
    type: "AcceptTaskReport",
    atMs: 0,
    taskId: "7",
    title: "Water",
    reportStatus: "resolved",
    completionNote: "",
  });
  zone.sim.advance(250);
  const kinds = ["co2_threshold_exceeded", "high_temperature", "sedentary_alert", "task_report"];
  assert.deepEqual([...zone.events()].sort(), kinds);
  const kept = zone.situations().at(-1)?.events ?? [];
  assert.deepEqual(kept.map(({ kind }) => kind).sort(), kinds);
  const recorded = zone.historian.messages.flatMap((m) =>
    m.type === "RecordEvent" ? [m.event.id] : [],
  );
  assert.deepEqual(
    recorded,
    kept.map(({ id }) => id),
  );
  assert.equal(new Set(recorded).size, 4);
  assert.deepEqual(recorded, [...recorded].sort());
  assert.ok(
    kept.every(
      ({ zone: name, hub, message }) =>
        name === "main" && hub === undefined && message.endsWith("."),
    ),
  );
});

test("zone forgets a source that has left", () => {
  const zone = zoneOf();
  zone.read({ temperature: 20, motion: 1, door: 1 }, "a");
  zone.read({ temperature: 30 }, "b");
  zone.ref.tell({ type: "ForgetSource", source: "a" });
  zone.sim.advance(250);
  const last = zone.situations().at(-1);
  assert.deepEqual(Object.keys(last?.readings ?? {}), ["temperature"]);
  assert.equal(last?.readings["temperature"]?.value, 30);
  assert.equal(last?.occupancy, 0);
  zone.read({ temperature: 40, door: 0 }, "a");
  const kinds = zone.events().filter((kind) => kind === "sensor_tamper" || kind === "door_closed");
  assert.deepEqual(kinds, [], "when it comes back it is a new source");
});

test("zone started again raises no event before its cooldown is over, and keeps the last events", () => {
  const zone = zoneOf();
  zone.read({ co2: 1_500 });
  zone.ref.tell({ type: "Crash" } as never);
  zone.sim.run();
  zone.read({ co2: 1_500 });
  assert.deepEqual(zone.events(), ["co2_threshold_exceeded"]);
  assert.equal(zone.now().events.length, 1);
  zone.sim.advance(10 * MIN);
  zone.read({ co2: 1_500 });
  assert.deepEqual(zone.events(), ["co2_threshold_exceeded", "co2_threshold_exceeded"]);
});

test("zone of a node that starts again raises nothing anew whose cooldown lasts, and nothing less besides", () => {
  const before = zoneOf();
  before.read({ co2: 1_500, temperature: 20 });
  before.read({ temperature: 31 });
  const kinds = ["co2_threshold_exceeded", "high_temperature", "sensor_tamper", "temp_spike"];
  assert.deepEqual(before.events().sort(), kinds);
  const recalled = before.historian.messages.flatMap((told) =>
    told.type === "RecordEvent" ? [told.event] : [],
  );

  const after = zoneOf({}, recalled);
  after.read({ co2: 1_500, temperature: 20 });
  after.read({ temperature: 31 });
  assert.deepEqual(after.events(), ["temp_spike"]);
  after.sim.advance(30 * MIN);
  after.read({ temperature: 31 });
  assert.equal(after.events().at(-1), "high_temperature", "it was cool meanwhile");
  const hot = zoneOf({}, recalled);
  hot.sim.advance(20 * MIN);
  hot.read({ co2: 1_500, temperature: 31 });
  assert.deepEqual(hot.events(), ["co2_threshold_exceeded"], "it has been too warm all the time");
  const late = zoneOf({}, recalled);
  late.sim.advance(31 * MIN);
  late.read({ temperature: 31 });
  assert.equal(late.now().events.length, 0);
  const elsewhere = zoneOf(
    {},
    recalled.map((event) => ({ ...event, zone: "attic" })),
  );
  elsewhere.read({ co2: 1_500 });
  assert.deepEqual(elsewhere.events(), ["co2_threshold_exceeded"]);
});

test("zone takes whatever foreign devices say without harm", () => {
  const channel = fc.oneof(
    fc.constantFrom("temperature", "motion", "door", "__proto__", "toString", ""),
    fc.string(),
  );
  const value = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, 1e308, -0));
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          source: fc.string({ maxLength: 3 }),
          ageMs: fc.integer({ min: -1_000_000, max: 1_000_000 }),
          readings: fc.array(fc.record({ channel, value }), { maxLength: 4 }),
        }),
        { maxLength: 40 },
      ),
      (inputs) => {
        const zone = zoneOf();
        for (const { source, ageMs, readings } of inputs) {
          const atMs = zone.sim.clock.nowMs() - ageMs;
          zone.ref.tell({ type: "AcceptReadings", source, atMs, readings });
        }
        zone.sim.advance(6_000);
        const info = zone.sim.system.tree().find(({ path }) => path === zone.ref.path);
        assert.equal(info?.failures, 0);
        for (const fused of Object.values(zone.now().readings))
          assert.ok(Number.isFinite(fused.value));
      },
    ),
    { numRuns: 100 },
  );
});

test("zones open a zone when it is first spoken of, and refuse bad names and too many", () => {
  const zone = zoneOf();
  const hall = zone.open("hall");
  assert.ok(hall.type === "ZoneOpened");
  assert.equal(hall.ref.path, "mycel://sim/user/zones/hall");
  const again = zone.open("hall");
  assert.equal(again.type === "ZoneOpened" && again.ref.path, hall.ref.path);
  assert.deepEqual(zone.open("a/b"), { type: "ZoneRefused", zone: "a/b", reason: "badName" });
  for (let i = 0; i < ZONES_MAX - 2; i++) assert.equal(zone.open(`z${i}`).type, "ZoneOpened");
  assert.deepEqual(zone.open("more"), {
    type: "ZoneRefused",
    zone: "more",
    reason: "tooManyZones",
  });
});

/** Readings as a leaf tells them: a byte of channel and a float32 each. */
const bytesOf = (...readings: readonly (readonly [channel: number, value: number])[]) => {
  const bytes = new Uint8Array(readings.length * 5);
  const view = new DataView(bytes.buffer);
  for (const [i, [channel, value]] of readings.entries()) {
    bytes[i * 5] = channel;
    view.setFloat32(i * 5 + 1, value, true);
  }
  return bytes;
};

test("zone takes a leaf's readings as bytes by its number, once it knows whose that is", () => {
  const zone = zoneOf();
  const [{ code: temperature }, { code: door }] = [CHANNELS.temperature, CHANNELS.door];
  const tell = (number: number, bytes: Uint8Array) => {
    zone.ref.tellBytes(bytes, 0, bytes.length, number, zone.sim.clock.nowMs());
    zone.sim.advance(250);
  };
  tell(7, bytesOf([temperature, 30]));
  assert.deepEqual(zone.now().readings, {}, "nobody has said who number 7 is");

  zone.ref.tell({ type: "NameSource", number: 7, source: "hub.leaf_7" });
  zone.ref.tell({ type: "NameSource", number: 8, source: "hub.leaf_8" });
  tell(7, bytesOf([temperature, 22.3], [door, 0]));
  tell(7, bytesOf([door, 1]));
  tell(8, bytesOf([temperature, 22.3]));
  const { temperature: fused } = zone.now().readings;
  assert.deepEqual([fused?.value, fused?.sources], [22.3, 2]);
  const opened = zone.dashboard.messages.find((m) => m.type === "EventRaised");
  assert.match(opened?.type === "EventRaised" ? opened.event.message : "", /^Door hub\.leaf_7/);

  zone.ref.tell({ type: "ForgetSource", source: "hub.leaf_7" });
  tell(7, bytesOf([temperature, 40]));
  assert.equal(zone.now().readings["temperature"]?.sources, 1, "forgotten with its number");
});

test("zones keeps the numbers of leaves over a zone's restart, so that their readings go on", () => {
  const zone = zoneOf();
  zone.ref.tell({ type: "NameSource", number: 7, source: "hub.leaf_7" });
  zone.sim.run();
  // A message that no zone can handle.
  zone.ref.tell({ type: "AcceptReadings" } as never);
  zone.sim.advance(250);
  const bytes = bytesOf([CHANNELS.temperature.code, 22.5]);
  zone.ref.tellBytes(bytes, 0, bytes.length, 7, zone.sim.clock.nowMs());
  zone.sim.advance(250);
  assert.equal(zone.now().readings["temperature"]?.value, 22.5);
});

test("zone tells what people do while a monitor says so, and no longer than a minute after its last word", () => {
  const zone = zoneOf({});
  const activity = () => zone.situations().at(-1)?.activity;
  assert.equal(activity(), undefined);
  const say = (activityClass: string): void => {
    zone.ref.tell({
      ...{ type: "AcceptActivity", source: "cam", atMs: zone.sim.clock.nowMs(), personCount: 1 },
      ...{ activityClass, postureStatus: "changing", postureDurationS: 3 },
    });
    zone.sim.advance(250);
  };
  say("focused");
  assert.deepEqual(activity(), { class: "focused", posture: "changing" });
  say("high");
  assert.equal(activity()?.class, "high");
  zone.sim.advance(55_000);
  assert.equal(activity()?.class, "high");
  zone.sim.advance(10_000);
  assert.equal(activity(), undefined);
});
