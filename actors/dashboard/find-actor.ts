/** Finds the actor that a person means: by its path, or by the end of it if no other ends so. */
import { err, ok, type Result } from "../../runtime/result.ts";

/** Paths that may have been meant: as many as a person reads at a glance. */
const NEAR_MAX = 5;

/** The error is the paths that may have been meant, the likeliest first. */
export function findActor(
  paths: readonly string[],
  name: string,
): Result<string, readonly string[]> {
  if (paths.includes(name)) return ok(name);
  const part = name.replace(/^\/+|\/+$/g, "");
  const ending = paths.filter((path) => path.endsWith(`/${part}`));
  const [only] = ending;
  if (only !== undefined && (ending.length === 1 || only.endsWith(`/user/${part}`)))
    return ok(only);
  if (ending.length > 0) return err(ending.slice(0, NEAR_MAX));
  return err(nearest(paths, part));
}

function nearest(paths: readonly string[], part: string): string[] {
  const steps = part.split("/").length;
  const far = paths.map((path) => {
    const end = path.split("/").slice(-steps).join("/");
    return { path, distance: path.includes(part) ? 0 : distance(end, part) };
  });
  return far
    .filter((each) => each.distance <= Math.ceil(part.length / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, NEAR_MAX)
    .map(({ path }) => path);
}

/** Levenshtein's: letters to change, add or leave out. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
