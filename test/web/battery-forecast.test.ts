import assert from "node:assert/strict";
import { test } from "node:test";
import { type BatteryForecast, forecastBattery } from "../../web/src/battery-forecast.ts";
import { chance } from "../support/office-model.ts";

const HOUR_MS = 3_600_000;

/** A point each six hours for so many days. */
const history = (days: number, mvAt: (day: number, index: number) => number) =>
  Array.from({ length: days * 4 }, (_, index) => ({
    atMs: 1_700_000_000_000 + index * 6 * HOUR_MS,
    mv: mvAt(index / 4, index),
  }));
const wobble = (index: number, mv: number) => 2 * mv * (chance("wobble", index) - 0.5);

const cases: readonly (readonly [
  name: string,
  points: ReturnType<typeof history>,
  state: BatteryForecast["state"],
  days?: number,
])[] = [
  ["no history", [], "unknown"],
  ["an hour of it", history(10, () => 2_900).slice(0, 2), "unknown"],
  [
    "many points of one hour",
    history(10, () => 2_900).map((one, i) => ({ ...one, atMs: i })),
    "unknown",
  ],
  ["a level line", history(20, () => 2_900), "steady"],
  ["a mains supply that wanders", history(20, (_, i) => 3_300 + wobble(i, 10)), "steady"],
  ["10 mV a day from 3,000 mV", history(20, (day) => 3_000 - 10 * day), "falling", 40],
  ["the same with noise", history(20, (day, i) => 3_000 - 10 * day + wobble(i, 8)), "falling", 40],
  [
    "the same with a tenth of wild readings",
    history(20, (day, i) => (i % 10 === 3 ? 1_200 : 3_000 - 10 * day)),
    "falling",
    40,
  ],
  [
    "a new battery after ten days",
    history(20, (day) => (day < 10 ? 2_600 - 10 * day : 3_000 - 20 * (day - 10))),
    "falling",
    20,
  ],
  ["one that is empty", history(20, (day) => 2_500 - 20 * day), "falling", 0],
];

for (const [name, points, state, days] of cases) {
  test(`forecastBattery() of ${name} is ${state}${days === undefined ? "" : `, ${days} days`}`, () => {
    const forecast = forecastBattery(points);
    assert.equal(forecast.state, state);
    if (forecast.state !== "falling") return;
    const off = Math.abs(forecast.daysLeft - (days ?? Number.NaN));
    assert.ok(off <= Math.max(0.5, (days ?? 0) * 0.06), `${forecast.daysLeft} days`);
    assert.ok(forecast.atLeast <= forecast.daysLeft && forecast.daysLeft <= forecast.atMost);
  });
}

test("forecastBattery() knows less of a noisier battery", () => {
  const span = (noise: number): number => {
    const forecast = forecastBattery(history(20, (day, i) => 3_000 - 10 * day + wobble(i, noise)));
    assert.equal(forecast.state, "falling");
    return forecast.atMost - forecast.atLeast;
  };
  assert.ok(span(2) < span(20) && span(20) < span(60), `${span(2)} ${span(20)} ${span(60)}`);
});

test("forecastBattery() of thousands of points takes as long as of some", () => {
  const forecast = forecastBattery(history(2_000, (day) => 3_000 - 0.1 * day));
  assert.equal(forecast.state, "falling");
});
