/** Actors and their times as a terminal shows them. */

/** A path without what all of a node's have in common. */
export const shortName = (path: string): string => {
  const [, below] = /^mycel:\/\/[^/]+\/user\/(.+)$/.exec(path) ?? [];
  return below ?? path;
};

export const threadName = (thread: number): string => (thread === 0 ? "main" : `worker ${thread}`);

/** Three digits with a unit: `840 µs`, `1.23 ms`, `12.3 s`. */
export function duration(ms: number): string {
  if (ms < 0.0005) return "0 µs";
  if (ms < 1) return `${threeDigits(ms * 1_000)} µs`;
  return ms < 1_000 ? `${threeDigits(ms)} ms` : `${threeDigits(ms / 1_000)} s`;
}

const threeDigits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
