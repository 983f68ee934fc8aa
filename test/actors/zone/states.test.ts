import assert from "node:assert/strict";
import { test } from "node:test";
import { Doors } from "../../../actors/zone/doors.ts";
import { MOTION_WINDOW_MS, Motion } from "../../../actors/zone/motion.ts";
import { Occupants, VISION_AGE_MS_MAX, Vision } from "../../../actors/zone/occupancy.ts";
import { Sources } from "../../../actors/zone/sources.ts";
import { JumpWindow } from "../../../actors/zone/tamper.ts";

test("Occupants counts what cameras count, and one when nobody is counted and something moves", () => {
  const cases = [
    { moving: false, seen: 0, people: 0 },
    { moving: true, seen: 0, people: 1 },
    { moving: false, seen: 3, people: 3 },
    { moving: true, seen: 1, people: 1 },
    { moving: true, seen: 40, people: 40 },
  ];
  for (const { moving, seen, people } of cases) {
    const motion = new Motion();
    const occupants = new Occupants(motion, false);
    motion.accept("pir", moving, 0);
    occupants.vision.accept("camera", seen, 0);
    assert.equal(occupants.now(1).people, people);
  }
});

test("Vision takes the largest fresh count and forgets a camera that fell silent", () => {
  const vision = new Vision();
  vision.accept("left", 2, 1_000);
  vision.accept("right", 5, 2_000);
  vision.accept("right", 9, 1_500);
  assert.equal(vision.count(2_000), 5);
  vision.accept("left", 3, 50_000);
  assert.equal(vision.count(2_000 + VISION_AGE_MS_MAX), 5);
  assert.equal(vision.count(2_001 + VISION_AGE_MS_MAX), 3);
  vision.forget("left");
  assert.equal(vision.count(60_000), 0);
});

test("Motion stays active for its window after the last move, whatever zeros follow", () => {
  const motion = new Motion();
  assert.equal(motion.value(0), undefined);
  motion.accept("a", true, 1_000);
  motion.accept("a", false, 2_000);
  motion.accept("b", false, 3_000);
  assert.equal(motion.isActive(1_000 + MOTION_WINDOW_MS - 1), true);
  assert.deepEqual(motion.value(4_000), { value: 1, atMs: 3_000, sources: 2 });
  assert.deepEqual(motion.value(1_000 + MOTION_WINDOW_MS), { value: 0, atMs: 3_000, sources: 2 });
  motion.accept("b", true, 400_000);
  motion.forget("b");
  assert.equal(motion.isActive(400_000), false);
});

test("Doors tell changes of each door, not of the mixture of two", () => {
  const doors = new Doors();
  const reports = [
    { source: "a", open: false, atMs: 1, change: undefined },
    { source: "b", open: true, atMs: 2, change: undefined },
    { source: "a", open: false, atMs: 3, change: undefined },
    { source: "b", open: true, atMs: 4, change: undefined },
    { source: "a", open: true, atMs: 5, change: "opened" },
    { source: "b", open: false, atMs: 6, change: "closed" },
    { source: "a", open: false, atMs: 4, change: undefined },
    { source: "a", open: false, atMs: 7, change: "closed" },
    { source: "a", open: true, atMs: 7, change: "opened" },
  ];
  for (const { source, open, atMs, change } of reports) {
    assert.equal(doors.accept(source, open, atMs), change, `${source} at ${atMs}`);
  }
  assert.deepEqual(doors.value(), { value: 1, atMs: 7, sources: 2 });
  doors.forget("a");
  assert.deepEqual(doors.value(), { value: 0, atMs: 6, sources: 1 });
});

test("Sources let the least recently heard give way, and never exceed their bound", () => {
  const sources = new Sources(3);
  assert.deepEqual(
    ["a", "b", "c", "a", "d", "e"].map((source, atMs) => sources.hear(source, atMs)),
    [undefined, undefined, undefined, undefined, "b", "c"],
  );
  sources.forget("a");
  assert.equal(sources.hear("f", 9), undefined);
});

test("JumpWindow finds a jump at once, one spread over reports, and none after 30 s", () => {
  const cases = [
    {
      name: "at once",
      series: [
        [0, 20],
        [1_000, 25],
      ],
      jump: 5,
    },
    {
      name: "downwards",
      series: [
        [0, 20],
        [1_000, 14],
      ],
      jump: -6,
    },
    {
      name: "spread",
      series: [
        [0, 20],
        [10_000, 22],
        [20_000, 24],
        [30_000, 26],
      ],
      jump: 6,
    },
    {
      name: "just within",
      series: [
        [14_900, 20],
        [44_900, 25],
      ],
      jump: 5,
    },
    {
      name: "too slow",
      series: [
        [0, 20],
        [30_001, 25],
      ],
      jump: 0,
    },
    {
      name: "ten a second",
      series: Array.from({ length: 100 }, (_, i) => [i * 100, i / 10]),
      jump: 9.9,
    },
  ];
  for (const { name, series, jump } of cases) {
    const window = new JumpWindow();
    let last = 0;
    for (const [atMs, value] of series) {
      last = window.accept(value as number, atMs as number, 30_000);
    }
    assert.ok(Math.abs(last - jump) < 1e-9, `${name}: ${last}`);
  }
});
