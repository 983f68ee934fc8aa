/** A side of this language as a contender. */
import { fileURLToPath } from "node:url";
import { Contender } from "../contender.ts";

const PROGRAM = fileURLToPath(new URL("./side.program.ts", import.meta.url));

export type SideName = "ours" | "nact" | "bare loop";

export interface SideOptions {
  readonly nodeFlags?: readonly string[];
  /** As in side.program.ts. */
  readonly flags?: readonly string[];
}

export const startSide = (
  name: SideName,
  { nodeFlags = [], flags = [] }: SideOptions = {},
): Contender => new Contender(process.execPath, [...nodeFlags, PROGRAM, name, ...flags]);
