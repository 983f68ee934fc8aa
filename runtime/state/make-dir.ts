/**
 * Makes a directory and those above it, private to the user. Not `mkdirSync(dir, {recursive: true})`:
 * Node 24 turns in it forever where the kernel answers ENOENT below a directory that exists, as
 * /proc does.
 */
import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { MycelError } from "../errors.ts";

/** `dir` is absolute. What it is for stands in the refusal: `The store's directory`. */
export function makeWritableDir(dir: string, what: string): void {
  try {
    makeDir(dir);
    accessSync(dir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new MycelError(
      "E_DIR_NOT_WRITABLE",
      `${what} ${dir} cannot be written: give this user the right to, or name another one.`,
      { dir },
      cause,
    );
  }
}

function makeDir(dir: string): void {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(dir) !== dir) makeDir(dirname(dir));
  mkdirSync(dir, { mode: 0o700 });
}
