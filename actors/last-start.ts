/**
 * The number of the node's last start, beside the store: a store that is older than it, or that came
 * here without it, has been taken from a backup, and knows nothing of frames accepted since.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const pathIn = (dir: string): string => join(dir, "last-start");

export function readLastStart(dir: string): number | undefined {
  try {
    const text = readFileSync(pathIn(dir), "utf8").trim();
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** After the store has it: a start in between is at worst taken for one on a backup. */
export function writeLastStart(dir: string, start: number): void {
  writeFileSync(`${pathIn(dir)}.new`, `${start}\n`);
  renameSync(`${pathIn(dir)}.new`, pathIn(dir));
}

/** Another store is being put in the place of this one: whatever its number, it is an older one's. */
export const outdateStore = (dir: string): void =>
  writeLastStart(dir, (readLastStart(dir) ?? 0) + 1);
