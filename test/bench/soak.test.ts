import assert from "node:assert/strict";
import { test } from "node:test";
import { soak } from "../../bench/soak/soak.ts";
import { trendOf } from "../../bench/soak/trend.ts";

test("soak() accounts for every message of a few seconds, with a thread lost and actors moved", async () => {
  const lines: string[] = [];
  const isAccountedFor = await soak({
    minutes: 3,
    minuteMs: 1_000,
    workers: 2,
    lossEvery: 2,
    seed: 1,
    say: (line) => lines.push(line),
  });
  const text = lines.join("\n");
  assert.ok(isAccountedFor, text);
  assert.match(text, /threads lost +1/);
  assert.doesNotMatch(text, /moves +0$/m);
});

test("trendOf() is the growth of the line through the last three quarters", () => {
  const looks = Array.from({ length: 40 }, (_, i) => (i < 10 ? 1_000 : 100 + i / 2));
  const { growth, mean } = trendOf(looks);
  assert.ok(Math.abs(growth - 14.5) < 1e-9);
  assert.ok(Math.abs(mean - 112.25) < 1e-9);
  assert.equal(trendOf([7]).growth, 0);
});
