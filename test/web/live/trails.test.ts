import assert from "node:assert/strict";
import { test } from "node:test";
import {
  extendTrail,
  prependTrail,
  TRAIL_POINTS_MAX,
  TRAIL_STEP_MS,
  type Trail,
} from "../../../web/src/live/trails.ts";
import fc from "../../support/fc.ts";

const point = fc.record({
  atMs: fc.integer({ min: 0, max: 3_600_000 }),
  value: fc.double({ min: -100, max: 5_000, noNaN: true }),
});

test("extendTrail() stays bounded and in order, whatever times come", () => {
  fc.assert(
    fc.property(fc.array(point, { maxLength: 600 }), (points) => {
      const trail = points.reduce<Trail>(extendTrail, []);
      assert.ok(trail.length <= TRAIL_POINTS_MAX);
      for (const [index, { atMs }] of trail.entries()) {
        const before = trail[index - 1];
        if (before !== undefined) assert.ok(before.atMs < atMs);
      }
    }),
  );
});

test("extendTrail() keeps one point a step, the newest", () => {
  const first = { atMs: 10 * TRAIL_STEP_MS, value: 1 };
  const later = { atMs: 10 * TRAIL_STEP_MS + 900, value: 2 };
  const next = { atMs: 11 * TRAIL_STEP_MS, value: 3 };
  assert.deepEqual([first, later, next].reduce<Trail>(extendTrail, []), [later, next]);
});

test("prependTrail() moves a past to the level at which the trail begins", () => {
  const past = [
    { atMs: 1, value: 10 },
    { atMs: 2, value: 12 },
    { atMs: 9, value: 99 },
  ];
  const trail = [
    { atMs: 5, value: 20 },
    { atMs: 10, value: 21 },
  ];
  assert.deepEqual(prependTrail(past, trail), [
    { atMs: 1, value: 18 },
    { atMs: 2, value: 20 },
    ...trail,
  ]);
});
