import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DISPATCH_REASONS,
  type DispatchReason,
  dispatchOf,
  priorityOf,
  UNTOLD_MS_MAX,
} from "../../../actors/task/dispatch.ts";
import type { Presence } from "../../../actors/task/zone-looks.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const QUIET = { quietBeforeHour: 7, quietAfterHour: 22 };

/** urgency, zone's people (null: no zone, -1: unknown), people needed, activity, hour, waited → outcome */
type Row = readonly [number, number | null, number, string | undefined, number, number, string];

const ROWS: readonly Row[] = [
  // 3 and above goes out whatever else there is: an empty zone, focus, night.
  [4, null, 1, undefined, 12, 0, "now urgent"],
  [4, -1, 1, undefined, 12, 0, "now urgent"],
  [4, 0, 1, undefined, 12, 0, "now urgent"],
  [4, 5, 9, "focused", 3, 0, "now urgent"],
  [3, null, 1, undefined, 12, 0, "now urgent"],
  [3, -1, 1, undefined, 12, 0, "now urgent"],
  [3, 0, 1, undefined, 12, 0, "now urgent"],
  [3, 0, 9, undefined, 3, 0, "now urgent"],
  [3, 1, 1, "focused", 12, 0, "now urgent"],
  [3, 1, 1, undefined, 23, DAY + 1, "now urgent"],
  // After a day it goes out whatever the zone is like; at a day sharp it does not yet.
  [2, -1, 1, undefined, 12, DAY, "wait zoneUnknown"],
  [2, -1, 1, undefined, 12, DAY + 1, "now waitedLong"],
  [0, 0, 1, undefined, 3, DAY + 1, "now waitedLong"],
  [2, 1, 1, "focused", 12, DAY + 1, "now waitedLong"],
  [2, null, 1, undefined, 12, DAY + 1, "now waitedLong"],
  // Of no zone: nobody is disturbed in one.
  [2, null, 1, undefined, 12, 0, "now noZone"],
  [1, null, 1, undefined, 12, 0, "now noZone"],
  [0, null, 1, undefined, 12, 0, "now noZone"],
  [0, null, 9, undefined, 12, 0, "now noZone"],
  [2, null, 1, undefined, 3, 0, "now noZone"],
  [2, null, 1, undefined, 23, 0, "now noZone"],
  // Of a zone that was never heard of.
  [2, -1, 1, undefined, 12, 0, "wait zoneUnknown"],
  [0, -1, 1, undefined, 12, 0, "wait zoneUnknown"],
  [2, -1, 9, undefined, 3, 0, "wait zoneUnknown"],
  // Too few people, before what they do and when.
  [2, 0, 1, undefined, 12, 0, "wait tooFewPeople"],
  [2, 1, 2, undefined, 12, 0, "wait tooFewPeople"],
  [2, 2, 2, undefined, 12, 0, "now occupied"],
  [2, 3, 2, undefined, 12, 0, "now occupied"],
  [2, 0, 1, "focused", 3, 0, "wait tooFewPeople"],
  [2, 1, 2, "focused", 12, 0, "wait tooFewPeople"],
  // People who are focused.
  [2, 1, 1, "focused", 12, 0, "wait focused"],
  [0, 1, 1, "focused", 12, 0, "wait focused"],
  [1, 1, 1, "Focused work", 12, 0, "wait focused"],
  [2, 1, 1, "focused", 3, 0, "wait focused"],
  [2, 1, 1, "idle", 12, 0, "now occupied"],
  [2, 1, 1, "low", 12, 0, "now occupied"],
  [2, 1, 1, "moderate", 12, 0, "now occupied"],
  [2, 1, 1, "high", 12, 0, "now occupied"],
  [2, 1, 1, "", 12, 0, "now occupied"],
  // Hours in which people are left alone.
  [2, 1, 1, undefined, 0, 0, "wait quietHours"],
  [2, 1, 1, undefined, 3, 0, "wait quietHours"],
  [2, 1, 1, undefined, 6, 0, "wait quietHours"],
  [2, 1, 1, undefined, 7, 0, "now occupied"],
  [2, 1, 1, undefined, 12, 0, "now occupied"],
  [2, 1, 1, undefined, 22, 0, "now occupied"],
  [2, 1, 1, undefined, 23, 0, "wait quietHours"],
  [1, 1, 1, undefined, 6, 0, "wait quietHours"],
  [0, 1, 1, undefined, 23, 0, "wait quietHours"],
  [0, 1, 1, "idle", 23, DAY, "wait quietHours"],
  // Somebody is there, or nobody.
  [0, 1, 1, undefined, 12, 0, "now occupied"],
  [1, 4, 1, undefined, 12, 0, "now occupied"],
  [2, 4, 4, undefined, 12, DAY, "now occupied"],
  [2, 0, 0, undefined, 12, 0, "wait nobodyThere"],
  [2, 1, 0, undefined, 12, 0, "now occupied"],
  [0, 0, 0, undefined, 7, 0, "wait nobodyThere"],
];

const UNTOLD = UNTOLD_MS_MAX;

/** urgency, who tells (undefined: the zone is unknown), people, people needed, activity, hour, untold for → outcome */
type UntoldRow = readonly [
  number,
  Presence | undefined,
  number,
  number,
  string | undefined,
  number,
  number,
  string,
];

