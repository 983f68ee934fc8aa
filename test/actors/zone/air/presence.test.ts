import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readRecording } from "../../../../actors/commands/presence.ts";
import { AIR_CHANNELS, type AirReadings } from "../../../../actors/zone/air/features.ts";
import { AIR_MODEL } from "../../../../actors/zone/air/model.ts";
import { AirPresence } from "../../../../actors/zone/air/presence.ts";
import {
  lightThreshold,
  type RecordedMinute,
  scoreThreshold,
  scoreVariant,
  trainModel,
} from "../../../../actors/zone/air/train.ts";
import fc from "../../../support/fc.ts";

const MINUTE_MS = 60_000;
const EMPTY: AirReadings = { illuminance: 0, co2: 430, temperature: 20, humidity: 30 };

/** Days of a room: from 9 to 17 o'clock people breathe; `dark` keeps the lights off. */
function room(days: number, { dark = false, outdoors = 430 } = {}): RecordedMinute[] {
  let co2 = outdoors;
  let temperature = 20;
  return Array.from({ length: days * 1_440 }, (_, minute) => {
    const hour = (minute % 1_440) / 60;
    const isOccupied = hour >= 9 && hour < 17;
    co2 += isOccupied ? 6 - (co2 - outdoors) / 120 : -(co2 - outdoors) / 60;
    temperature += (isOccupied ? 23 : 20) / 240 - temperature / 240;
    const illuminance = isOccupied && !dark ? 450 : 20;
    return {
      atMs: minute * MINUTE_MS,
      readings: { illuminance, co2, temperature, humidity: 30 },
      isOccupied,
    };
  });
}

const withoutLight = (readings: AirReadings): AirReadings => ({
  ...readings,
  illuminance: undefined,
});

/** Shares of minutes told right on the last day, after teaching on those before or not. */
function lastDayRight(minutes: readonly RecordedMinute[], isTaught: boolean): number {
  const air = new AirPresence();
  const lastDay = minutes.length - 1_440;
  let right = 0;
  for (const [n, { atMs, readings, isOccupied }] of minutes.entries()) {
    air.observe(atMs, readings, isTaught && n < lastDay ? isOccupied : undefined);
    if (n >= lastDay && (air.estimate?.probability ?? 0) >= 0.5 === isOccupied) right += 1;
  }
  return right / 1_440;
}

test("trainModel() tells rooms it has not seen, by light, by air, and by both", () => {
  const model = trainModel(room(3));
  for (const variant of model.variants) {
    const { accuracy, recall } = scoreVariant(variant, room(2, { outdoors: 460 }));
    assert.ok(accuracy > 0.9, `${variant.channels}: ${accuracy}`);
    assert.ok(recall > 0.8, `${variant.channels}: ${recall}`);
  }
});

test("the model that comes with Mycel has a variant for each set of channels that can tell", () => {
  assert.equal(AIR_MODEL.variants.length, 12);
  for (const { channels, mean, scale, weights } of AIR_MODEL.variants) {
    assert.ok(channels.includes("illuminance") || channels.includes("co2"));
    assert.equal(mean.length, scale.length);
    assert.equal(weights.length, mean.length + 1);
    assert.ok([...mean, ...scale, ...weights].every(Number.isFinite));
  }
});

test("AirPresence says nothing without light and CO2, and is unsure while trends are young", () => {
  const air = new AirPresence();
  air.observe(0, { ...EMPTY, illuminance: undefined, co2: undefined }, undefined);
  const blind = air.estimate;
  assert.equal(blind, undefined);
  air.observe(MINUTE_MS, EMPTY, undefined);
  const young = air.estimate;
  assert.equal(young?.confidence, 0);
  for (let minute = 2; minute < 60; minute++) air.observe(minute * MINUTE_MS, EMPTY, undefined);
  assert.ok((air.estimate?.confidence ?? 0) > 0.5);
  assert.ok((air.estimate?.probability ?? 1) < 0.5);
});

test("AirPresence takes the channels that are left when a sensor falls silent", () => {
  const air = new AirPresence();
  for (const { atMs, readings } of room(1).slice(0, 600)) air.observe(atMs, readings, undefined);
  assert.deepEqual(air.estimate?.channels, [...AIR_CHANNELS]);
  assert.ok((air.estimate?.probability ?? 0) > 0.5);
  const later = room(1).slice(600, 620);
  for (const { atMs, readings } of later) air.observe(atMs, withoutLight(readings), undefined);
  assert.deepEqual(air.estimate?.channels, ["co2", "temperature", "humidity"]);
});

