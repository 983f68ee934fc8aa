/**
 * Runs a bench: rounds in which every contender takes its turn, so that a noisy machine hits all of
 * them alike, and reports median, spread and the ratio of ours to each peer round by round. (A library
 * such as tinybench runs one task to its end before the next, which makes ratios drift.)
 */
import { performance } from "node:perf_hooks";
import type { Aim, Figure } from "./figure.ts";
import { collectGarbage } from "./garbage.ts";

export interface Bench {
  readonly name: string;
  /** What the figures decide, in one sentence for a person. */
  readonly question: string;
  readonly run: (harness: Harness) => Promise<void>;
}

/** Does `units` of work and returns what keeps it from being optimised away. */
export type Work = (units: number) => unknown | Promise<unknown>;

/** Does `units` of work and returns how long it took, ms, by a clock of its own. */
export type TimedWork = (units: number) => Promise<number>;

/** One run that measures itself: units a second for `compareRates`. */
export type Measure = () => number | Promise<number>;

export interface Contest<C> {
  readonly name: string;
  /** What is counted: figures are units a second. */
  readonly unit: string;
  readonly ours: C;
  readonly peers?: Readonly<Record<string, C>>;
  readonly aims?: readonly Aim[];
}

export interface Load {
  /** Units of a smoke run, and of the first of those that find how many fill `runMs`. */
  readonly smoke: number;
  /** Units of one run at most, where they stay in memory until it is over. */
  readonly most?: number;
  /** How long a run takes, ms; default `RUN_MS`. */
  readonly runMs?: number;
}

/** Odd, so that a median is a figure that was measured. */
const ROUNDS = { smoke: 1, full: 7 } as const;
/** Far above the clock's grain and a garbage pause, short enough that rounds alternate often. */
const RUN_MS = 250;
/** From one run to the next while the number of units is sought: code still warms up meanwhile. */
const GROWTH_MAX = 8;
/** Runs after that which do not count: making 40,000 actors a run, V8 compiles for a second. */
const WARM_UP_RUNS = 4;

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
  compare({ ours, peers = {}, ...contest }: Contest<Work> & Load): Promise<void> {
    const timed =
      (work: Work): TimedWork =>
      async (units) => {
        if (!this.smoke) collectGarbage();
        const startedAt = performance.now();
        await work(units);
        return performance.now() - startedAt;
      };
    return this.compareTimed({ ...contest, ours: timed(ours), peers: mapValues(peers, timed) });
  }

  /** The same for contenders that are processes of their own. */
  async compareTimed({ ours, peers = {}, ...contest }: Contest<TimedWork> & Load): Promise<void> {
    const rates: Record<string, Measure> = {};
    for (const [peer, work] of Object.entries(peers)) {
      rates[peer] = await this.#rateOf(work, contest);
    }
    await this.compareRates({ ...contest, ours: await this.#rateOf(ours, contest), peers: rates });
  }

  async compareRates({ ours, peers = {}, ...contest }: Contest<Measure>): Promise<void> {
    const { ours: own = [], ...others } = await this.inTurn({ ours, ...peers }, (rate) => rate());
    this.compareRounds({ ...contest, unit: `${contest.unit}/s`, ours: own, peers: others });
  }

  /** What `measure` says of each contender in each round, in which all of them take their turn. */
  async inTurn<C, R>(
    contenders: Readonly<Record<string, C>>,
    measure: (contender: C, name: string) => R | Promise<R>,
    rounds: number = ROUNDS.full,
  ): Promise<Record<string, R[]>> {
    const found: Record<string, R[]> = mapValues(contenders, () => []);
    for (let round = 0; round < (this.smoke ? ROUNDS.smoke : rounds); round++) {
      for (const [name, contender] of Object.entries(contenders)) {
        found[name]?.push(await measure(contender, name));
      }
    }
    return found;
  }

  /** Of what was measured in the same rounds. */
  compareRounds({ name, unit, ours, peers = {}, aims = [] }: Contest<readonly number[]>): void {
    const ratios = (others: readonly number[]) => others.map((other, n) => (ours[n] ?? 0) / other);
    this.figures.push({
      name,
      unit,
      value: median(ours),
      min: Math.min(...ours),
      max: Math.max(...ours),
      peers: mapValues(peers, median),
      ratios: mapValues(peers, (others) => median(ratios(others))),
      aims,
    });
  }

  /** For a figure that is no rate or has no rounds. */
  report(name: string, unit: string, value: number, found: Partial<Figure> = {}): void {
    const { min = value, max = value, aims = [] } = found;
    this.figures.push({ name, unit, value, min, max, peers: {}, ratios: {}, aims });
  }

  async #rateOf(
    work: TimedWork,
    { smoke, most = Number.POSITIVE_INFINITY, runMs = RUN_MS }: Load,
  ): Promise<Measure> {
    let units = smoke;
    if (!this.smoke) {
      // Cold code, threads and files would make the first run look like far more work than it is.
      await work(units);
      for (let ms = 0; ms < runMs / 2 && units < most; ) {
        ms = await work(units);
        units = Math.ceil(Math.min(units * Math.min(GROWTH_MAX, runMs / ms), most));
      }
      for (let run = 0; run < WARM_UP_RUNS; run++) await work(units);
    }
    return async () => (units / (await work(units))) * 1_000;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export const mapValues = <T, R>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => R,
): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
