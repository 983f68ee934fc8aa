/**
 * Looks for a failing run of a world, seed by seed, and makes its plan of faults small.
 *
 *   seed ──▶ plan ──▶ run ──broken──▶ smaller plans of the same seed ──▶ the smallest that breaks too
 */
import { planOf, shrunk } from "./plan.ts";
import { Broken, type Moment, type Plan, runWorld, type World } from "./world.ts";

export interface Failure {
  readonly world: string;
  readonly seed: number;
  readonly plan: Plan;
  readonly invariant: string;
  readonly detail: string;
  readonly step: number;
  /** Faults of the plan that was found first. */
  readonly faultsFound: number;
  /** Runs that it took to make the plan small. */
  readonly runs: number;
}

/** Runs the plan that the seed makes; undefined when all holds. */
export async function runSeed(world: World, seed: number): Promise<Failure | undefined> {
  const plan = planOf(world, seed);
  let failure = await runPlan(world, seed, plan);
  if (failure === undefined) return undefined;
  const { invariant } = failure;
  let runs = 1;
  await shrunk(plan, async (less) => {
    runs += 1;
    const smaller = await runPlan(world, seed, less);
    if (smaller?.invariant !== invariant) return false;
    failure = smaller;
    return true;
  });
  return { ...failure, faultsFound: plan.length, runs };
}

/** Runs one plan; undefined when all holds. */
export async function runPlan(
  world: World,
  seed: number,
  plan: Plan,
): Promise<Failure | undefined> {
  const moment: Moment = { step: 0 };
  try {
    await runWorld(world, seed, plan, moment);
    return undefined;
  } catch (cause) {
    const isBroken = cause instanceof Broken;
    return {
      world: world.name,
      seed,
      plan,
      invariant: isBroken ? cause.invariant : "nothing throws",
      detail:
        cause instanceof Error ? (isBroken ? cause.message : String(cause.stack)) : String(cause),
      step: moment.step,
      faultsFound: plan.length,
      runs: 1,
    };
  }
}
