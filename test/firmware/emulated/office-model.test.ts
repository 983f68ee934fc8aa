import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OfficeModel } from "../../../firmware/emulated/office-model.ts";
import { attendance, profileOf } from "../../../firmware/emulated/zone-profiles.ts";

const HOUR_MS = 3_600_000;
const ZONES = ["main", "meeting", "kitchen", "lobby"];

interface Hour {
  readonly hour: number;
  readonly outdoorC: number;
  readonly daylightLx: number;
  /** Of all zones together. */
  readonly crossings: number;
  readonly zones: readonly { people: number; co2Ppm: number; illuminanceLx: number }[];
}

/** One day from midnight, hour by hour; people as the mean of its minutes. */
function day(seed: number): Hour[] {
  const office = new OfficeModel({ seed, zones: ZONES, startMs: 0 });
  return Array.from({ length: 24 }, (_, hour) => {
    const crossingsBefore = crossingsOf(office);
    const people = ZONES.map(() => 0);
    for (let minute = 1; minute <= 60; minute++) {
      office.advanceTo(hour * HOUR_MS + minute * 60_000);
      for (const [at, zone] of office.zones.entries())
        people[at] = (people[at] ?? 0) + zone.people / 60;
    }
    return {
      hour,
      outdoorC: office.weather.temperatureC,
      daylightLx: office.weather.daylightLx,
      crossings: crossingsOf(office) - crossingsBefore,
      zones: office.zones.map(({ co2Ppm, illuminanceLx }, at) => ({
        people: people[at] ?? 0,
        co2Ppm,
        illuminanceLx,
      })),
    };
  });
}

const crossingsOf = (office: OfficeModel): number =>
  office.zones.reduce((sum, zone) => sum + zone.crossings, 0);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("OfficeModel", () => {
  const days = [1, 2, 3, 4, 5].map(day);
  const hours = days.flat();
  const at = (from: number, to: number): Hour[] =>
    hours.filter(({ hour }) => hour >= from && hour < to);
  const meanPeople = (of: Hour[], zone: number): number =>
    mean(of.map(({ zones }) => zones[zone]?.people ?? Number.NaN));

  test("is dark outside at night and bright at noon", () => {
    assert.ok(at(20, 24).every(({ daylightLx }) => daylightLx === 0));
    assert.ok(at(11, 13).every(({ daylightLx }) => daylightLx > 15_000));
  });

  test("is warmer outside in the afternoon than before dawn", () => {
    assert.ok(mean(at(15, 18).map((h) => h.outdoorC)) > mean(at(3, 6).map((h) => h.outdoorC)) + 5);
  });

  test("fills its desks by day, its kitchen at noon, and empties both at night", () => {
    assert.ok(meanPeople(at(9, 12), 0) > 5);
    assert.ok(meanPeople(at(0, 5), 0) < 1);
    assert.ok(meanPeople(at(12, 13), 2) > meanPeople(at(10, 11), 2));
    assert.ok(meanPeople(at(0, 5), 2) < 0.6);
  });

  test("has somebody pass a door in every hour of the day and of the night", () => {
    for (const { hour, crossings } of hours) assert.ok(crossings > 0, `nobody at ${hour} h`);
  });

  test("lets CO2 follow the people, past 1000 ppm in the meeting room on some days, never absurd", () => {
    const meeting = (of: Hour[]): number[] => of.map(({ zones }) => zones[1]?.co2Ppm ?? Number.NaN);
    assert.ok(mean(meeting(at(10, 17))) > mean(meeting(at(0, 6))) + 250);
    assert.ok(Math.max(...meeting(hours)) > 1000);
    for (const { zones } of hours) {
      for (const { co2Ppm } of zones) assert.ok(co2Ppm >= 400 && co2Ppm < 2500, `${co2Ppm}`);
    }
  });

  test("is the same for the same seed and another for another", () => {
    assert.deepEqual(day(1), days[0]);
    assert.notDeepEqual(days[1], days[0]);
  });

  test("does not depend on how its time is cut", () => {
    const whole = new OfficeModel({ seed: 5, zones: ZONES, startMs: 9 * HOUR_MS });
    const cut = new OfficeModel({ seed: 5, zones: ZONES, startMs: 9 * HOUR_MS });
    whole.advanceTo(10 * HOUR_MS);
    for (let ms = 9 * HOUR_MS; ms <= 10 * HOUR_MS; ms += 7_321) cut.advanceTo(ms);
    cut.advanceTo(10 * HOUR_MS);
    assert.deepEqual(cut.zones, whole.zones);
    assert.deepEqual(cut.weather, whole.weather);
  });

  test("keeps rooms between 15 and 30 °C and 20 and 80 % in a week without pause", () => {
    const office = new OfficeModel({ seed: 9, zones: ZONES, startMs: 0 });
    for (let hour = 1; hour <= 24 * 7; hour++) {
      office.advanceTo(hour * HOUR_MS);
      for (const { name, temperatureC, humidityPct, people, profile, soundDb } of office.zones) {
        assert.ok(temperatureC > 15 && temperatureC < 30, `${name} ${temperatureC} °C`);
        assert.ok(humidityPct > 20 && humidityPct < 80, `${name} ${humidityPct} %`);
        assert.ok(people >= 0 && people <= profile.peopleMax, `${name} ${people} people`);
        assert.ok(soundDb > 20 && soundDb < 80, `${name} ${soundDb} dB`);
      }
    }
  });

  test("a fan that runs lowers the CO2 of its room", () => {
    const still = new OfficeModel({ seed: 3, zones: ["meeting"], startMs: 9 * HOUR_MS });
    const fanned = new OfficeModel({ seed: 3, zones: ["meeting"], startMs: 9 * HOUR_MS });
    const [room] = fanned.zones;
    assert.ok(room !== undefined);
    room.fans = 2;
    still.advanceTo(10 * HOUR_MS);
    fanned.advanceTo(10 * HOUR_MS);
    assert.ok(room.co2Ppm < (still.zones[0]?.co2Ppm ?? 0) - 50);
  });

  test("advanceTo() survives a step back and a leap of years", () => {
    const office = new OfficeModel({ seed: 3, zones: ["main"], startMs: 9 * HOUR_MS });
    office.advanceTo(0);
    assert.equal(office.nowMs, 9 * HOUR_MS);
    office.advanceTo(10 * 365 * 24 * HOUR_MS);
    assert.equal(office.nowMs, 10 * 365 * 24 * HOUR_MS);
  });
});

test("profileOf() knows rooms by their names, and takes others for desks", () => {
  assert.equal(profileOf("meeting_room_a").rhythm, "meetings");
  assert.equal(profileOf("kitchen").rhythm, "kitchen");
  assert.equal(profileOf("lobby").rhythm, "passage");
  assert.equal(profileOf("attic").rhythm, "desks");
});

test("attendance() changes evenly between full hours, over midnight too", () => {
  const before = attendance("desks", 23);
  const after = attendance("desks", 0);
  assert.ok(Math.abs(attendance("desks", 23.5) - (before + after) / 2) < 1e-9);
  for (let hour = 0; hour < 24; hour += 0.1) {
    const share = attendance("meetings", hour);
    assert.ok(share > 0 && share <= 1);
  }
});
