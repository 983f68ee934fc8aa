import assert from "node:assert/strict";
import { test } from "node:test";
import { readForeign } from "../../../actors/bus/foreign.ts";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import type { HistorianCommand } from "../../../actors/historian/messages.ts";
import type {
  OfficeEvent,
  Origin,
  ZoneCommand,
  ZoneSituation,
} from "../../../actors/zone/messages.ts";
import { zone } from "../../../actors/zone/zone.ts";
import { CHANNELS } from "../../../firmware/wire/frame-types.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";

type Foreign = Exclude<Origin, "sensor">;

const start = () => {
  const sim = simulate({ order: "fifo" });
  const observer = createProbe<DashboardCommand>(sim.system, "dashboard");
  const historian = createProbe<HistorianCommand>(sim.system, "historian");
  const settings = { airPresence: false };
  const ref = sim.system.spawn<ZoneCommand>({
    id: "main",
    start: () =>
      zone({ zone: "main", settings, observers: [observer.ref], historian: historian.ref }),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  sim.run();
  const bytesOf = (channel: keyof typeof CHANNELS, value: number): Uint8Array => {
    const bytes = new Uint8Array(5);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, CHANNELS[channel].code);
    view.setFloat32(1, value, true);
    return bytes;
  };
  return {
    sim,
    tell: (message: ZoneCommand) => {
      ref.tell(message);
      sim.advance(250);
    },
    leaf(number: number, channel: keyof typeof CHANNELS, value: number): number {
      ref.tell({ type: "NameSource", number, source: `hub.leaf_${number}` });
      const atMs = sim.clock.nowMs();
      const bytes = bytesOf(channel, value);
      ref.tellBytes(bytes, 0, bytes.length, number, atMs);
      sim.advance(250);
      return atMs;
    },
    foreign(source: string, origin: Foreign, channel: string, value: number): void {
      const readings = [{ channel, value }];
      ref.tell({ type: "AcceptReadings", source, origin, atMs: sim.clock.nowMs(), readings });
      sim.advance(250);
    },
    events: (): OfficeEvent[] =>
      observer.messages.flatMap((m) => (m.type === "EventRaised" ? [m.event] : [])),
    last: (): ZoneSituation | undefined =>
      observer.messages.filter((m): m is ZoneSituation => m.type === "ZoneSituation").at(-1),
  };
};

const causeIn = (event: OfficeEvent | undefined) => {
  const { origin, source, channel, reading, measuredAtMs } = event?.data ?? {};
  return { origin, source, channel, reading, measuredAtMs };
};

test("zone names in an event the reading that led to it: leaf, channel, value and time", () => {
  const main = start();
  main.leaf(1, "temperature", 22);
  const measuredAtMs = main.leaf(2, "temperature", 33.5);
  const [event] = main.events();
  assert.equal(event?.kind, "high_temperature");
  const cause = { origin: "sensor", source: "hub.leaf_2", channel: "temperature", reading: 33.5 };
  assert.deepEqual(causeIn(event), { ...cause, measuredAtMs });
  assert.equal(event?.data["value"], 27.756, "the zone's value stays beside it");
});

test("zone says of every event where it comes from", () => {
  const main = start();
  const atMs = main.sim.clock.nowMs();
  main.foreign("env_1", "device", "co2", 1_500);
  main.leaf(3, "door", 0);
  main.leaf(3, "door", 1);
  main.leaf(4, "motion", 1);
  main.tell({ type: "AcceptOccupancy", source: "cam", origin: "device", atMs, personCount: 3 });
  const posture = { postureStatus: "static", postureDurationS: 1_300, activityClass: "idle" };
  main.tell({ type: "AcceptActivity", source: "act", atMs, personCount: 3, ...posture });
  const report = { taskId: "7", title: "Air", reportStatus: "resolved", completionNote: "done" };
  main.tell({ type: "AcceptTaskReport", source: "7", origin: "device", atMs, ...report });
  main.leaf(5, "humidity", 20);
  main.leaf(5, "humidity", 80);
  main.leaf(1, "temperature", 20);
  main.leaf(1, "temperature", 24);
  const told = main.events().map(({ kind, data }) => `${kind} ${data["origin"]} ${data["source"]}`);
  assert.deepEqual(told, [
    "co2_threshold_exceeded device env_1",
    "door_opened sensor hub.leaf_3",
    "person_entered sensor hub.leaf_4",
    "person_entered device cam",
    "sedentary_alert stranger act",
    "task_report device 7",
    "sensor_tamper sensor hub.leaf_5",
    "temp_spike sensor hub.leaf_1",
  ]);
});

/** Who reports which temperature, then whose the event is. */
const MIXED: readonly (readonly [
  reports: readonly (readonly [Origin, number])[],
  origin: Origin | undefined,
])[] = [
  [[["sensor", 22]], undefined],
  [[["sensor", 27]], "sensor"],
  [[["stranger", 40]], "stranger"],
  // A stranger alone lifts the mean: it is the stranger's event, though leaves are in it.
  [
    [
      ["sensor", 22],
      ["stranger", 60],
    ],
    "stranger",
  ],
  [
    [
      ["sensor", 22],
      ["device", 60],
    ],
    "device",
  ],
  // A leaf is too warm by itself, whatever a stranger says beside it.
  [
    [
      ["stranger", 24],
      ["sensor", 30],
    ],
    "sensor",
  ],
  [
    [
      ["device", 30],
      ["stranger", 90],
    ],
    "device",
  ],
];

test("zone takes an event for a stranger's where no trusted reading is beyond the limit", () => {
  for (const [reports, origin] of MIXED) {
    const main = start();
    for (const [index, [from, value]] of reports.entries()) {
      if (from === "sensor") main.leaf(index, "temperature", value);
      else main.foreign(`dev_${index}`, from, "temperature", value);
    }
    const raised = main.events().find(({ kind }) => kind === "high_temperature");
    assert.equal(raised?.data["origin"], origin, JSON.stringify(reports));
  }
});

test("zone keeps apart what leaves, devices and strangers measure, where not all are leaves", () => {
  const main = start();
  main.leaf(1, "temperature", 22);
  assert.equal(main.last()?.readings["temperature"]?.byOrigin, undefined);
  main.foreign("env", "device", "temperature", 24);
  main.foreign("evil", "stranger", "temperature", 80);
  const fused = main.last()?.readings["temperature"];
  assert.deepEqual(fused?.byOrigin, { sensor: 22, device: 24, stranger: 80 });
});

test("zone never trusts a name again that an unknown device has spoken under", () => {
  const main = start();
  main.foreign("hub.leaf_1", "stranger", "temperature", 20);
  main.leaf(1, "temperature", 30);
  assert.equal(main.events()[0]?.data["origin"], "stranger");
});

test("readForeign() takes only configured devices for devices", () => {
  const payload = new TextEncoder().encode('{"value": 30}');
  const known = new Set(["env_01"]);
  const originOf = (device: string) => {
    const read = readForeign(`office/main/sensor/${device}/temperature`, payload, 0, {
      devices: known,
    });
    return read.ok && "origin" in read.value.command ? read.value.command.origin : undefined;
  };
  assert.equal(originOf("env_01"), "device");
  for (const device of ["env_02", "ENV_01", "env_01.x", "__proto__"])
    assert.equal(originOf(device), "stranger", device);
});

test("zone takes no step for a leaf's that a stranger's readings made, up or down", () => {
  for (const [lie, back] of [
    [5, 24.9],
    [45, 25.1],
  ] as const) {
    const main = start();
    main.leaf(1, "temperature", 25);
    main.foreign("liar", "stranger", "temperature", lie);
    main.leaf(1, "temperature", 25);
    main.foreign("liar", "stranger", "temperature", back);
    main.leaf(1, "temperature", 25);
    const spikes = main.events().filter(({ kind }) => kind === "temp_spike");
    assert.ok(spikes.length > 0, `${lie}`);
    assert.deepEqual(new Set(spikes.map(({ data }) => data["origin"])), new Set(["stranger"]));
  }
  const both = start();
  both.foreign("liar", "stranger", "temperature", 25);
  both.leaf(1, "temperature", 20);
  both.leaf(1, "temperature", 30);
  const [spike] = both.events().filter(({ kind }) => kind === "temp_spike");
  assert.deepEqual(
    causeIn(spike).origin,
    "sensor",
    "a leaf's own step is its own beside a stranger",
  );
});
