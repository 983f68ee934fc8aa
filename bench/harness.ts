/**
 * Runs a bench: rounds in which every candidate takes its turn, so that a noisy machine hits all of
 * them alike, and reports median, spread and the ratio of ours to each peer round by round. (A library
 * such as tinybench runs one task to its end before the next, which makes ratios drift.)
 */
import { performance } from "node:perf_hooks";

export interface Bench {
  readonly name: string;
  /** What the figures decide, in one sentence for a person. */
  readonly question: string;
  readonly run: (harness: Harness) => Promise<void>;
}

/** Does `count` units of work and returns what keeps it from being optimised away. */
export type Work = (count: number) => unknown | Promise<unknown>;

export interface Candidates {
  readonly name: string;
  /** What is counted: figures are units a second. */
  readonly unit: string;
  /** Units in one timed run: long enough (0.1 s and more) to stand above the clock. */
  readonly count: { readonly smoke: number; readonly full: number };
  readonly ours: Work;
  readonly peers?: Readonly<Record<string, Work>>;
}

/** Rates in units a second: median, least and most over the rounds; ratios are medians as well. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly peers: Readonly<Record<string, number>>;
  readonly ratios: Readonly<Record<string, number>>;
}

/** Odd, so that a median is a figure that was measured. */
const ROUNDS = { smoke: 1, full: 7 } as const;

export class Harness {
  readonly smoke: boolean;
  readonly figures: Figure[] = [];

  constructor({ smoke }: { readonly smoke: boolean }) {
    this.smoke = smoke;
  }

  async compare({ name, unit, count, ours, peers = {} }: Candidates): Promise<void> {
    const work = { ours, ...peers };
    const rates: Record<string, number[]> = {};
    const perRun = this.smoke ? count.smoke : count.full;
    if (!this.smoke) for (const run of Object.values(work)) await run(Math.ceil(perRun / 4));
    for (let round = 0; round < (this.smoke ? ROUNDS.smoke : ROUNDS.full); round++) {
      for (const [candidate, run] of Object.entries(work)) {
        const startedAt = performance.now();
        await run(perRun);
        const seconds = (performance.now() - startedAt) / 1_000;
        rates[candidate] = [...(rates[candidate] ?? []), perRun / seconds];
      }
    }
    const own = rates["ours"] ?? [];
    const others = Object.entries(rates).filter(([candidate]) => candidate !== "ours");
    this.figures.push({
      name,
      unit: `${unit}/s`,
      value: median(own),
      min: Math.min(...own),
      max: Math.max(...own),
      peers: Object.fromEntries(others.map(([peer, all]) => [peer, median(all)])),
      ratios: Object.fromEntries(
        others.map(([peer, all]) => [
          peer,
          median(all.map((rate, round) => (own[round] ?? 0) / rate)),
        ]),
      ),
    });
  }

  /** For a figure that another program measured, such as a load generator. */
  report(figure: Figure): void {
    this.figures.push(figure);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
