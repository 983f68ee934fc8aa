/**
 * `npm run mutants [-- NAME …]`: applies each patch to a copy of the sources and has the simulator find
 * it. Fails when one is not found.
 */
import { Copy, look, mutants } from "./mutants.ts";

/** Several times what any of them takes. */
const SEEDS_MAX = 500;

const names = process.argv.slice(2);
const copy = new Copy();
let missed = 0;
try {
  console.log("mutant".padEnd(28), "seeds".padStart(5), " found by world: invariant");
  for (const mutant of mutants()) {
    if (names.length > 0 && !names.includes(mutant.name)) continue;
    const refusal = copy.apply(mutant);
    if (refusal !== undefined) {
      missed += 1;
      console.log(mutant.name.padEnd(28), "    –  its patch no longer applies:", refusal);
      continue;
    }
    const found = await look(copy, mutant, SEEDS_MAX);
    copy.undo(mutant);
    if (found === undefined) missed += 1;
    const seeds = String(found?.seeds ?? SEEDS_MAX).padStart(5);
    const by = found === undefined ? "NOT FOUND" : `${found.world}: ${found.invariant}`;
    console.log(mutant.name.padEnd(28), seeds, "", by);
  }
} finally {
  copy.remove();
}
if (missed > 0) console.error(`${missed} not found`);
process.exit(missed > 0 ? 1 : 0);
