import assert from "node:assert/strict";
import { test } from "node:test";
import type { HubStatus } from "../../../actors/hub/messages.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { bytesOf, HUB, heartbeat, officeOf, registration, report, unaccounted } from "./office.ts";

test("hub gives a registered leaf's report to its row, the zone, the bus and the historian", () => {
  const office = officeOf();
  office.frame(registration(12, "esp32", ["temperature", "humidity"]));
  office.frame(report(12, { temperature: 22.3, humidity: 40.5 }));
  office.sim.advance(300);

  const row = office.row(12);
  assert.deepEqual(
    { hubNo: row.hubNo, leafId: row.leafId, online: row.online, standing: row.standing },
    { hubNo: 2, leafId: 12, online: true, standing: "adopted" },
  );
  assert.deepEqual([...row.values.subarray(0, 2)], [Math.fround(22.3), 40.5]);
  assert.equal(row.frames, 2);
  assert.deepEqual(office.published(), [
    "main leaf_12 temperature 22.3",
    "main leaf_12 humidity 40.5",
  ]);
  const atMs = office.sim.clock.nowMs() - 300;
  assert.deepEqual(office.readings, [
    { hubNo: 2, leafId: 12, channel: 1, value: Math.fround(22.3), atMs },
    { hubNo: 2, leafId: 12, channel: 2, value: 40.5, atMs },
  ]);
  assert.deepEqual(office.situation("main")?.readings, {
    temperature: { value: 22.3, atMs, sources: 1 },
    humidity: { value: 40.5, atMs, sources: 1 },
  });
  assert.deepEqual(office.saved.get(12), {
    hub: HUB,
    leafId: 12,
    name: "leaf_12",
    zone: "main",
    hardware: "esp32",
    capabilities: ["temperature", "humidity"],
    standing: "adopted",
    claimedHardware: undefined,
  });
  assert.deepEqual(office.events(), ["leaf_registered"]);
});

test("hub publishes what changes where the settings say so; zone and store hear of all", () => {
  const telemetry = { mode: "onChange", minIntervalS: 10 } as const;
  const office = officeOf({ settings: { telemetry } });
  office.frame(registration(12, "esp32", ["temperature", "humidity"]));
  for (const [temperature, humidity] of [
    [20, 40],
    [20, 41],
    [21, 42],
  ] as const) {
    office.frame(report(12, { temperature, humidity }));
    office.sim.advance(6_000);
  }
  assert.deepEqual(office.published(), [
    "main leaf_12 temperature 20",
    "main leaf_12 humidity 40",
    "main leaf_12 temperature 21",
    "main leaf_12 humidity 42",
  ]);
  assert.equal(office.readings.length, 6);
  assert.equal(office.situation("main")?.readings["humidity"]?.value, 42);

  office.ask((replyTo) => ({ type: "RenameLeaf", leafId: 12, name: "window", replyTo }));
  office.frame(report(12, { temperature: 21 }));
  office.sim.advance(1_000);
  assert.equal(office.published().at(-1), "main window temperature 21");
  assert.equal(office.situation("main")?.readings["temperature"]?.sources, 1);
});

test("hub shows a leaf that never registered apart: a row, and nothing to zone, bus or store", () => {
  const office = officeOf();
  office.frame(report(7, { temperature: 22 }));
  office.sim.advance(300);
  assert.equal(office.row(7).standing, "stranger");
  assert.equal(office.row(7).values[0], 22);
  assert.deepEqual(office.published(), []);
  assert.deepEqual(office.readings, []);
  assert.deepEqual(office.situation("main")?.readings, {});
  assert.equal(office.saved.size, 0);
  assert.deepEqual(office.events(), ["leaf_online"]);

  const answer = office.ask((replyTo) => ({ type: "AdoptLeaf", leafId: 7, replyTo }));
  assert.equal(answer?.type, "HubAccepted");
  office.frame(report(7, { temperature: 23 }));
  assert.deepEqual(office.published(), ["main leaf_7 temperature 23"]);
  assert.deepEqual(office.events(), ["leaf_online", "leaf_adopted"]);
});

test("hub adopts whoever is heard when told to", () => {
  const office = officeOf({ settings: { adopt: "always" } });
  office.frame(report(7, { temperature: 22 }));
  office.frame(report(7, { temperature: 23 }));
  assert.equal(office.saved.get(7)?.standing, "adopted");
  assert.ok(office.published().includes("main leaf_7 temperature 23"));
});