const UNTOLD_ROWS: readonly UntoldRow[] = [
  // Nobody has told yet: a node that has just started waits for its sensors.
  [2, "untold", 0, 1, undefined, 12, 0, "wait presenceUntold"],
  [0, "untold", 0, 1, undefined, 12, UNTOLD - 1, "wait presenceUntold"],
  [2, undefined, 0, 1, undefined, 12, UNTOLD - 1, "wait zoneUnknown"],
  [3, "untold", 0, 1, undefined, 3, 0, "now urgent"],
  // Nobody can tell: it goes out in the hours in which people may be disturbed.
  [2, "untold", 0, 1, undefined, 12, UNTOLD, "now nobodyTells"],
  [0, "untold", 0, 1, undefined, 7, UNTOLD, "now nobodyTells"],
  [1, "untold", 0, 5, undefined, 22, UNTOLD, "now nobodyTells"],
  [2, undefined, 0, 1, undefined, 12, UNTOLD, "now nobodyTells"],
  [2, "untold", 0, 1, undefined, 6, UNTOLD, "wait quietHours"],
  [2, "untold", 0, 1, undefined, 23, UNTOLD, "wait quietHours"],
  [2, undefined, 0, 1, undefined, 3, UNTOLD, "wait quietHours"],
  [2, "untold", 0, 1, "focused", 12, UNTOLD, "wait focused"],
  // Motion and air tell of somebody, and count nobody.
  [2, "sensed", 0, 1, undefined, 12, 0, "wait tooFewPeople"],
  [2, "sensed", 1, 1, undefined, 12, 0, "now occupied"],
  [2, "sensed", 1, 3, undefined, 12, 0, "now occupied"],
  [2, "sensed", 0, 3, undefined, 12, 0, "wait tooFewPeople"],
  [2, "sensed", 1, 3, "focused", 12, 0, "wait focused"],
  [2, "sensed", 1, 3, undefined, 23, 0, "wait quietHours"],
  [2, "counted", 1, 3, undefined, 12, 0, "wait tooFewPeople"],
];

test("dispatchOf() decides each case by the first rule that fits", () => {
  assert.ok(ROWS.length >= 50);
  const seen = new Set<DispatchReason>();
  for (const row of ROWS) {
    const [urgency, people, minPeople, activity, hour, waitedMs, outcome] = row;
    const zone =
      people === null || people < 0
        ? undefined
        : ({ presence: "counted", people, activity } as const);
    const { now, reason } = dispatchOf(
      { urgency, zone: people === null ? null : "main", minPeople },
      { zone, untoldMs: 0, hour, waitedMs },
      QUIET,
    );
    seen.add(reason);
    assert.equal(`${now ? "now" : "wait"} ${reason}`, outcome, JSON.stringify(row));
  }
  for (const row of UNTOLD_ROWS) {
    const [urgency, presence, people, minPeople, activity, hour, untoldMs, outcome] = row;
    const { now, reason } = dispatchOf(
      { urgency, zone: "main", minPeople },
      {
        zone: presence === undefined ? undefined : { presence, people, activity },
        ...{ untoldMs, hour, waitedMs: 0 },
      },
      QUIET,
    );
    seen.add(reason);
    assert.equal(`${now ? "now" : "wait"} ${reason}`, outcome, JSON.stringify(row));
  }
  const rules = DISPATCH_REASONS.filter((reason) => reason !== "ordered");
  assert.deepEqual([...seen].sort(), rules.sort(), "every rule has decided at least once");
});

test("dispatchOf() takes the quiet hours from the settings", () => {
  const at = (hour: number, quiet: typeof QUIET) =>
    dispatchOf(
      { urgency: 1, zone: "main", minPeople: 1 },
      {
        zone: { presence: "counted", people: 1, activity: undefined },
        ...{ untoldMs: 0, hour, waitedMs: 0 },
      },
      quiet,
    ).now;
  const nightShift = { quietBeforeHour: 22, quietAfterHour: 6 };
  const never = { quietBeforeHour: 0, quietAfterHour: 23 };
  for (let hour = 0; hour < 24; hour += 1) {
    assert.equal(at(hour, QUIET), hour >= 7 && hour <= 22, `${hour}`);
    assert.equal(at(hour, never), true);
    assert.equal(at(hour, nightShift), hour >= 22 || hour <= 6, `${hour}, at night`);
  }
});

test("priorityOf() is urgency, then hours waited and time left", () => {
  /** urgency, hours waited, hours left → priority */
  const rows: readonly (readonly [number, number, number, number])[] = [
    [0, 0, 24, 0],
    [1, 0, 24, 1_000],
    [2, 0, 24, 2_000],
    [4, 0, 24, 4_000],
    [2, 1, 24, 2_001],
    [2, 0.5, 24, 2_000.5],
    [2, 23, 24, 2_023],
    [2, 0, 6, 2_000],
    [2, 0, 5.99, 2_050],
    [2, 0, 2, 2_050],
    [2, 0, 1.99, 2_100],
    [3, 2, 0.5, 3_102],
    [0, 24, -1, 124],
  ];
  const nowMs = 1_000 * HOUR;
  for (const [urgency, waited, left, priority] of rows) {
    const task = {
      urgency,
      createdAtMs: nowMs - waited * HOUR,
      expiresAtMs: nowMs + left * HOUR,
    };
    assert.equal(priorityOf(task, nowMs), priority, `${urgency} ${waited} ${left}`);
  }
});
