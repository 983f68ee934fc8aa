/**
 * `npm run sim`: runs worlds under seeds, and prints of a failing one the line that replays it.
 *
 *   npm run sim -- --seeds 1000                       each world, 1,000 seeds
 *   npm run sim -- --world numbers --seed 42          one run, with the plan that its seed makes
 *   npm run sim -- --world numbers --seed 42 --plan '[]'
 */
import { parseArgs } from "node:util";
import { SingleBar } from "cli-progress";
import { reportOf } from "./report.ts";
import { type Failure, runPlan, runSeed } from "./search.ts";
import type { Plan, World } from "./world.ts";
import { OTHER_WORLDS, WORLDS } from "./worlds.ts";

const SEEDS_DEFAULT = 100;

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    world: { type: "string" },
    plan: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  const known = [...WORLDS, ...OTHER_WORLDS].map(
    ({ name, about }) => `  ${name.padEnd(14)} ${about}`,
  );
  console.log(
    [
      "npm run sim -- [--world NAME] [--seeds N] [--seed FIRST] [--plan JSON] [--json]",
      ...known,
    ].join("\n"),
  );
  process.exit(0);
}

const first = numberOf("seed", values.seed) ?? 1;
const isOne = values.seed !== undefined || OTHER_WORLDS.some(({ name }) => name === values.world);
const seeds = numberOf("seeds", values.seeds) ?? (isOne ? 1 : SEEDS_DEFAULT);
let failures = 0;
for (const world of chosen(values.world)) {
  const failure =
    values.plan === undefined
      ? await search(world)
      : await runPlan(world, first, planFrom(values.plan));
  if (failure === undefined) continue;
  failures += 1;
  if (values.json) console.log(JSON.stringify(failure));
  else console.log(`\n${await reportOf(world, failure)}\n`);
}
process.exit(failures > 0 ? 1 : 0);

/** Stops at the first seed that fails. */
async function search(world: World): Promise<Failure | undefined> {
  const startedAtMs = performance.now();
  const rate = (done: number): string =>
    ((1_000 * done) / (performance.now() - startedAtMs)).toFixed(1);
  const bar = new SingleBar({
    format: `${world.name.padEnd(14)} {bar} {value}/{total} seeds, {rate} seeds/s`,
    noTTYOutput: false,
    clearOnComplete: true,
  });
  if (!values.json) bar.start(seeds, 0, { rate: "0.0" });
  let done = 0;
  let failure: Failure | undefined;
  for (; done < seeds && failure === undefined; done += 1) {
    failure = await runSeed(world, first + done);
    bar.update(done + 1, { rate: rate(done + 1) });
  }
  bar.stop();
  if (!values.json) {
    const outcome = failure === undefined ? "hold" : `seed ${failure.seed} BREAKS`;
    console.log(`${world.name.padEnd(14)} ${done} seeds, ${rate(done)} seeds/s: ${outcome}`);
  }
  return failure;
}

function chosen(name: string | undefined): readonly World[] {
  if (name === undefined) return WORLDS;
  const known = [...WORLDS, ...OTHER_WORLDS];
  const world = known.find((each) => each.name === name);
  if (world !== undefined) return [world];
  return refuse(
    `there is no world ${name}; there are: ${known.map((each) => each.name).join(", ")}`,
  );
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  return refuse(`--${name} is a whole number, not ${text}`);
}

function planFrom(text: string): Plan {
  try {
    const plan: unknown = JSON.parse(text);
    if (Array.isArray(plan) && plan.every((each) => "at" in each && "fault" in each)) return plan;
  } catch {
    // Refused below.
  }
  return refuse(`--plan is a list of faults as JSON, as a failing run prints it`);
}

function refuse(why: string): never {
  console.error(`npm run sim: ${why}`);
  process.exit(2);
}
