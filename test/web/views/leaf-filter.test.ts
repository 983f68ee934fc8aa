import assert from "node:assert/strict";
import { test } from "node:test";
import type { LeafInfo } from "../../../transports/http/contract.ts";
import { ROW_FLAG } from "../../../transports/live/rows.ts";
import { leafFilterOf, leafPasses, rowsOf } from "../../../web/src/views/leaf-filter.ts";

const leaf: LeafInfo = {
  row: 300,
  hub: "swarm_hub_02",
  leafId: 12,
  name: "door_12",
  zone: "library",
  hardware: "attiny",
  standing: "adopted",
  claimedHardware: null,
};
/** Offline, its battery low; its temperature is told. */
const FLAGS = ROW_FLAG.present | ROW_FLAG.adopted | ROW_FLAG.lowBattery;
const VALUE = 21.5;

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
  ["state=stranger", false],
  ["state=somethingElse", true],
  ["q=door&zone=library&state=offline", true],
  ["q=door&zone=library&state=online", false],
  ["channel=temperature&min=20&max=22", true],
  ["channel=temperature&min=21.5", true],
  ["channel=temperature&max=21", false],
  ["channel=temperature&min=warm", true],
  ["min=30", true],
];

for (const [query, passes] of cases) {
  test(`leafPasses() ${passes ? "lets" : "does not let"} the leaf through for "${query}"`, () => {
    const filter = leafFilterOf(new URLSearchParams(query));
    assert.equal(leafPasses(leaf, FLAGS, VALUE, filter), passes);
  });
}

test("leafPasses() lets no leaf without a value through a range", () => {
  const filter = leafFilterOf(new URLSearchParams("channel=co2&min=0"));
  assert.equal(leafPasses(leaf, FLAGS, Number.NaN, filter), false);
});

test("rowsOf() asks the node for the rows of one hub, of one zone, or all", () => {
  const of = (query: string) => rowsOf(leafFilterOf(new URLSearchParams(query)));
  assert.deepEqual(
    [of(""), of("zone=lab"), of("zone=lab&hub=swarm_hub_02")],
    ["all", "zone:lab", "hub:swarm_hub_02"],
  );
});
