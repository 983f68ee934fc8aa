/** Turns growing counters into rates a second, smoothed so that a number can be read. */
export interface Rates {
  update(key: string, count: number, atMs: number): void;
  /** Events a second; undefined until two counts are known. */
  of(key: string): number | undefined;
  /** Forgets everything: another run of the node counts from zero. */
  clear(): void;
}

/** Weight of the newest second: settles within about four. */
const NEWEST_WEIGHT = 0.4;
/** Counts closer together than this say little about a rate. */
const GAP_MS_MIN = 500;

export function createRates(): Rates {
  /** One entry for each hub that the node has told of. */
  const known = new Map<string, { count: number; atMs: number; rate: number | undefined }>();
  return {
    update(key, count, atMs) {
      const entry = known.get(key);
      if (entry === undefined || count < entry.count) {
        known.set(key, { count, atMs, rate: undefined });
        return;
      }
      const gapMs = atMs - entry.atMs;
      if (gapMs < GAP_MS_MIN) return;
      const rate = ((count - entry.count) * 1_000) / gapMs;
      entry.rate =
        entry.rate === undefined ? rate : entry.rate + NEWEST_WEIGHT * (rate - entry.rate);
      entry.count = count;
      entry.atMs = atMs;
    },
    of: (key) => known.get(key)?.rate,
    clear: () => known.clear(),
  };
}
