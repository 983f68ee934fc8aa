import assert from "node:assert/strict";
import { test } from "node:test";
import type { Leaf } from "../../../transports/http/contract.ts";
import { leafFilterOf, leafPasses } from "../../../web/src/views/leaf-filter.ts";

const leaf: Leaf = {
  hub: "swarm_hub_02",
  leafId: 12,
  name: "door_12",
  zone: "library",
  online: false,
  lastSeenMs: 0,
  batteryMv: 2_300,
  readings: {},
  hardware: "attiny",
  capabilities: [],
  standing: "adopted",
  claimedHardware: null,
  lowBattery: true,
  quarantined: false,
  frames: 0,
  refused: 0,
};

const cases: readonly (readonly [query: string, passes: boolean])[] = [
  ["", true],
  ["q=DOOR", true],
  ["q=attiny+library", true],
  ["q=door+lab", false],
  ["q=12", true],
  ["zone=library", true],
  ["zone=lab", false],
  ["hub=swarm_hub_02", true],
  ["hub=swarm_hub_01", false],
  ["state=offline", true],
  ["state=online", false],
  ["state=lowBattery", true],
  ["state=quarantined", false],
  ["state=somethingElse", true],
  ["q=door&zone=library&state=offline", true],
  ["q=door&zone=library&state=online", false],
];

for (const [query, passes] of cases) {
  test(`leafPasses() ${passes ? "lets" : "does not let"} the leaf through for "${query}"`, () => {
    assert.equal(leafPasses(leaf, leafFilterOf(new URLSearchParams(query))), passes);
  });
}