test("hub tells a reboot, once a minute however often the leaf registers", () => {
  const office = officeOf();
  office.frame(registration(1));
  office.frame(registration(1));
  office.frame(registration(1));
  assert.deepEqual(office.events(), ["leaf_registered", "leaf_rebooted"]);
  office.sim.advance(61_000);
  office.frame(registration(1));
  assert.deepEqual(office.events(), ["leaf_registered", "leaf_rebooted", "leaf_rebooted"]);
  assert.equal(office.counters.read().applied, 4);
});

test("hub refuses other hardware until an operator agrees, and uses the old leaf meanwhile", () => {
  const office = officeOf();
  office.frame(registration(5, "esp32"), 1);
  office.frame(report(5, { temperature: 20 }), 1);
  office.frame(registration(5, "pico", ["co2"]), 2);
  office.frame(report(5, { temperature: 99 }), 2);
  office.frame(report(5, { temperature: 21 }), 1);
  office.frame(registration(5, "pico", ["co2"]), 2);
  assert.deepEqual(office.published(), [
    "main leaf_5 temperature 20",
    "main leaf_5 temperature 21",
  ]);
  assert.deepEqual(office.events(), ["leaf_registered", "leaf_disputed"]);
  assert.deepEqual(office.counters.read().refused, { disputed: 3 });
  assert.equal(office.row(5).standing, "disputed");
  assert.equal(office.saved.get(5)?.claimedHardware, "pico");

  const agreed = office.ask((replyTo) => ({ type: "AgreeHardware", leafId: 5, replyTo }));
  assert.deepEqual(
    agreed?.type === "HubAccepted" && [agreed.record.hardware, agreed.record.capabilities],
    ["pico", ["co2"]],
  );
  office.frame(report(5, { temperature: 25 }), 2);
  assert.equal(office.published().at(-1), "main leaf_5 temperature 25");
  const again = office.ask((replyTo) => ({ type: "AgreeHardware", leafId: 5, replyTo }));
  assert.deepEqual(again, { type: "HubRefused", reason: "notDisputed" });
});

test("hub uses no readings of a disputed id when both claimants have one address", () => {
  const office = officeOf();
  office.frame(registration(5, "esp32"), 1);
  office.frame(registration(5, "pico"), 1);
  office.frame(report(5, { temperature: 99 }), 1);
  assert.deepEqual(office.published(), []);
  assert.equal(office.row(5).values[0], 99);
});

test("hub answers operators' acts, and does what they ask", () => {
  const office = officeOf();
  office.frame(registration(3));
  office.frame(report(3, { temperature: 20 }));
  office.sim.advance(300);
  const cases = [
    { act: { type: "RenameLeaf", leafId: 3, name: "window" }, answer: "HubAccepted" },
    { act: { type: "RenameLeaf", leafId: 3, name: "window" }, answer: "HubAccepted" },
    { act: { type: "RenameLeaf", leafId: 3, name: "leaf_4" }, answer: "nameTaken" },
    { act: { type: "RenameLeaf", leafId: 3, name: "a/b" }, answer: "badName" },
    { act: { type: "RenameLeaf", leafId: 9, name: "x" }, answer: "leafUnknown" },
    { act: { type: "AddLeaf", leafId: 3, name: undefined, zone: undefined }, answer: "leafExists" },
    { act: { type: "AddLeaf", leafId: 4, name: "window", zone: undefined }, answer: "nameTaken" },
    { act: { type: "AddLeaf", leafId: 4, name: "door", zone: "hall" }, answer: "HubAccepted" },
    { act: { type: "AddLeaf", leafId: 256, name: undefined, zone: undefined }, answer: "hubFull" },
    { act: { type: "AddLeaf", leafId: 1.5, name: undefined, zone: undefined }, answer: "hubFull" },
    { act: { type: "MoveLeaf", leafId: 3, zone: "kitchen" }, answer: "HubAccepted" },
    { act: { type: "MoveLeaf", leafId: 3, zone: "#" }, answer: "badName" },
    { act: { type: "AdoptLeaf", leafId: 3 }, answer: "HubAccepted" },
    { act: { type: "AdoptLeaf", leafId: 8 }, answer: "leafUnknown" },
    { act: { type: "AgreeHardware", leafId: 3 }, answer: "notDisputed" },
    { act: { type: "KeepHardware", leafId: 3 }, answer: "notDisputed" },
    { act: { type: "LimitLeaf", leafId: 3, framesPerSecondMax: null }, answer: "HubAccepted" },
    { act: { type: "LimitLeaf", leafId: 99, framesPerSecondMax: 1 }, answer: "leafUnknown" },
  ] as const;
  for (const { act, answer } of cases) {
    const got = office.ask((replyTo) => ({ ...act, replyTo }));
    assert.equal(got?.type === "HubRefused" ? got.reason : got?.type, answer, JSON.stringify(act));
  }
  assert.deepEqual(office.events(), [
    "leaf_registered",
    "leaf_renamed",
    "leaf_added",
    "leaf_moved",
  ]);

  office.frame(report(3, { temperature: 21 }));
  office.sim.advance(300);
  assert.equal(office.published().at(-1), "kitchen window temperature 21");
  assert.deepEqual(office.situation("main")?.readings, {}, "the old zone has forgotten the leaf");
  assert.equal(office.situation("kitchen")?.readings["temperature"]?.value, 21);
});

