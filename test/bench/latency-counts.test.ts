import assert from "node:assert/strict";
import { test } from "node:test";
import { countsBytes, LatencyCounts } from "../../bench/latency/latency-counts.ts";

test("LatencyCounts gives the latency that a share did not exceed, over all threads", () => {
  const counts = new LatencyCounts(new SharedArrayBuffer(countsBytes(2)));
  for (let us = 1; us <= 100; us++) counts.add(us % 2, us + 0.9);
  assert.equal(counts.total, 100);
  assert.deepEqual(
    [0.5, 0.99, 0.999, 1].map((share) => counts.percentileUs(share)),
    [50, 99, 100, 100],
  );
  counts.add(0, 5e6);
  assert.equal(counts.percentileUs(1), 1_000_000);
  counts.clear();
  assert.equal(counts.total, 0);
});
