import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { reportOf } from "./report.ts";
import { runPlan, runSeed } from "./search.ts";
import type { World } from "./world.ts";
import { broken } from "./worlds/broken.ts";
import { WORLDS } from "./worlds.ts";

const RUN = fileURLToPath(new URL("./run.ts", import.meta.url));

/** New seeds are for `npm run sim`. */
async function failureOf(world: World): Promise<string | undefined> {
  for (let seed = 1; seed <= world.seedsInTest; seed += 1) {
    const failure = await runSeed(world, seed);
    if (failure !== undefined) return reportOf(world, failure);
  }
  return undefined;
}

for (const world of WORLDS) {
  test(`runWorld() of ${world.name}: ${world.about}`, async () => {
    assert.equal(await failureOf(world), undefined);
  });
}

/** Each once broke its world; what it found is in docs/simulation.md. */
const SEEDS_KEPT = [["sealed", 4478]] as const;

for (const [name, seed] of SEEDS_KEPT) {
  test(`runWorld() of ${name} holds for seed ${seed}, which once broke it`, async () => {
    const world = WORLDS.find((each) => each.name === name);
    assert.ok(world !== undefined);
    const failure = await runSeed(world, seed);
    assert.equal(failure && reportOf(world, failure), undefined);
  });
}

test("runSeed() finds the one fault that breaks a world, and its plan breaks it again", async () => {
  let failure: Awaited<ReturnType<typeof runSeed>>;
  for (let seed = 1; failure === undefined; seed += 1) failure = await runSeed(broken, seed);
  assert.equal(failure.invariant, "a count is never forgotten");
  assert.deepEqual(
    failure.plan.map(({ fault, ...rest }) => [fault, "actor" in rest && rest.actor]),
    [["crash", "counter"]],
  );
  const again = await runPlan(broken, failure.seed, failure.plan);
  assert.deepEqual([again?.step, again?.detail], [failure.step, failure.detail]);
  assert.equal(await runPlan(broken, failure.seed, []), undefined);
});

test("npm run sim prints a line that replays what failed, step by step, and exits with 1", () => {
  const run = (args: readonly string[]) =>
    spawnSync(process.execPath, [RUN, ...args], { encoding: "utf8" });
  const found = run(["--world", "broken", "--seeds", "50"]);
  assert.equal(found.status, 1, found.stderr);
  const line = /^npm run sim -- (--world .*) --plan '(.*)'$/m.exec(found.stdout);
  assert.ok(line !== null, found.stdout);
  const again = run([...(line[1] as string).split(" "), "--plan", line[2] as string]);
  assert.equal(again.status, 1, again.stderr);
  const stepsOf = (text: string) => text.slice(text.indexOf("last steps:"));
  assert.equal(stepsOf(again.stdout).trim(), stepsOf(found.stdout).trim());
  assert.match(again.stdout, /outside ──▶ counter: ActorTimer/);
  assert.equal(run(["--world", "broken", "--seed", "1", "--plan", "[]"]).status, 0);
});
