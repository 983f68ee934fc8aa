/** The programs in the order of the report. */
import { big } from "./big.ts";
import { counting } from "./counting.ts";
import { forkJoinCreate, forkJoinThroughput } from "./fork-join.ts";
import { pingPong } from "./ping-pong.ts";
import type { Program } from "./program.ts";
import { spawn } from "./spawn.ts";
import { threadRing } from "./thread-ring.ts";

export const SAVINA: readonly Program[] = [
  pingPong,
  threadRing,
  counting,
  forkJoinCreate,
  forkJoinThroughput,
  big,
  spawn,
];
