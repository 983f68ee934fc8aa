/**
 * One side as a process of its own, so that nobody's garbage or compiled code is another's:
 *
 *   `counting 100000`  ──stdin──▶  program on a fresh side  ──stdout──▶  `8.25 100000`: ms, counted
 */
import { createInterface } from "node:readline";
import { invariant } from "../../runtime/invariant.ts";
import { collectGarbage } from "../garbage.ts";
import { BareLoop } from "../peers/bare-loop.ts";
import { NactSide } from "./nact-side.ts";
import { OurSide } from "./our-side.ts";
import { SAVINA } from "./programs.ts";

const SIDES = { ours: OurSide, nact: NactSide, "bare loop": BareLoop } as const;

const Side = SIDES[process.argv[2] as keyof typeof SIDES];
for await (const line of createInterface({ input: process.stdin })) {
  const [, name, steps] = /^(.+) (\d+)$/.exec(line) ?? [];
  const program = SAVINA.find((each) => each.name === name);
  invariant(program !== undefined, `there is a program called ${name}`);
  const side = new Side();
  collectGarbage();
  const startedAt = performance.now();
  const counted = program.run(side, Number(steps));
  side.run();
  const units = await counted;
  const ms = performance.now() - startedAt;
  process.stdout.write(`${ms} ${units}\n`);
  await side.end();
}
