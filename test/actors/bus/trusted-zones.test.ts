/** `mqtt.trustedZones`: how far an unknown device of the bus is believed there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { contextOf } from "../../../actors/agent/safety/warrants.ts";
import { readForeign } from "../../../actors/bus/foreign.ts";
import { isPlausible } from "../../../actors/bus/plausible.ts";
import { validateConfig } from "../../../config/parse.ts";
import { CHANNELS } from "../../../firmware/wire/frame-types.ts";
import fc from "../../support/fc.ts";

const trust = { zones: new Set(["main"]) };
const bytes = (payload: unknown): Uint8Array =>
  new TextEncoder().encode(typeof payload === "string" ? payload : JSON.stringify(payload));
const read = (topic: string, payload: unknown, by: Parameters<typeof readForeign>[3] = trust) => {
  const message = readForeign(topic, bytes(payload), 0, by);
  if (!message.ok) return message.error;
  const { command } = message.value;
  return "origin" in command ? command.origin : undefined;
};

const ROWS: readonly (readonly [string, unknown, string])[] = [
  ["office/main/sensor/x/temperature", { value: 30.5 }, "device"],
  ["office/main/sensor/x/temperature", { value: 85 }, "device"],
  ["office/main/sensor/x/temperature", { value: 85.01 }, "implausible"],
  ["office/main/sensor/x/temperature", { value: -41 }, "implausible"],
  ["office/main/sensor/x/temperature", { value: 1e300 }, "implausible"],
  ["office/main/sensor/x/temperature", '{"value":1e999}', "badValue"],
  ["office/main/sensor/x/temperature", { value: "30" }, "badValue"],
  ["office/main/sensor/x/temperature", { value: ["30"] }, "badValue"],
  ["office/main/sensor/x/motion", { value: true }, "device"],
  ["office/main/sensor/x/door", { value: 2 }, "implausible"],
  ["office/main/sensor/x/TEMPERATURE", { value: 20 }, "implausible"],
  ["office/main/sensor/x/open_the_window", { value: 20 }, "implausible"],
  ["office/main/sensor/x/posture", { value: 20 }, "implausible"],
  ["office/main/sensor/x/__proto__", { value: 20 }, "implausible"],
  ["office/main/sensor/x/constructor", { value: 20 }, "implausible"],
  ["office/main/occupancy", { person_count: 3 }, "device"],
  ["office/main/occupancy", { person_count: 1e6 }, "badValue"],
  ["office/main/camera/c", { occupied: true }, "device"],
  ["office/main/activity", { person_count: 1, posture_duration_sec: 1_300 }, "device"],
  ["office/main/activity", { person_count: 1, posture_duration_sec: 1e9 }, "implausible"],
  ["office/main/task_report/1", { report_status: "needs_followup" }, "stranger"],
  ["office/hall/sensor/x/temperature", { value: 30.5 }, "stranger"],
  ["office/Main/sensor/x/temperature", { value: 30.5 }, "badTopic"],
];

test("a zone that is trusted vouches for no task report, for no other zone, and for nothing by default", () => {
  for (const [topic, payload, origin] of ROWS) {
    assert.equal(read(topic, payload), origin, `${topic} ${JSON.stringify(payload)}`);
    assert.notEqual(read(topic, payload, {}), "device", topic);
  }
  const config = validateConfig({ zones: [{ id: "lab" }], hubs: [{ id: "h", zone: "lab" }] });
  assert.deepEqual(config.ok && config.value.mqtt.trustedZones, []);
});

test("readForeign() believes a trusted zone's unknown device no more than a plausible measurement, whatever it sends", () => {
  const level = fc.oneof(
    fc.constantFrom("main", "sensor", "occupancy", "camera", "activity", "task_report"),
    fc.constantFrom(...Object.keys(CHANNELS)),
    fc.string({ unit: "grapheme", maxLength: 20 }),
  );
  const topics = fc.array(level, { maxLength: 5 }).map((levels) => ["office", "main", ...levels]);
  const field = fc.constantFrom("value", "person_count", "occupied", "activity_class", "origin");
  const payloads = fc.oneof(
    fc.dictionary(fc.oneof(field, fc.constantFrom(...Object.keys(CHANNELS))), fc.jsonValue()),
    fc.dictionary(field, fc.oneof(fc.double(), fc.integer(), fc.boolean())),
    fc.string(),
  );
  fc.assert(
    fc.property(topics, payloads, (levels, payload) => {
      const found = readForeign(levels.join("/"), bytes(payload), 0, trust);
      if (!found.ok) return;
      const { command, zone } = found.value;
      assert.equal(zone, "main");
      if (command.type === "AcceptReadings") {
        for (const { channel, value } of command.readings) assert.ok(isPlausible(channel, value));
      } else if (command.type === "AcceptOccupancy") {
        assert.ok(Number.isInteger(command.personCount) && command.personCount >= 0);
      } else if (command.type === "AcceptActivity") {
        assert.match(`${command.activityClass}${command.postureStatus}`, /^[a-z_]{0,48}$/);
      } else {
        assert.equal("origin" in command && command.origin, "stranger");
      }
    }),
    { numRuns: 2_000 },
  );
});

test("what a device of a trusted zone measures is a reason in its zone, and its words are still another's", () => {
  const event = {
    ...{ id: "e", atMs: 0, kind: "high_temperature" as const, severity: "warning" as const },
    ...{ zone: "main", hub: undefined, leafId: undefined, message: "x says it is hot" },
    data: { origin: "device" },
  };
  const seen = { cycleId: "c", nowMs: 0, note: undefined, events: [event], tasks: [] };
  const context = contextOf({ ...seen, situations: [], reports: [] } as unknown as Parameters<
    typeof contextOf
  >[0]);
  assert.deepEqual(
    context.warrants.map(({ provenance, zone }) => [provenance, zone]),
    [["device", "main"]],
  );
  assert.deepEqual([context.trusted, context.untrusted.length], [[], 1]);
});

test("mqtt.trustedZones names zones that there are", () => {
  const read = validateConfig({
    ...{ zones: [{ id: "lab" }], hubs: [{ id: "h", zone: "lab" }] },
    mqtt: { trustedZones: ["labb"] },
  });
  assert.deepEqual(read.ok ? [] : read.error.map(({ path }) => path), ["mqtt.trustedZones[0]"]);
});
