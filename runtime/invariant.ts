/** Bugs: the program contradicts itself. A supervisor treats them like any other fault. */

export function invariant(condition: boolean, what: string): asserts condition {
  if (!condition) broken(what);
}

/** For where putting `what` into words costs more than to look whether it holds. */
export function broken(what: string): never {
  throw new Error(`invariant broken: ${what}`);
}

/** Stands where every variant has been handled, so that a new one fails to compile. */
export function unreachable(variant: never): never {
  throw new Error(`unreachable variant: ${JSON.stringify(variant)}`);
}
