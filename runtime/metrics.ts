/**
 * Times of handlers and of waiting, sampled, in a histogram of fixed size.
 *
 * Two buckets to a doubling from 128 ns, so a percentile is right within a factor of 1.42. One
 * message in `SAMPLE_EVERY` of a thread is timed, on average, which leaves rare messages of busy threads out.
 */

const BUCKETS = 56;
/** log2 of the first bucket's upper edge, ns. */
const FIRST_EDGE_LOG2 = 7;

export interface Percentiles {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** The upper edge of each bucket, ms. */
const EDGES_MS = Array.from(
  { length: BUCKETS },
  (_, bucket) => 2 ** (FIRST_EDGE_LOG2 + bucket / 2) / 1e6,
);

export class Histogram {
  readonly counts: number[] = new Array(BUCKETS).fill(0);
  samples = 0;
  maxMs = 0;

  add(ms: number): void {
    const step = Math.ceil(2 * (Math.log2(ms * 1e6) - FIRST_EDGE_LOG2));
    const bucket = step > 0 ? Math.min(step, BUCKETS - 1) : 0;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.samples += 1;
    if (ms > this.maxMs) this.maxMs = ms;
  }

  /** The upper edge of the bucket in which `share` (0..1) of the samples is reached, ms. */
  percentileMs(share: number): number {
    let left = Math.ceil(this.samples * share);
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= this.counts[bucket] as number;
      if (left <= 0) return Math.min(EDGES_MS[bucket] as number, this.maxMs);
    }
    return this.maxMs;
  }
}

/** Of all that these histograms hold. */
export function percentilesOf(histograms: readonly Histogram[]): Percentiles {
  const all = histograms.length === 1 ? (histograms[0] as Histogram) : sum(histograms);
  return {
    samples: all.samples,
    p50Ms: fourDigits(all.percentileMs(0.5)),
    p99Ms: fourDigits(all.percentileMs(0.99)),
    p999Ms: fourDigits(all.percentileMs(0.999)),
    maxMs: fourDigits(all.maxMs),
  };
}

/** More than a bucket knows, and short to tell. */
const fourDigits = (ms: number): number => Number(ms.toPrecision(4));

function sum(histograms: readonly Histogram[]): Histogram {
  const all = new Histogram();
  for (const { counts, samples, maxMs } of histograms) {
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      all.counts[bucket] = (all.counts[bucket] as number) + (counts[bucket] as number);
    }
    all.samples += samples;
    all.maxMs = Math.max(all.maxMs, maxMs);
  }
  return all;
}

/** One actor of the tree with what its mailbox says. */
export interface ActorInfo {
  readonly path: string;
  /** Path of the parent; null for the root. */
  readonly parent: string | null;
  readonly thread: number;
  readonly mailboxDepth: number;
  readonly mailboxCapacity: number;
  readonly processed: number;
  readonly failures: number;
  readonly restarts: number;
}

/** Sampled times of one actor, all its messages and by their type. */
export interface ActorTimes {
  readonly path: string;
  /** From `tell` to the start of the handler. */
  readonly wait: Percentiles;
  /** From the start of a handler to its return. */
  readonly handler: Percentiles;
  readonly types: readonly TypeTimes[];
}

export interface TypeTimes {
  readonly type: string;
  readonly wait: Percentiles;
  readonly handler: Percentiles;
}