test("hub changes nothing before the store has it, and says so when the store cannot", () => {
  const office = officeOf();
  office.frame(registration(3));
  for (const answers of ["refused", "silent"] as const) {
    office.store.answers = answers;
    const asker = createProbe<unknown>(office.system);
    office.hub.tell({ type: "RenameLeaf", leafId: 3, name: "window", replyTo: asker.ref });
    office.sim.advance(5_000);
    assert.deepEqual(asker.messages, [{ type: "HubRefused", reason: "storeUnavailable" }]);
    office.frame(report(3, { temperature: 20 }));
    assert.equal(office.published().at(-1), "main leaf_3 temperature 20");
  }
  assert.deepEqual(office.events(), ["leaf_registered"]);
});

test("hub tries a registration again that the store could not take, since a leaf registers once", () => {
  const office = officeOf();
  office.store.answers = "refused";
  office.frame(registration(3));
  assert.deepEqual(office.counters.read().refused, { storeUnavailable: 1 });
  assert.equal(office.row(3).standing, "stranger");
  office.sim.advance(31_000);
  office.store.answers = "saved";
  office.sim.advance(31_000);
  assert.equal(office.saved.get(3)?.standing, "adopted");
  assert.equal(office.row(3).standing, "adopted");
  assert.equal(unaccounted(office.counters.read()), 0);
});

test("hub serves operators one after the other for each leaf, and bounds how many wait", () => {
  const office = officeOf();
  office.frame(registration(3));
  office.store.answers = "silent";
  const asker = createProbe<{ type: string; reason?: string }>(office.system);
  for (let i = 0; i < 20; i++) {
    office.hub.tell({ type: "RenameLeaf", leafId: 3, name: `n${i}`, replyTo: asker.ref });
  }
  office.sim.run();
  assert.equal(asker.messages.length, 11, "one is under way and eight wait");
  office.sim.advance(5_000);
  office.store.answers = "saved";
  office.sim.advance(5_000);
  assert.equal(asker.messages.length, 20);
  assert.equal(office.saved.get(3)?.name, "n8");
});

test("hub counts each refused frame under its reason", () => {
  const office = officeOf({ rowsMax: 10 });
  const good = bytesOf(report(1, { temperature: 20 }));
  const bad = (at: number, value: number): Uint8Array => {
    const bytes = good.slice();
    bytes[at] = value;
    return bytes;
  };
  office.send(good.subarray(0, 4));
  office.send(new Uint8Array(246));
  office.send(bad(0, 0x54));
  office.send(bad(1, 2));
  office.send(bad(5, 0xff));
  office.send(bytesOf({ version: 1, type: "TIME_SYNC", leafId: 1, unixS: 5 }));
  office.send(bytesOf({ version: 1, type: 0x33, leafId: 1, payloadHex: "00" }));
  office.send(bytesOf(report(10, { temperature: 20 })));
  office.send(good);
  office.sim.run();
  const { received, applied, refused } = office.counters.read();
  assert.deepEqual(
    { received, applied, refused },
    {
      received: 9,
      applied: 1,
      refused: {
        tooShort: 1,
        tooLong: 1,
        badMagic: 1,
        unsupportedVersion: 1,
        badChecksum: 1,
        unexpectedType: 2,
        hubFull: 1,
      },
    },
  );
});