test("AirPresence learns a room that the trained model misjudges, while a teacher is there", () => {
  // Screens instead of lamps: 20 lx with people, as in the night.
  const minutes = room(4, { dark: true });
  const untaught = lastDayRight(minutes, false);
  const taught = lastDayRight(minutes, true);
  assert.ok(taught > untaught + 0.1, `${untaught} untaught, ${taught} taught`);
  assert.ok(taught > 0.9, `${taught}`);
});

test("AirPresence keeps what it learned over a restart", () => {
  const minutes = room(4, { dark: true });
  const taught = new AirPresence();
  for (const { atMs, readings, isOccupied } of minutes.slice(0, -1_440))
    taught.observe(atMs, readings, isOccupied);
  const memory = JSON.parse(JSON.stringify(taught.memory));
  const again = new AirPresence(memory);
  let right = 0;
  for (const { atMs, readings, isOccupied } of minutes.slice(-1_440)) {
    again.observe(atMs, readings, undefined);
    if ((again.estimate?.probability ?? 0) >= 0.5 === isOccupied) right += 1;
  }
  assert.equal(again.estimate?.isLearned, true);
  assert.ok(right / 1_440 > 0.85, `${right / 1_440}`);
});

test("AirPresence does not let a teacher that guesses replace what was trained", () => {
  const minutes = room(3);
  const air = new AirPresence();
  for (const [n, { atMs, readings, isOccupied }] of minutes.entries()) {
    air.observe(atMs, readings, n % 3 === 0 ? !isOccupied : isOccupied);
  }
  assert.ok((air.memory?.agreement.trained ?? 0) > 0.6);
  const { atMs } = minutes.at(-1) as RecordedMinute;
  air.observe(atMs + MINUTE_MS, EMPTY, undefined);
  assert.ok((air.estimate?.probability ?? 1) < 0.5);
});

test("AirPresence gives a probability and a confidence in [0, 1] whatever it is told", () => {
  const value = fc.option(fc.float({ noNaN: true, noDefaultInfinity: true }), { nil: undefined });
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 10_000_000 }),
    readings: fc.record({ illuminance: value, co2: value, temperature: value, humidity: value }),
    teacher: fc.option(fc.boolean(), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const air = new AirPresence();
      let nowMs = 0;
      for (const { waitMs, readings, teacher } of steps) {
        nowMs += waitMs;
        air.observe(nowMs, readings, teacher);
        if (air.estimate === undefined) continue;
        const { probability, confidence } = air.estimate;
        assert.ok(probability >= 0 && probability <= 1, `${probability}`);
        assert.ok(confidence >= 0 && confidence <= 1, `${confidence}`);
      }
    }),
  );
});

const recorded = (name: string): string =>
  fileURLToPath(new URL(`../../../../../shared/data/${name}.csv`, import.meta.url));

test("the recorded office of Candanedo and Feldheim is told as the table in docs/occupancy.md says", {
  skip: existsSync(recorded("occupancy-training")) ? false : "the recording is not here",
}, async () => {
  const training = await readRecording(recorded("occupancy-training"));
  const testing = await readRecording(recorded("occupancy-test1"));
  const percent = (share: number): number => Math.round(share * 1e4) / 100;
  const threshold = lightThreshold(training);
  assert.equal(threshold, 365);
  assert.equal(percent(scoreThreshold(threshold, training).accuracy), 98.78);
  assert.equal(percent(scoreThreshold(threshold, testing).accuracy), 97.86);
  const accuracies = AIR_MODEL.variants.map((variant) => [
    variant.channels.join("+"),
    percent(scoreVariant(variant, testing).accuracy),
  ]);
  const told = Object.fromEntries(accuracies);
  assert.equal(told["illuminance"], 97.9);
  assert.equal(told["illuminance+co2+temperature+humidity"], 97.82);
  assert.equal(told["co2+temperature+humidity"], 94);
  assert.deepEqual(
    trainModel(training).variants.map(({ weights }) => weights.map((w) => w.toPrecision(4))),
    AIR_MODEL.variants.map(({ weights }) => weights.map((w) => w.toPrecision(4))),
    "model.json is what `mycel presence train` makes of the recording",
  );
});
