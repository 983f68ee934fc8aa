/** Every world by name. */
import type { World } from "./world.ts";
import { broken } from "./worlds/broken.ts";
import { numbers } from "./worlds/numbers.ts";

/** Those that are run when none is named. */
export const WORLDS: readonly World[] = [numbers];

/** Those that are run by name alone. */
export const OTHER_WORLDS: readonly World[] = [broken];
