import assert from "node:assert/strict";
import { test } from "node:test";
import { HubRows } from "../../../actors/hub/hub-rows.ts";
import fc from "../../support/fc.ts";

const hubs = fc.uniqueArray(
  fc.record({ hubNo: fc.nat(120), leavesMax: fc.integer({ min: 1, max: 16_384 }) }),
  { selector: ({ hubNo }) => hubNo, minLength: 1, maxLength: 100 },
);

test("HubRows gives each hub as many rows as it may have leaves, and none to two", () => {
  fc.assert(
    fc.property(hubs, (configured) => {
      const rows = new HubRows(configured);
      let end = 0;
      for (const { hubNo, leavesMax } of configured.sort((a, b) => a.hubNo - b.hubNo)) {
        const { rowBase, rowsMax } = rows.of(hubNo);
        assert.equal(rowsMax, leavesMax);
        assert.ok(rowBase >= end, "behind the rows of the hub before");
        assert.equal(rowBase % 8, 0, "on a cache line of its own");
        assert.equal(rows.rowOf(hubNo, leavesMax - 1), rowBase + leavesMax - 1);
        assert.equal(rows.rowOf(hubNo, leavesMax), undefined);
        end = rowBase + rowsMax;
      }
      assert.ok(rows.rowsMax >= end);
    }),
  );
});

test("HubRows has 25,000 leaves in 98 hubs of wire v1 or in two of v2", () => {
  const many = new HubRows(Array.from({ length: 98 }, (_, hubNo) => ({ hubNo, leavesMax: 256 })));
  const few = new HubRows([12_500, 12_500].map((leavesMax, hubNo) => ({ hubNo, leavesMax })));
  assert.deepEqual([many.rowsMax, few.rowsMax], [98 * 256, 25_008]);
});

test("HubRows has no row for a hub that is configured no longer", () => {
  const rows = new HubRows([{ hubNo: 2, leavesMax: 10 }]);
  assert.equal(rows.rowOf(0, 0), undefined);
  assert.equal(rows.rowOf(undefined, 0), undefined);
});
