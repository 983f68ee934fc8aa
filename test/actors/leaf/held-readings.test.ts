import assert from "node:assert/strict";
import { test } from "node:test";
import { HeldReadings, hasState } from "../../../actors/leaf/held-readings.ts";
import { SLOTS_MAX } from "../../../actors/leaf/leaf-row.ts";
import { readingChannel, readingValue } from "../../../transports/frame/decode.ts";
import fc from "../../support/fc.ts";

type Report = readonly (readonly [channel: number, value: number])[];

function bytesOf(report: Report): Uint8Array {
  const view = new DataView(new ArrayBuffer(5 * report.length));
  for (const [i, [channel, value]] of report.entries()) {
    view.setUint8(5 * i, channel);
    view.setFloat32(5 * i + 1, value, true);
  }
  return new Uint8Array(view.buffer);
}

const reports = fc.array(
  fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: -99, max: 99 })), {
    minLength: 1,
    maxLength: 8,
  }),
);

test("HeldReadings has the newest reading of each channel, and refuses a report it has no room for", () => {
  fc.assert(
    fc.property(reports, (all) => {
      const held = new HeldReadings();
      const newest = new Map<number, number>();
      for (const [n, report] of all.entries()) {
        const isHeld = held.hold(bytesOf(report), 0, report.length, n);
        const channels = new Set([...newest.keys(), ...report.map(([channel]) => channel)]);
        if (channels.size <= SLOTS_MAX - report.length) assert.ok(isHeld);
        if (channels.size > SLOTS_MAX) assert.ok(!isHeld);
        if (isHeld) for (const [channel, value] of report) newest.set(channel, value);
        const found = Array.from({ length: held.count }, (_, i): [number, number] => [
          readingChannel(held.bytes, 5 * i),
          readingValue(held.bytes, 5 * i),
        ]);
        assert.deepEqual(new Map(found), newest);
        assert.equal(found.length, newest.size);
      }
    }),
  );
});

test("hasState() sees motion and doors wherever they stand in a report", () => {
  assert.ok(
    hasState(
      bytesOf([
        [1, 20],
        [6, 1],
      ]),
      0,
      2,
    ),
  );
  assert.ok(hasState(bytesOf([[12, 0]]), 0, 1));
  assert.ok(
    !hasState(
      bytesOf([
        [1, 20],
        [2, 40],
      ]),
      0,
      2,
    ),
  );
});