test("hub puts a flooding leaf in quarantine and its neighbours notice nothing", () => {
  const office = officeOf();
  office.frame(registration(1));
  office.frame(registration(2));
  const flood = bytesOf(report(1, { temperature: 20 }));
  let neighbour = 0;
  for (let ms = 0; ms < 10_000; ms += 10) {
    office.send(flood);
    if (ms % 1_000 === 0) {
      office.send(bytesOf(report(2, { temperature: 21 })));
      neighbour += 1;
    }
    office.sim.advance(10);
  }
  assert.deepEqual(
    office.events().filter((kind) => kind !== "leaf_registered"),
    ["leaf_quarantined"],
  );
  assert.equal(office.row(1).quarantined, true);
  assert.equal(office.row(2).frames, neighbour + 1);
  assert.equal(office.row(2).refused, 0);
  assert.equal(office.row(1).frames + office.row(1).refused, 1_001);
  assert.equal(unaccounted(office.counters.read()), 0);
  office.sim.advance(60_000);
  assert.equal(office.row(1).quarantined, false);
  assert.equal(office.events().at(-1), "leaf_released");
  office.frame(report(1, { temperature: 22 }));
  assert.equal(office.row(1).values[0], 22);
});

test("hub takes a burst of all its leaves at once, refusing none", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const office = officeOf({ seed });
    for (let leafId = 0; leafId < 256; leafId++) office.frame(registration(leafId));
    for (let round = 0; round < 15; round++) {
      for (let leafId = 0; leafId < 256; leafId++) {
        office.send(bytesOf(report(leafId, { temperature: round, humidity: 40 })));
      }
    }
    office.sim.advance(100);
    const { applied, refused, reportsNotPassed } = office.counters.read();
    assert.deepEqual([applied, refused, reportsNotPassed], [16 * 256, {}, 0], `seed ${seed}`);
    assert.equal(office.readings.length, 2 * 15 * 256);
  }
});

test("hub lifts a leaf's limit when told to, for a replay", () => {
  const office = officeOf();
  office.frame(registration(1));
  office.ask((replyTo) => ({
    type: "LimitLeaf",
    leafId: 1,
    framesPerSecondMax: null,
    replyTo,
  }));
  for (let i = 0; i < 2_000; i++) office.frame(report(1, { temperature: i / 100 }));
  office.sim.advance(100);
  assert.equal(office.readings.length, 2_000);
  assert.deepEqual(
    office.readings.map(({ value }) => value),
    Array.from({ length: 2_000 }, (_, i) => Math.fround(i / 100)),
  );
});

test("leaf goes offline after 120 s of silence and comes back with an event", () => {
  const office = officeOf();
  office.frame(registration(1));
  office.sim.advance(100_000);
  office.frame(heartbeat(1));
  office.sim.advance(119_999);
  assert.equal(office.row(1).online, true);
  office.sim.advance(1);
  assert.equal(office.row(1).online, false);
  office.sim.advance(600_000);
  assert.deepEqual(office.events(), ["leaf_registered", "leaf_offline"]);
  office.frame(heartbeat(1));
  assert.equal(office.row(1).online, true);
  assert.deepEqual(office.events(), ["leaf_registered", "leaf_offline", "leaf_online"]);
});

test("leaf warns of a low battery once, not at each flutter around the limit, and again next day", () => {
  const office = officeOf();
  office.frame(registration(1));
  const warnings = () => office.events().filter((kind) => kind === "low_battery").length;
  for (const [mv, expected] of [
    [0, 0],
    [2_400, 0],
    [2_399, 1],
    [2_410, 1],
    [2_390, 1],
    [2_500, 1],
    [2_399, 1],
  ] as const) {
    office.frame(heartbeat(1, mv));
    assert.equal(warnings(), expected, `${mv} mV`);
    office.sim.advance(1_000);
  }
  assert.equal(office.row(1).lowBattery, true);
  office.sim.advance(86_400_000);
  office.frame(heartbeat(1, 2_500));
  assert.equal(office.row(1).lowBattery, false);
  office.frame(report(1, { battery_mv: 2_300 }));
  assert.equal(warnings(), 2);
  assert.equal(office.row(1).batteryMv, 2_300);
});

