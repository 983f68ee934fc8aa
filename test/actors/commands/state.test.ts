import assert from "node:assert/strict";
import { test } from "node:test";
import { pick } from "../../../actors/commands/state.ts";
import { MycelError } from "../../../runtime/errors.ts";

const leaf = (hub: string, leafId: number) => ({
  hub,
  leafId,
  name: `leaf_${leafId}`,
  batteryMv: 3_000,
});
const state = {
  nodes: [{ node: "office" }],
  leaves: [leaf("hub_a", 1), leaf("hub_a", 2), leaf("hub_b", 1)],
};

test("pick() follows keys, names and indices", () => {
  assert.equal(pick(state), state);
  assert.deepEqual(pick(state, "leaves/hub_a"), state.leaves.slice(0, 2));
  assert.equal(pick(state, "/leaves/hub_a/leaf_2/batteryMv/"), 3_000);
  assert.equal(pick(state, "nodes/0/node"), "office");
});

test("pick() finds the only leaf of a hub by hub and name, as it finds others", () => {
  assert.equal(pick(state, "leaves/hub_b/leaf_1"), state.leaves[2]);
  assert.equal(pick(state, "leaves/hub_b/leaf_1/batteryMv"), 3_000);
});

test("pick() says what there is not", () => {
  for (const path of [
    "leaves/hub_c",
    "leaves/hub_b/leaf_7",
    "leaves/9",
    "constructor",
    "nodes/0/node/x",
  ]) {
    assert.throws(
      () => pick(state, path),
      (error) => error instanceof MycelError && error.code === "E_INPUT",
      path,
    );
  }
});
