/**
 * Runs a bench: rounds in which every contender takes its turn, so that a noisy machine hits all of
 * them alike, and reports median, spread and the ratio of ours to each peer round by round. (A library
 * such as tinybench runs one task to its end before the next, which makes ratios drift.)
 */
import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface Bench {
  readonly name: string;
  /** What the figures decide, in one sentence for a person. */
  readonly question: string;
  readonly run: (harness: Harness) => Promise<void>;
}

/** Does `units` of work and returns what keeps it from being optimised away. */
export type Work = (units: number) => unknown | Promise<unknown>;

/** One run that measures itself, such as a load generator's: units a second. */
export type Rate = () => number | Promise<number>;

export interface Contest<C> {
  readonly name: string;
  /** What is counted: figures are units a second. */
  readonly unit: string;
  readonly ours: C;
  readonly peers?: Readonly<Record<string, C>>;
}

export interface TimedContest extends Contest<Work> {
  /** Units of a smoke run, and of the first of those that find how many fill `runMs`. */
  readonly smoke: number;
  /** Units of one run at most, where they stay in memory until it is over. */
  readonly most?: number;
  /** How long a run takes, ms; default `RUN_MS`. */
  readonly runMs?: number;
  /** Untimed, after each run of any contender. */
  readonly afterEach?: () => unknown | Promise<unknown>;
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
/** Far above the clock's grain and a garbage pause, short enough that rounds alternate often. */
const RUN_MS = 250;
/** From one run to the next while the number of units is sought: code still warms up meanwhile. */
const GROWTH_MAX = 8;

export class Harness {
  readonly smoke: boolean;
  /** For what does not fit in figures, such as a table over time; shown at once. */
  readonly say: (line: string) => void;
  readonly figures: Figure[] = [];

  constructor({ smoke, say }: { readonly smoke: boolean; readonly say: (line: string) => void }) {
    this.smoke = smoke;
    this.say = say;
  }

  /** Every contender works for about the same time a run, however fast it is. */
  async compare({ name, unit, ours, peers = {}, ...how }: TimedContest): Promise<void> {
    const rates: Record<string, Rate> = {};
    for (const [peer, work] of Object.entries(peers)) rates[peer] = await this.#timed(work, how);
    await this.compareRates({ name, unit, ours: await this.#timed(ours, how), peers: rates });
  }

  async compareRates({ name, unit, ours, peers = {} }: Contest<Rate>): Promise<void> {
    const own: number[] = [];
    const others: Record<string, number[]> = Object.fromEntries(
      Object.keys(peers).map((peer) => [peer, []]),
    );
    for (let round = 0; round < (this.smoke ? ROUNDS.smoke : ROUNDS.full); round++) {
      own.push(await ours());
      for (const [peer, rate] of Object.entries(peers)) others[peer]?.push(await rate());
    }
    const ofEach = (figure: (rates: readonly number[]) => number): Record<string, number> =>
      Object.fromEntries(Object.entries(others).map(([peer, rates]) => [peer, figure(rates)]));
    this.figures.push({
      name,
      unit: `${unit}/s`,
      value: median(own),
      min: Math.min(...own),
      max: Math.max(...own),
      peers: ofEach(median),
      ratios: ofEach((rates) => median(rates.map((rate, round) => (own[round] ?? 0) / rate))),
    });
  }

  /** For a figure that is no rate or has no rounds. */
  report(name: string, unit: string, value: number, { min = value, max = value } = {}): void {
    this.figures.push({ name, unit, value, min, max, peers: {}, ratios: {} });
  }

  async #timed(
    work: Work,
    { smoke, most = Number.POSITIVE_INFINITY, runMs = RUN_MS, afterEach }: TimedSettings,
  ): Promise<Rate> {
    const run = async (units: number): Promise<number> => {
      if (!this.smoke) collectGarbage();
      const startedAt = performance.now();
      await work(units);
      const ms = performance.now() - startedAt;
      await afterEach?.();
      return ms;
    };
    let units = smoke;
    if (!this.smoke) {
      // Cold code, threads and files would make the first run look like far more work than it is.
      await run(units);
      for (let ms = 0; ms < runMs / 2 && units < most; ) {
        ms = await run(units);
        units = Math.ceil(Math.min(units * Math.min(GROWTH_MAX, runMs / ms), most));
      }
    }
    return async () => (units / (await run(units))) * 1_000;
  }
}

/** Before each run, so that nobody pays for what another left behind. */
const collectGarbage: () => void = (() => {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
})();

type TimedSettings = Pick<TimedContest, "smoke" | "most" | "runMs" | "afterEach">;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
