import assert from "node:assert/strict";
import { test } from "node:test";
import { type HistoryRow, queryHistory } from "../../../actors/historian/history-query.ts";
import { latestRows } from "../../../actors/historian/latest-rows.ts";
import { LogWriter } from "../../../actors/historian/log-writer.ts";
import type { LatestRow } from "../../../actors/historian/newest-row.ts";
import { DAY_MS, HOUR_MS, openTables } from "../../../actors/historian/tables.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import type { StateStore } from "../../../runtime/state/state-store.ts";
import fc from "../../support/fc.ts";
import { batchesOf, type Reading } from "../../support/store-readings.ts";

/** A history as it may come: batches, a restart between any two, sealing of some of it at any time. */
type Step =
  | { readonly do: "write"; readonly readings: readonly Reading[] }
  | { readonly do: "move"; readonly sealBytes: number }
  | { readonly do: "restart" };

const T0 = Date.UTC(2026, 0, 1);

const reading = fc.record({
  hubNo: fc.integer({ min: 0, max: 1 }),
  leafId: fc.constantFrom(0, 1, 0xffff),
  channel: fc.constantFrom(1, 255),
  value: fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }),
  // Dense enough that hours, minutes and whole milliseconds are shared.
  atMs: fc.oneof(
    fc.integer({ min: 0, max: 3 * 60 }).map((minute) => T0 + minute * 60_000),
    fc.integer({ min: 0, max: 3 * HOUR_MS }).map((ms) => T0 + ms),
    fc.integer({ min: 0, max: 5 }).map((ms) => T0 + ms),
    fc.integer({ min: -3, max: 3 }).map((day) => T0 + day * DAY_MS),
    fc.constantFrom(0, 8.64e15),
  ),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("write"), readings: fc.array(reading) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("move"),
      sealBytes: fc.constantFrom(1, 100, 1_000, 1e9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("restart") }) },
) as fc.Arbitrary<Step>;
const bound = fc.oneof(
  fc.integer({ min: -HOUR_MS, max: 4 * HOUR_MS }).map((ms) => T0 + ms),
  fc.integer({ min: -1, max: 5 }).map((hour) => T0 + hour * HOUR_MS),
  fc.constantFrom(0, Number.MAX_SAFE_INTEGER),
);
const stepMs = fc.constantFrom(undefined, 1, 7_000, 60_000, 5 * 60_000, HOUR_MS, 24 * HOUR_MS);

test("queryHistory() equals a naive model, whatever was sealed and restarted in between", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      bound,
      bound,
      stepMs,
      fc.integer({ min: 1, max: 60 }),
      async (steps, fromMs, toMs, stepMs, limit) => {
        const { store, readings } = await play(steps);
        for (const [hubNo, leafId, channel] of [
          [0, 0, 1],
          [0, 0xffff, 255],
          [1, 1, 1],
        ] as const) {
          const series = { hubNo, leafId, channel };
          const range = { ...series, fromMs, toMs, stepMs, limit };
          const all = readings.filter(
            (one) => one.hubNo === hubNo && one.leafId === leafId && one.channel === channel,
          );
          assertRows(queryHistory(store, range), naive(all, fromMs, toMs, stepMs, limit));
        }
      },
    ),
    { numRuns: 400 },
  );
});

test("latestRows() has the reading of each series that came last", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const { store, readings } = await play(steps);
      const latest = new Map<string, Reading>();
      for (const one of readings) {
        latest.set(`${one.hubNo} ${one.leafId} ${one.channel}`, { ...one });
      }
      const rows = new Map<string, LatestRow>();
      for (const row of latestRows(store)) {
        rows.set(`${row.hubNo} ${row.leafId} ${row.channel}`, row);
      }
      assert.deepEqual(new Map([...rows].sort()), new Map([...latest].sort()));
    }),
    { numRuns: 100 },
  );
});

async function play(steps: readonly Step[]) {
  let store = new MemoryStore();
  const pace = { spreadBytes: 1, spreadMs: 1, sealBytes: 1, sealMs: 1e9 };
  const logOf = () => new LogWriter(openTables(store), T0, pace);
  let log = logOf();
  const readings: Reading[] = [];
  const write = async (change: () => () => void): Promise<void> => {
    let confirm = (): void => {};
    await store.write(() => {
      confirm = change();
    });
    confirm();
  };
  for (const step of steps) {
    if (step.do === "write") {
      if (step.readings.length === 0) continue;
      await write(() => log.write(batchesOf(step.readings), T0));
      readings.push(...step.readings);
    } else if (step.do === "move") {
      pace.sealBytes = step.sealBytes;
      for (;;) {
        const change = log.due(T0);
        if (change === undefined) break;
        await write(change);
      }
    } else {
      store = store.reopened();
      log = logOf();
    }
  }
  return { store: store as StateStore, readings };
}

function naive(
  all: readonly Reading[],
  fromMs: number,
  toMs: number,
  stepMs: number | undefined,
  limit: number,
): HistoryRow[] {
  const within = all.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  if (stepMs === undefined) {
    return within
      .map(({ atMs, value }) => ({ atMs, value }))
      .sort((a, b) => a.atMs - b.atMs)
      .slice(0, limit);
  }
  const groups = Map.groupBy(within, ({ atMs }) => Math.floor(atMs / stepMs) * stepMs);
  return [...groups]
    .sort(([a], [b]) => a - b)
    .slice(0, limit)
    .map(([atMs, group]) => {
      const values = group.map(({ value }) => value);
      return {
        atMs,
        value: values.reduce((sum, value) => sum + value, 0) / values.length,
        min: Math.min(...values),
        max: Math.max(...values),
        count: values.length,
      };
    });
}

/** Exact but for means, where sums were added in another order. */
function assertRows(found: readonly HistoryRow[], expected: readonly HistoryRow[]): void {
  const rest = ({ value: _, ...others }: HistoryRow) => others;
  assert.deepEqual(found.map(rest), expected.map(rest));
  for (const [i, row] of found.entries()) {
    const value = expected[i]?.value ?? Number.NaN;
    const isNear =
      row.count === undefined ? row.value === value : Math.abs(row.value - value) < 1e-6;
    assert.ok(isNear, `row ${i}: ${row.value}, expected ${value}`);
  }
}
