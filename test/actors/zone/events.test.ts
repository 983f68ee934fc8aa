import assert from "node:assert/strict";
import { test } from "node:test";
import { eventRules, ZONE_SETTINGS } from "../../../actors/zone/event-rules.ts";
import { EVENTS_KEPT_MAX, emptyEventMemory, ZoneEvents } from "../../../actors/zone/events.ts";
import { eventIds, isName, type OfficeEvent } from "../../../actors/zone/messages.ts";

const MIN = 60_000;
const judge = (settings = {}, memory = emptyEventMemory()) =>
  new ZoneEvents("main", eventRules({ ...ZONE_SETTINGS, ...settings }), memory);

/** Minutes and values of one channel → minutes at which an event of this kind was raised. */
const raisedAt = (
  kind: string,
  channel: string,
  series: readonly (readonly [number, number])[],
  events = judge(),
): number[] =>
  series
    .filter(([minute, value]) =>
      events
        .onFused(channel, { value, atMs: minute * MIN, sources: 1 }, minute * MIN)
        .some((draft) => draft.kind === kind),
    )
    .map(([minute]) => minute);

const tables = [
  {
    name: "co2_threshold_exceeded above 1000 ppm, again after ten minutes while it stays above",
    kind: "co2_threshold_exceeded",
    channel: "co2",
    series: [
      [0, 1000],
      [1, 1000.1],
      [5, 1500],
      [10.9, 1500],
      [11, 1500],
      [12, 900],
      [13, 1100],
      [21, 1100],
    ],
    raised: [1, 11, 21],
  },
  {
    name: "high_temperature above 26 °C once, armed again half a degree lower",
    kind: "high_temperature",
    channel: "temperature",
    series: [
      [0, 26],
      [1, 26.1],
      [40, 26.2],
      [41, 25.6],
      [80, 27],
      [81, 25.5],
      [82, 26.1],
    ],
    raised: [1, 82],
  },
  {
    name: "high_temperature waits for its cooldown and comes then if it is still too warm",
    kind: "high_temperature",
    channel: "temperature",
    series: [
      [0, 27],
      [5, 25],
      [10, 27],
      [29.9, 27],
      [30, 27],
      [60, 27],
    ],
    raised: [0, 30],
  },
  {
    name: "temp_spike on more than 3 °C either way, each time",
    kind: "temp_spike",
    channel: "temperature",
    series: [
      [0, 20],
      [1, 23],
      [2, 26.1],
      [3, 23],
      [4, 19.9],
    ],
    raised: [2, 3, 4],
  },
  {
    name: "temp_spike knows only temperature",
    kind: "temp_spike",
    channel: "co2",
    series: [
      [0, 400],
      [1, 900],
    ],
    raised: [],
  },
] as const;

for (const { name, kind, channel, series, raised } of tables) {
  test(`ZoneEvents raises ${name}`, () => {
    assert.deepEqual(raisedAt(kind, channel, series as never), raised);
  });
}

test("ZoneEvents takes limits from the settings", () => {
  const events = judge({ highTemperatureC: 10, highTemperatureHysteresisC: 2, co2Ppm: 500 });
  assert.deepEqual(
    raisedAt(
      "high_temperature",
      "temperature",
      [
        [0, 10.5],
        [40, 8.5],
        [80, 11],
        [120, 8],
        [121, 11],
      ],
      events,
    ),
    [0, 121],
  );
  assert.deepEqual(raisedAt("co2_threshold_exceeded", "co2", [[0, 501]], events), [0]);
});

test("ZoneEvents does not take a change of sources for a temp_spike", () => {
  const events = judge();
  const fused = (value: number, sources: number) =>
    events.onFused("temperature", { value, atMs: 0, sources }, 0).map(({ kind }) => kind);
  assert.deepEqual(fused(20, 1), []);
  assert.deepEqual(fused(25, 2), []);
  assert.deepEqual(fused(21, 2), ["temp_spike"]);
});

test("ZoneEvents raises sensor_tamper for each device by itself, then waits five minutes", () => {
  const events = judge();
  const at = (source: string, channel: string, value: number, atMs: number) =>
    events.onReading(source, channel, value, atMs).map(({ kind }) => kind);
  assert.deepEqual(at("a", "temperature", 20, 0), []);
  assert.deepEqual(at("b", "temperature", 30, 1_000), []);
  assert.deepEqual(at("a", "temperature", 24.9, 2_000), []);
  assert.deepEqual(at("a", "temperature", 25, 3_000), ["sensor_tamper"]);
  assert.deepEqual(at("a", "humidity", 40, 3_000), []);
  assert.deepEqual(at("a", "humidity", 60, 4_000), []);
  assert.deepEqual(at("b", "humidity", 40, 4_000), []);
  assert.deepEqual(at("b", "humidity", 20, 5_000), ["sensor_tamper"]);
  assert.deepEqual(at("a", "temperature", 20, 303_000 - 20_000), []);
  assert.deepEqual(at("a", "temperature", 30, 303_000), ["sensor_tamper"]);
  assert.deepEqual(at("a", "co2", 4_000, 303_001), []);
});

