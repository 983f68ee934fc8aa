import assert from "node:assert/strict";
import { test } from "node:test";
import { findActor } from "../../../actors/dashboard/find-actor.ts";

const at = (end: string) => `mycel://office/user${end}`;
const PATHS = [
  at(""),
  at("/bus"),
  at("/historian"),
  at("/hubs"),
  at("/hubs/swarm_hub_01"),
  at("/hubs/swarm_hub_01/leaf_1"),
  at("/hubs/swarm_hub_02"),
  at("/hubs/swarm_hub_02/leaf_1"),
  at("/hubs/swarm_hub_02/leaf_12"),
  at("/zones/bus"),
];

test("findActor() finds a path, and the end of one that no other has", () => {
  for (const [name, path] of [
    [at("/historian"), at("/historian")],
    ["historian", at("/historian")],
    ["/hubs/swarm_hub_02/", at("/hubs/swarm_hub_02")],
    ["swarm_hub_01/leaf_1", at("/hubs/swarm_hub_01/leaf_1")],
    ["leaf_12", at("/hubs/swarm_hub_02/leaf_12")],
    ["bus", at("/bus")],
  ] as const) {
    assert.deepEqual(findActor(PATHS, name), { ok: true, value: path }, name);
  }
});

test("findActor() names what may have been meant", () => {
  for (const [name, near] of [
    ["leaf_1", [at("/hubs/swarm_hub_01/leaf_1"), at("/hubs/swarm_hub_02/leaf_1")]],
    ["histroian", [at("/historian")]],
    ["swarm_hub_02/leaf_13", [7, 8, 5].map((index) => PATHS[index])],
    ["user/hubs/swarm", [4, 5, 6, 7, 8].map((index) => PATHS[index])],
    ["wallet", []],
    ["", [...PATHS.slice(0, 5)]],
  ] as const) {
    assert.deepEqual(findActor(PATHS, name), { ok: false, error: near }, name);
  }
});
