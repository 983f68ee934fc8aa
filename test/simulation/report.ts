/** A failing run for a person: the line that replays it, what broke, and what happened just before. */
import type { Failure } from "./search.ts";
import { traceActors } from "./trace.ts";
import { type Moment, runWorld, type World } from "./world.ts";

const TRACE_LINES = 20;

export const replayLine = ({ world, seed, plan }: Failure): string =>
  `npm run sim -- --world ${world} --seed ${seed} --plan '${JSON.stringify(plan)}'`;

export async function reportOf(world: World, failure: Failure): Promise<string> {
  const { plan, invariant, detail, step, faultsFound, runs } = failure;
  const faults = plan.map((planned) => `  ${JSON.stringify(planned)}`);
  const found = runs > 1 ? `, made small from ${faultsFound} in ${runs} runs` : "";
  return [
    `${world.name} breaks at step ${step}: ${invariant}`,
    `  ${detail.replaceAll("\n", "\n  ")}`,
    `${plan.length} faults${found}${plan.length > 0 ? ":" : "; the seed's order alone does it"}`,
    ...faults,
    "last steps:",
    ...(await lastSteps(world, failure)).map((line) => `  ${line}`),
    "to replay:",
    replayLine(failure),
  ].join("\n");
}

async function lastSteps(world: World, { seed, plan }: Failure): Promise<readonly string[]> {
  const moment: Moment = { step: 0 };
  const trace = traceActors(moment, TRACE_LINES);
  try {
    await runWorld(world, seed, plan, moment);
  } catch {
    // It is known; here is the way to it.
  }
  return trace.stop();
}
