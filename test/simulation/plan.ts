/**
 * Plans of faults: made from a seed by fast-check's arbitraries, made small by leaving faults out.
 * fast-check's own shrinking of lists leaves faults that are not needed, and changes times, at which
 * another fault is then needed to break the same thing.
 */
import fc from "../support/fc.ts";
import type { Plan, Planned, World } from "./world.ts";

/** A third of the runs have no fault, so that the seed alone is to blame. */
export function planOf({ faults, faultsMax, steps }: World, seed: number): Plan {
  if (faultsMax === 0) return [];
  const planned = fc
    .tuple(fc.nat(steps - 1), faults)
    .map(([at, fault]): Planned => ({ at, ...fault }));
  const plan = fc.oneof(
    { weight: 1, arbitrary: fc.constant<Plan>([]) },
    {
      weight: 2,
      arbitrary: fc.array(planned, { minLength: 1, maxLength: faultsMax, size: "max" }),
    },
  );
  return fc.sample(fc.noBias(plan), { seed, numRuns: 1 })[0] as Plan;
}

/** Leaves out halves, then quarters … then single faults, until none can be spared. */
export async function shrunk(plan: Plan, breaks: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let small = plan;
  for (let size = Math.ceil(plan.length / 2); size >= 1; ) {
    let spared = false;
    for (let from = 0; from < small.length; ) {
      const less = small.toSpliced(from, size);
      if (await breaks(less)) {
        small = less;
        spared = true;
      } else from += size;
    }
    // A fault left out can make others needless.
    if (!spared || size > 1) size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return small;
}
