import assert from "node:assert/strict";
import { test } from "node:test";
import { Copy, look, type Mutant, mutants } from "./mutants.ts";

/** One that any run finds, one that takes some, and one of the whole path. All of them: `npm run mutants`. */
const RUN = ["terminated-twice", "answered-twice", "replay-window-forgets"];
const SEEDS_MAX = 100;

test("mutants() apply to the sources as they are, each on its own", (t) => {
  const copy = new Copy();
  t.after(() => copy.remove());
  assert.ok(mutants().length >= 12);
  for (const mutant of mutants()) {
    const refusal = copy.apply(mutant, ["--check"]);
    assert.equal(refusal, undefined, `make ${mutant.name}.patch anew: ${refusal}`);
  }
});

for (const name of RUN) {
  test(`runSeed() finds the mutant ${name} in a copy of the sources`, async (t) => {
    const mutant = mutants().find((each) => each.name === name) as Mutant;
    const copy = new Copy();
    t.after(() => copy.remove());
    assert.equal(copy.apply(mutant), undefined);
    const found = await look(copy, mutant, SEEDS_MAX);
    assert.ok(found !== undefined, mutant.breaks);
  });
}
