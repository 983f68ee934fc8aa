/**
 * One side as a process of its own, so that nobody's garbage or compiled code is another's:
 *
 *   `counting 100000`  ──stdin──▶  program on a fresh side  ──stdout──▶  `8.25 100000`: ms, counted
 *
 * With `--bytes` a third number says how much more memory is held afterwards, actors alive.
 */
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import { invariant } from "../../runtime/invariant.ts";
import { collectGarbage } from "../garbage.ts";
import { BareLoop } from "../peers/bare-loop.ts";
import { NactSide } from "./nact-side.ts";
import { OurSide } from "./our-side.ts";
import { SAVINA } from "./programs.ts";

const SIDES = { ours: OurSide, nact: NactSide, "bare loop": BareLoop } as const;

const [, , sideName, option] = process.argv;
const Side = SIDES[sideName as keyof typeof SIDES];
for await (const line of createInterface({ input: process.stdin })) {
  const [, name, steps] = /^(.+) (\d+)$/.exec(line) ?? [];
  const program = SAVINA.find((each) => each.name === name);
  invariant(program !== undefined, `there is a program called ${name}`);
  const side = new Side();
  const bytesBefore = heldBytes();
  const startedAt = performance.now();
  const counted = program.run(side, Number(steps));
  side.run();
  const units = await counted;
  const ms = performance.now() - startedAt;
  const answer = [ms, units];
  if (option === "--bytes") {
    // What the last turn of the event loop still holds goes with it.
    await setImmediate();
    answer.push(heldBytes() - bytesBefore);
  }
  process.stdout.write(`${answer.join(" ")}\n`);
  await side.end();
}

function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
