import assert from "node:assert/strict";
import { test } from "node:test";
import { colonyShape } from "../../../web/src/parts/colony-shape.ts";

test("colonyShape() places any number of leaves inside the circle, each apart from the others", () => {
  for (const count of [0, 1, 2, 15, 125, 250]) {
    const spores = colonyShape(count);
    assert.equal(spores.length, count);
    for (const [index, spore] of spores.entries()) {
      assert.ok(Math.hypot(spore.x, spore.y) <= 1);
      assert.ok(spore.parent < index && spore.parent >= -1, "a thread comes from what was there");
      for (const other of spores.slice(0, index)) {
        assert.ok(Math.hypot(spore.x - other.x, spore.y - other.y) > 0.9 / Math.sqrt(count));
      }
    }
  }
});
