import assert from "node:assert/strict";
import { test } from "node:test";
import { Telemetry, telemetryOf } from "../../../actors/leaf/telemetry.ts";
import fc from "../../support/fc.ts";

const TEMPERATURE = 1;
const CO2 = 4;

test("telemetryOf() needs no table where every reading is published", () => {
  assert.equal(telemetryOf({ mode: "every", minIntervalS: 0 }, 256), undefined);
  assert.ok(telemetryOf({ mode: "every", minIntervalS: 1 }, 256));
  assert.ok(telemetryOf({ mode: "onChange", minIntervalS: 0 }, 256));
});

const cases: readonly {
  readonly title: string;
  readonly settings: ConstructorParameters<typeof Telemetry>[0];
  /** Seconds, value, whether it is due. */
  readonly readings: readonly (readonly [number, number, boolean])[];
}[] = [
  {
    title: "what does not change is told once",
    settings: { mode: "onChange", minIntervalS: 0 },
    readings: [
      [0, 20, true],
      [1, 20, false],
      [2, 21, true],
      [3, 21, false],
      [4, 20, true],
    ],
  },
  {
    title: "a channel that changes is told once in the interval, and then with its newest value",
    settings: { mode: "onChange", minIntervalS: 10 },
    readings: [
      [0, 20, true],
      [1, 21, false],
      [9, 22, false],
      [10, 22, true],
      [30, 22, false],
      [31, 23, true],
    ],
  },
  {
    title: "with every reading the interval alone decides",
    settings: { mode: "every", minIntervalS: 10 },
    readings: [
      [0, 20, true],
      [9, 21, false],
      [10, 20, true],
      [20, 20, true],
    ],
  },
  {
    title: "a clock that is set back silences nobody",
    settings: { mode: "every", minIntervalS: 10 },
    readings: [
      [1_000, 20, true],
      [5, 20, true],
      [6, 20, false],
    ],
  },
];

for (const { title, settings, readings } of cases) {
  test(`Telemetry: ${title}`, () => {
    const telemetry = new Telemetry(settings, 4);
    const due = readings.map(([atS, value]) =>
      telemetry.isDue(2, 0, TEMPERATURE, value, 1e12 + atS * 1_000),
    );
    assert.deepEqual(
      due,
      readings.map(([, , isDue]) => isDue),
    );
  });
}

test("Telemetry keeps leaves and channels apart, wherever they stand in a report", () => {
  const reading = fc.record({ leafId: fc.nat(3), channel: fc.nat(15), value: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(fc.tuple(reading, fc.nat(20)), { maxLength: 200 }), (readings) => {
      const telemetry = new Telemetry({ mode: "onChange", minIntervalS: 0 }, 4);
      const published = new Map<string, number>();
      for (const [{ leafId, channel, value }, guess] of readings) {
        const key = `${leafId}/${channel}`;
        const isDue = telemetry.isDue(leafId, guess, channel, value, 1);
        assert.equal(isDue, published.get(key) !== value, key);
        published.set(key, value);
      }
    }),
  );
});

test("Telemetry tells all channels of a leaf anew once it is called something else", () => {
  const telemetry = new Telemetry({ mode: "onChange", minIntervalS: 60 }, 4);
  const due = (leafId: number): boolean[] =>
    [TEMPERATURE, CO2].map((channel, i) => telemetry.isDue(leafId, i, channel, 20, 1));
  assert.deepEqual(
    [due(1), due(2), due(1)],
    [
      [true, true],
      [true, true],
      [false, false],
    ],
  );
  telemetry.forget(1);
  assert.deepEqual(
    [due(1), due(2)],
    [
      [true, true],
      [false, false],
    ],
  );
});

test("Telemetry publishes a channel beyond a leaf's sixteen with each report", () => {
  const telemetry = new Telemetry({ mode: "onChange", minIntervalS: 60 }, 1);
  const due = (): boolean[] =>
    Array.from({ length: 18 }, (_, channel) => telemetry.isDue(0, channel, channel, 1, 1));
  due();
  assert.deepEqual(due(), [...Array(16).fill(false), true, true]);
});
