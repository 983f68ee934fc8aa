import assert from "node:assert/strict";
import { test } from "node:test";
import { EXCESS_MS_MAX, RateLimit, type Verdict } from "../../../actors/leaf/rate-limit.ts";
import fc from "../../support/fc.ts";

const verdicts = (limit: RateLimit, times: readonly number[]): Verdict[] =>
  times.map((atMs) => limit.take(atMs));

test("RateLimit lets a burst of two seconds' frames through and refuses the next", () => {
  const limit = new RateLimit(20);
  const got = verdicts(limit, new Array<number>(41).fill(1_000));
  assert.deepEqual(got, [...new Array<Verdict>(40).fill("pass"), "limited"]);
});

test("RateLimit lets a leaf at exactly its rate through for ever", () => {
  const limit = new RateLimit(20);
  for (let i = 0; i < 10_000; i++) assert.equal(limit.take(i * 50), "pass");
});

test("RateLimit puts a leaf in quarantine after five seconds of excess, not before", () => {
  const limit = new RateLimit(1);
  const got = Array.from({ length: 20 }, (_, i) => limit.take(i * 500));
  const first = got.indexOf("limited");
  const quarantine = got.indexOf("quarantine");
  assert.ok(first > 0);
  assert.equal((quarantine - first) * 500, EXCESS_MS_MAX);
});

test("RateLimit forgives a burst that is followed by rest", () => {
  const limit = new RateLimit(10);
  for (let round = 0; round < 20; round++) {
    const got = verdicts(limit, new Array<number>(25).fill(round * 4_000));
    assert.ok(!got.includes("quarantine"), `round ${round}`);
    assert.equal(got.filter((verdict) => verdict === "pass").length, 20);
  }
});

test("RateLimit below one frame in two seconds still lets frames through", () => {
  const limit = new RateLimit(0.1);
  assert.deepEqual(verdicts(limit, [0, 1, 10_001, 10_002]), ["pass", "limited", "pass", "limited"]);
});

test("RateLimit never lets more through than burst and rate allow, whatever the clock does", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 50, noNaN: true }),
      fc.array(fc.integer({ min: -200, max: 2_000 }), { maxLength: 300 }),
      (perSecond, steps) => {
        const limit = new RateLimit(perSecond);
        let nowMs = 1_000_000;
        let forwardMs = 0;
        let passed = 0;
        for (const step of steps) {
          nowMs += step;
          forwardMs += Math.max(0, step);
          if (limit.take(nowMs) === "pass") passed += 1;
        }
        const allowed = Math.max(1, perSecond * 2) + (forwardMs * perSecond) / 1_000;
        assert.ok(passed <= allowed + 1e-6, `${passed} passed of ${allowed}`);
      },
    ),
  );
});
