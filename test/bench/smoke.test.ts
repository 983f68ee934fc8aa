/** Every bench with its smallest load: it runs, holds its own invariants, and its figures are sound. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Figure } from "../../bench/figure.ts";
import type { Bench } from "../../bench/harness.ts";
import { NO_OFFICE } from "../../bench/history.bench.ts";
import { NO_CC } from "../../bench/peers/c-program.ts";
import { NO_ERLANG } from "../../bench/peers/erlang.ts";
import { NO_MOSQUITTO } from "../../bench/peers/mosquitto.ts";
import { noPostgres } from "../../bench/peers/postgres.ts";
import { BENCHES, runBenches } from "../../bench/run.ts";
import { savina } from "../../bench/savina.bench.ts";
import { denseLeaves } from "../../bench/scenarios/dense-leaves.ts";
import { storedElsewhere } from "../../bench/stored-elsewhere.bench.ts";
import { tcpStored } from "../../bench/tcp-stored.bench.ts";
import { udpRate } from "../../bench/udp-rate.bench.ts";

/** Figures for which nothing is the best answer. */
const MAY_BE_ZERO = new Set([
  "frames refused",
  "frames lost by kernel",
  "frames unaccounted for",
  "CPU of the node",
  "CPU of the agent",
  "telemetry heard",
  "heap of a frame a stranger's",
  "heap of a frame to row",
  "pauses",
  "paused",
]);

/** Their senders are C programs. */
const NEEDS_CC = new Set<Bench>([tcpStored, udpRate, denseLeaves]);

/** One run each, whoever asks. */
const figures = new Map<Bench, Promise<readonly Figure[]>>();
const figuresOf = (bench: Bench): Promise<readonly Figure[]> => {
  const found = figures.get(bench) ?? smoke(bench);
  figures.set(bench, found);
  return found;
};

async function smoke(bench: Bench): Promise<readonly Figure[]> {
  const lines: string[] = [];
  await runBenches([bench], { smoke: true, format: "json" }, (line) => lines.push(line));
  assert.equal(lines.length, 1);
  const { bench: name, results } = JSON.parse(lines[0] ?? "");
  assert.equal(name, bench.name);
  return results;
}

describe("every bench runs and gives sound figures", () => {
  for (const bench of BENCHES) {
    test(`bench ${bench.name}`, { skip: NEEDS_CC.has(bench) && NO_CC }, async () => {
      const results = await figuresOf(bench);
      assert.ok(results.length > 0);
      assert.equal(new Set(results.map(({ name }) => name)).size, results.length);
      for (const { name, unit, value, min, max, peers, ratios } of results) {
        assert.ok(name.length > 0 && unit.length > 0);
        // JSON has null for what is not finite.
        for (const figure of [value, min, max]) {
          assert.ok(Number.isFinite(figure), `${name}: ${figure}`);
          const mayBeZero = MAY_BE_ZERO.has(name.split(",")[0] ?? "");
          assert.ok(figure > 0 || (figure === 0 && mayBeZero), `${name}: ${figure}`);
        }
        assert.ok(min <= value && value <= max, `${name}: ${min} to ${max} hold ${value}`);
        assert.deepEqual(Object.keys(ratios), Object.keys(peers));
        for (const rate of [...Object.values(peers), ...Object.values(ratios)])
          assert.ok(Number.isFinite(rate) && rate > 0, `${name}: ${JSON.stringify(peers)}`);
      }
    });
  }
});

test("bench savina has Erlang beside every program", { skip: NO_ERLANG }, async () => {
  for (const { peers } of await figuresOf(savina)) {
    assert.deepEqual(Object.keys(peers).slice(-2), ["Erlang +S 1", "Erlang +S 2"]);
  }
});

test("bench names are unique", () => {
  assert.equal(new Set(BENCHES.map(({ name }) => name)).size, BENCHES.length);
});

test("bench tcp-stored has Mosquitto beside it", { skip: NO_CC || NO_MOSQUITTO }, async () => {
  for (const { peers } of await figuresOf(tcpStored)) {
    assert.deepEqual(Object.keys(peers), ["Mosquitto"]);
  }
});

test("bench stored-elsewhere has Mosquitto and PostgreSQL beside it", {
  skip: NO_CC || NO_MOSQUITTO || (await noPostgres()),
}, async () => {
  assert.deepEqual(
    (await figuresOf(storedElsewhere)).map(({ peers }) => Object.keys(peers)),
    [
      ["Mosquitto + PostgreSQL"],
      ["Mosquitto + PostgreSQL"],
      ...(NO_OFFICE === false ? [["PostgreSQL, table and index", "PostgreSQL, table alone"]] : []),
    ],
  );
});
