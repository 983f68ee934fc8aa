/**
 * fast-check, its cases drawn by `SEED`. `npm test` sets one, so that what passes here passes there;
 * without it every run draws new ones, and a failure names its seed.
 */
import fc from "fast-check";

export type { Arbitrary } from "fast-check";

const seed = process.env["SEED"];
if (seed !== undefined) fc.configureGlobal({ seed: Number(seed) });

export default fc;