test("hub beats at its start and each minute", () => {
  const office = officeOf();
  office.frame(registration(1));
  office.sim.advance(120_000);
  const beats = office.bus.messages.filter((m) => m.type === "PublishHeartbeat");
  assert.deepEqual(
    beats.map(({ uptimeS, leafCount }) => [uptimeS, leafCount]),
    [
      [0, 0],
      [60, 1],
      [120, 1],
    ],
  );
});

test("hub begins with the store's records and the configured leaves, each once", () => {
  const known = {
    hub: HUB,
    leafId: 1,
    name: "window",
    zone: "hall",
    hardware: "pico",
    capabilities: [],
    standing: "adopted",
    claimedHardware: undefined,
  } as const;
  const office = officeOf({
    records: [known],
    leaves: [
      { id: 1, name: "ignored" },
      { id: 2, name: "door", zone: "hall", framesPerSecondMax: null },
    ],
  });
  assert.deepEqual(office.saved.get(2)?.name, "door");
  assert.equal(office.row(1).present, true);
  assert.equal(office.row(1).online, false);
  office.frame(report(1, { temperature: 20 }));
  for (let i = 0; i < 500; i++) office.frame(report(2, { door: i % 2 }));
  assert.equal(office.published()[0], "hall window temperature 20");
  assert.equal(office.row(2).refused, 0);
});

test("GetHub tells what the hub holds", () => {
  const office = officeOf();
  office.frame(registration(1));
  office.frame(registration(2));
  office.sim.advance(121_000);
  office.frame(heartbeat(2));
  office.send(new Uint8Array(3));
  const asker = createProbe<HubStatus>(office.system);
  office.hub.tell({ type: "GetHub", replyTo: asker.ref });
  office.sim.run();
  const status = asker.messages[0];
  assert.deepEqual(status, {
    type: "HubStatus",
    hub: HUB,
    zone: "main",
    address: "memory://hub",
    startedAtMs: office.sim.clock.nowMs() - 121_000,
    leafCount: 2,
    onlineCount: 1,
    framesReceived: 4,
    framesApplied: 3,
    refused: { tooShort: 1 },
  });
});

test("hub() tells nobody of a stranger while its registration is on its way to the store", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const office = officeOf({ seed });
    office.send(bytesOf(registration(12)));
    office.send(bytesOf(report(12, { temperature: 21 })));
    office.sim.run();
    assert.deepEqual(office.events(), ["leaf_registered"], `seed ${seed}`);
  }
});

test("hub keeps what a leaf reports while its registration is on its way, and zone and bus hear nothing yet", () => {
  const office = officeOf();
  office.store.answers = "silent";
  office.frame(registration(12));
  office.frame(report(12, { temperature: 21 }));
  office.sim.advance(300);
  assert.equal(office.row(12).standing, "stranger");
  assert.deepEqual(
    office.readings.map(({ leafId, value }) => [leafId, value]),
    [[12, 21]],
  );
  assert.deepEqual(office.published(), []);
});

test("hub() tells of a stranger once the store has not taken its registration", () => {
  const office = officeOf();
  office.store.answers = "silent";
  office.frame(registration(12));
  office.frame(report(12, { temperature: 21 }));
  assert.deepEqual(office.events(), []);
  office.sim.advance(5_000);
  assert.deepEqual(office.events(), ["leaf_online"]);
  office.store.answers = "saved";
  office.sim.advance(30_000);
  assert.deepEqual(office.events(), ["leaf_online", "leaf_registered"]);
});

test("hub lets an operator refuse a claim: the leaf is used as before", () => {
  const office = officeOf();
  office.frame(registration(5, "esp32"), 1);
  office.frame(registration(5, "pico"), 2);
  const kept = office.ask((replyTo) => ({ type: "KeepHardware", leafId: 5, replyTo }));
  assert.ok(kept?.type === "HubAccepted");
  assert.deepEqual(
    [kept.record.hardware, kept.record.standing, kept.record.claimedHardware],
    ["esp32", "adopted", undefined],
  );
  assert.deepEqual(office.saved.get(5), kept.record);
  office.frame(report(5, { temperature: 21 }), 1);
  assert.deepEqual(office.published(), ["main leaf_5 temperature 21"]);

  // Who claims again is refused again.
  office.frame(registration(5, "pico"), 2);
  office.frame(report(5, { temperature: 99 }), 2);
  assert.equal(office.published().length, 1);
  assert.deepEqual(office.events(), [
    "leaf_registered",
    "leaf_disputed",
    "leaf_adopted",
    "leaf_disputed",
  ]);
});
