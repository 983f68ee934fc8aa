/**
 * A world: a system under simulation, what may go wrong in it, and what holds at each step and when all
 * is quiet. One run of it is a seed and a plan of faults:
 *
 *   open ──▶ step: faults that are due ▶ work ▶ check ──▶ … ──▶ heal ▶ quiet: check all
 *
 * What a step is, the world says: one box of one thread for programs of the kernel, some milliseconds
 * for a whole node.
 */

import type { Simulation } from "../../runtime/testing/simulation.ts";
import type { Arbitrary } from "../support/fc.ts";

/** Something that goes wrong, as data; which fields it has is between a world and its plans. */
export interface Fault {
  readonly fault: string;
}

/** `at`: the step before which it happens. */
export type Planned = Fault & { readonly at: number };
export type Plan = readonly Planned[];

export interface World {
  readonly name: string;
  /** What it is about, in a line. */
  readonly about: string;
  readonly steps: number;
  /** One fault; when it happens is for the plan. */
  readonly faults: Arbitrary<Fault>;
  readonly faultsMax: number;
  /** Seeds that `npm test` runs, always the same ones. */
  readonly seedsInTest: number;
  open(seed: number): Course | Promise<Course>;
}

/** A run of a world. */
export interface Course {
  readonly sim: Simulation;
  inflict(fault: Fault, step: number): void | Promise<void>;
  step(step: number): void | Promise<void>;
  /** Holds at each step; cheap. Throws `Broken`. */
  check(): void;
  /** Nothing goes wrong any more, and all that can still happen has happened. */
  heal(): Promise<void>;
  /** Holds when all is quiet. */
  checkQuiet(): void | Promise<void>;
  close?(): void | Promise<void>;
}

/** An invariant that does not hold: its name, and how one sees it. */
export class Broken extends Error {
  readonly invariant: string;

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

export function hold(condition: boolean, invariant: string, detail: () => string): void {
  if (!condition) throw new Broken(invariant, detail());
}

/** Where a run has got to, for those who watch it. */
export interface Moment {
  step: number;
}

/** Runs one seed and plan; throws what is broken. The same ones always do the same. */
export async function runWorld(
  world: World,
  seed: number,
  plan: Plan,
  moment: Moment = { step: 0 },
): Promise<void> {
  const due = plan.toSorted((a, b) => a.at - b.at);
  const course = await world.open(seed);
  try {
    let next = 0;
    for (let step = 0; step < world.steps; step += 1) {
      moment.step = step;
      for (let fault = due[next]; fault !== undefined && fault.at <= step; fault = due[next]) {
        next += 1;
        await course.inflict(fault, step);
      }
      const working = course.step(step);
      if (working !== undefined) await working;
      course.check();
    }
    await course.heal();
    course.check();
    await course.checkQuiet();
  } finally {
    await course.close?.();
  }
}
