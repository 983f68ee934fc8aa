/** Every world by name. */
import type { World } from "./world.ts";
import { asks } from "./worlds/asks.ts";
import { broken } from "./worlds/broken.ts";
import { hour } from "./worlds/hour.ts";
import { intensity } from "./worlds/intensity.ts";
import { node } from "./worlds/node.ts";
import { numbers } from "./worlds/numbers.ts";
import { receptionist } from "./worlds/receptionist.ts";
import { sealed } from "./worlds/sealed.ts";
import { tallies } from "./worlds/tallies.ts";
import { timers } from "./worlds/timers.ts";
import { trees } from "./worlds/trees.ts";
import { watch } from "./worlds/watch.ts";

/** Those that are run when none is named. */
export const WORLDS: readonly World[] = [
  numbers,
  watch,
  trees,
  intensity,
  asks,
  timers,
  receptionist,
  tallies,
  node,
  sealed,
];

/** Those that are run by name alone. */
export const OTHER_WORLDS: readonly World[] = [broken, hour];
