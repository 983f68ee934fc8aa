import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Schedule, type ScheduleTimes } from "../../../actors/agent/schedule.ts";
import fc from "../../support/fc.ts";

const TIMES: ScheduleTimes = { batchDelayMs: 3_000, everyMs: 30_000, apartMs: 25_000 };

type Step =
  | { readonly at: number; readonly do: "event" | "wish" | "begin" | "look" }
  | { readonly next: number; readonly trigger: string };

const rows: readonly {
  readonly name: string;
  readonly last?: number;
  readonly steps: readonly Step[];
}[] = [
  { name: "without anything the timer's 30 s", steps: [{ next: 30_000, trigger: "timer" }] },
  {
    name: "3 s after the first event of a burst, whatever follows it",
    steps: [
      { at: 1_000, do: "event" },
      { at: 2_500, do: "event" },
      { next: 4_000, trigger: "events" },
    ],
  },
  {
    name: "not before 25 s after the last cycle",
    steps: [
      { at: 4_000, do: "begin" },
      { at: 5_000, do: "event" },
      { next: 29_000, trigger: "events" },
    ],
  },
  {
    name: "an operator's wish at once, with its name",
    steps: [
      { at: 1_000, do: "event" },
      { at: 2_000, do: "wish" },
      { next: 2_000, trigger: "operator" },
    ],
  },
  {
    name: "an operator's wish 25 s after the last cycle all the same",
    steps: [
      { at: 1_000, do: "begin" },
      { at: 2_000, do: "wish" },
      { next: 26_000, trigger: "operator" },
    ],
  },
  {
    name: "30 s after a cycle that events began",
    steps: [
      { at: 1_000, do: "event" },
      { at: 4_000, do: "begin" },
      { next: 34_000, trigger: "timer" },
    ],
  },
  {
    name: "an event soon after a look that found nothing does not wait for 25 s",
    steps: [
      { at: 30_000, do: "look" },
      { at: 31_000, do: "event" },
      { next: 34_000, trigger: "events" },
    ],
  },
  {
    name: "25 s after a cycle of before the restart",
    last: -5_000,
    steps: [
      { at: 1_000, do: "event" },
      { next: 20_000, trigger: "events" },
    ],
  },
];

describe("Schedule", () => {
  for (const { name, last, steps } of rows) {
    test(`next() is ${name}`, () => {
      const schedule = new Schedule(TIMES, 0, last);
      for (const step of steps) {
        if ("next" in step) {
          assert.deepEqual(schedule.next(), { atMs: step.next, trigger: step.trigger });
        } else if (step.do === "event") schedule.event(step.at);
        else if (step.do === "wish") schedule.wish(step.at);
        else if (step.do === "look") schedule.looked(step.at);
        else schedule.begun(step.at);
      }
    });
  }

  test("keeps cycles 25 s apart, and lets no event wait longer than that and its 3 s, whatever comes when", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 600_000 }), fc.boolean()), { maxLength: 60 }),
        (wakes) => {
          const schedule = new Schedule(TIMES, 0, undefined);
          const coming = wakes.toSorted(([a], [b]) => a - b);
          const begun: number[] = [];
          let waitingSince: number | undefined;
          for (let now = 0; now <= 650_000; now += 250) {
            while (coming[0] !== undefined && coming[0][0] <= now) {
              const [, isEvent] = coming.shift() as [number, boolean];
              if (isEvent) schedule.event(now);
              else schedule.wish(now);
              waitingSince ??= now;
            }
            if (schedule.next().atMs > now) continue;
            assert.ok(now - (begun.at(-1) ?? -25_000) >= 25_000);
            assert.ok(waitingSince === undefined || now - waitingSince <= 28_000);
            begun.push(now);
            waitingSince = undefined;
            schedule.begun(now);
          }
          assert.ok(begun.length >= 20);
        },
      ),
      { numRuns: 50 },
    );
  });
});