test("ZoneEvents tells people's coming and going with the new total", () => {
  const events = judge();
  const at = (before: number, count: number) =>
    events.onCount(before, count, 0).map(({ kind, data }) => [kind, data["count"]]);
  assert.deepEqual(at(0, 2), [["person_entered", 2]]);
  assert.deepEqual(at(2, 1), [["person_exited", 1]]);
  assert.deepEqual(at(1, 1), []);
});

test("ZoneEvents raises sedentary_alert at twenty minutes, once an hour", () => {
  const cases = [
    { minute: 0, people: 1, status: "static", s: 1_199, raised: false },
    { minute: 1, people: 0, status: "static", s: 1_200, raised: false },
    { minute: 2, people: 1, status: "mostly_static", s: 1_200, raised: false },
    { minute: 3, people: 1, status: "static", s: 1_200, raised: true },
    { minute: 62, people: 1, status: "static", s: 4_800, raised: false },
    { minute: 63, people: 1, status: "static", s: 4_860, raised: true },
  ];
  const events = judge();
  for (const { minute, people, status, s, raised } of cases) {
    const drafts = events.onPosture(people, status, s, minute * MIN);
    assert.deepEqual(
      drafts.map(({ kind }) => kind),
      raised ? ["sedentary_alert"] : [],
      `${minute}`,
    );
  }
});

test("ZoneEvents writes each event as one sentence for people", () => {
  const events = judge();
  const fused = (value: number) => ({ value, atMs: 0, sources: 1 });
  const messages = [
    ...events.onFused("temperature", fused(33.53926), 0),
    ...events.onFused("temperature", fused(20), 1),
    ...events.onFused("co2", fused(1_234), 0),
    ...events.onCount(0, 1, 0),
    ...events.onCount(3, 2, 0),
    ...events.onDoor("swarm_hub_01.leaf_door_01", "opened", 0),
    ...events.onPosture(1, "static", 1_260, 0),
    ...events.onTaskReport("7", "Water the ficus", "needs_followup", "no can"),
    ...events.onTaskReport("8", "Close the window", "resolved", ""),
    ...events.onReading("x", "humidity", 10, 0),
    ...events.onReading("x", "humidity", 45.5, 1),
  ].map(({ message }) => message);
  assert.deepEqual(messages, [
    "Temperature in main is 33.5 °C, above the limit of 26 °C.",
    "Temperature in main went from 33.5 to 20 °C at once.",
    "CO2 in main is 1234 ppm, above the limit of 1000 ppm.",
    "Someone entered main; 1 person is there now.",
    "Someone left main; 2 people are there now.",
    "Door swarm_hub_01.leaf_door_01 in main opened.",
    "Someone in main has not moved for 21 minutes.",
    'Task "Water the ficus" in main was reported as needs_followup: no can.',
    'Task "Close the window" in main was reported as resolved.',
    "x in main may have been tampered with: humidity changed by 35.5 % within 30 s.",
  ]);
});

test("ZoneEvents keeps cooldowns and the last events in the memory it was given", () => {
  const memory = emptyEventMemory();
  assert.deepEqual(raisedAt("co2_threshold_exceeded", "co2", [[0, 2_000]], judge({}, memory)), [0]);
  const restarted = judge({}, memory);
  assert.deepEqual(
    raisedAt(
      "co2_threshold_exceeded",
      "co2",
      [
        [1, 2_000],
        [10, 2_000],
      ],
      restarted,
    ),
    [10],
  );
  for (let i = 0; i < EVENTS_KEPT_MAX + 5; i++) restarted.keep({ id: `${i}` } as OfficeEvent);
  assert.equal(memory.events.length, EVENTS_KEPT_MAX);
  assert.equal(memory.events.at(-1)?.id, `${EVENTS_KEPT_MAX + 4}`);
});

test("ZoneEvents tells of what is wrong also when the clock was set back by more than a cooldown", () => {
  const events = judge();
  const raised = (minute: number) =>
    raisedAt("co2_threshold_exceeded", "co2", [[minute, 2_000]], events).length;
  assert.deepEqual([1_000, 995, 990, 600, 605].map(raised), [1, 0, 1, 1, 0]);
});

test("eventIds() sort by time, never repeat, and differ between sources and starts", () => {
  const main = eventIds("main", 0.999_999);
  const times = [1_700_000_000_000, 1_700_000_000_000.5, 1_700_000_000_001, 1_800_000_000_000];
  const ids = times.map((atMs) => main(atMs));
  assert.equal(new Set(ids).size, ids.length);
  const moments = ids.map((id) => id.slice(0, 9));
  assert.deepEqual(moments, [...moments].sort());
  assert.notEqual(eventIds("a", 0)(1), eventIds("b", 0)(1));
  assert.notEqual(eventIds("a", 0)(1), eventIds("a", 0.5)(1));
});

test("isName() takes what fits a topic and a path", () => {
  const cases = [
    ["main", true],
    ["leaf_12", true],
    ["a", true],
    ["9-x", true],
    ["a".repeat(64), true],
    ["", false],
    ["_a", false],
    ["a/b", false],
    ["a.b", false],
    ["a#", false],
    ["Main", false],
    ["a b", false],
    ["a".repeat(65), false],
    ["main\n", false],
  ] as const;
  for (const [name, expected] of cases) assert.equal(isName(name), expected, JSON.stringify(name));
});
