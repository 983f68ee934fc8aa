import assert from "node:assert/strict";
import { test } from "node:test";
import { type Figure, TABLE_HEAD } from "../../bench/figure.ts";
import { Harness, median } from "../../bench/harness.ts";
import { runBenches } from "../../bench/run.ts";

const harnessOf = (smoke: boolean): Harness => new Harness({ smoke, say: () => {} });

/** A contender whose rates are given, one a round, and which notes when it had its turn. */
const scripted = (name: string, rates: readonly number[], turns: string[]) => {
  let round = 0;
  return () => {
    turns.push(name);
    return rates[round++] ?? Number.NaN;
  };
};

test("Harness takes turns and gives medians, spread, and the ratio round by round", async () => {
  const harness = harnessOf(false);
  const turns: string[] = [];
  await harness.compareRates({
    name: "path",
    unit: "request",
    // The machine is ten times slower in the last two rounds: the ratio does not notice.
    ours: scripted("ours", [100, 110, 90, 105, 95, 10, 11], turns),
    peers: { peer: scripted("peer", [200, 220, 180, 210, 190, 20, 22], turns) },
  });
  assert.deepEqual(turns, Array(7).fill(["ours", "peer"]).flat());
  assert.deepEqual(harness.figures, [
    {
      name: "path",
      unit: "request/s",
      value: 95,
      min: 10,
      max: 110,
      peers: { peer: 190 },
      ratios: { peer: 0.5 },
      aims: [],
    },
  ]);
});

test("Harness gives every contender about the same time, at most `most` units a run", async (t) => {
  const harness = harnessOf(false);
  let nowMs = 0;
  t.mock.method(performance, "now", () => nowMs);
  const units: Record<string, number[]> = { slow: [], fast: [] };
  const spin = (name: string, perUnitMs: number) => (count: number) => {
    units[name]?.push(count);
    nowMs += count * perUnitMs;
  };
  await harness.compare({
    name: "spin",
    unit: "turn",
    smoke: 1,
    most: 1_000,
    runMs: 8,
    ours: spin("slow", 0.5),
    peers: { fast: spin("fast", 0.000_1) },
  });
  assert.equal(units["fast"]?.at(-1), 1_000);
  assert.equal(units["slow"]?.at(-1), 16);
});

test("Harness runs a contender once in a smoke run, with the smallest load", async () => {
  const harness = harnessOf(true);
  const units: number[] = [];
  await harness.compare({
    name: "once",
    unit: "turn",
    smoke: 7,
    ours: (count) => void units.push(count),
  });
  assert.deepEqual(units, [7]);
});

test("runBenches() prints one JSON object a bench and line, and nothing else", async () => {
  const lines: string[] = [];
  const figure: Figure = {
    name: "share",
    unit: "%",
    value: 12,
    min: 12,
    max: 12,
    peers: { peer: 24 },
    ratios: { peer: 0.5 },
    aims: [{ atMost: 10 }],
  };
  const bench = {
    name: "told",
    question: "Is it told?",
    run: async (harness: Harness) => {
      harness.say("a table");
      harness.compareRounds({
        name: "share",
        unit: "%",
        ours: [12],
        peers: { peer: [24] },
        aims: [{ atMost: 10 }],
      });
    },
  };
  const out = (line: string) => void lines.push(line);
  await runBenches([bench, bench], { smoke: true, format: "json" }, out);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)),
    Array(2).fill({ bench: "told", results: [figure] }),
  );
  lines.length = 0;
  await runBenches([bench], { smoke: true, format: "text" }, out);
  assert.deepEqual(lines, [
    "told: Is it told?",
    "a table",
    "  share: 12.0 %",
    "      0.500 x peer (24.0)",
    "      aim: 10 or less: no",
  ]);
});

test("runBenches() prints one table for README.md, with what was said below", async () => {
  const lines: string[] = [];
  const bench = {
    name: "told",
    question: "Is it told?",
    run: async (harness: Harness) => {
      harness.say("sent 1 = applied 1");
      harness.report("share", "%", 12, { aims: [{ atMost: 10 }] });
    },
  };
  await runBenches([bench], { smoke: true, format: "markdown" }, (line) => void lines.push(line));
  assert.match(lines[0] ?? "", /^[0-9-]{10}, Node [0-9.]+, /);
  assert.deepEqual(lines.slice(1), [
    "",
    ...TABLE_HEAD,
    "| told | share | 12.0 % |  |  | 10 or less: no |",
    "",
    "```",
    "sent 1 = applied 1",
    "```",
  ]);
});

test("median() takes the middle of an odd number of values", () => {
  assert.equal(median([3, 1, 2]), 2);
});
