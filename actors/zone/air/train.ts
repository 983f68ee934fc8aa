/** Makes a model of a recorded room, and says how often a model is right about one. Pure. */
import {
  AIR_CHANNELS,
  type AirChannel,
  AirFeatures,
  type AirReadings,
  featuresOf,
} from "./features.ts";
import { fitLogistic } from "./logistic.ts";
import { AirJudge, type AirModel, type AirVariant, isTelling } from "./model.ts";

export interface RecordedMinute {
  readonly atMs: number;
  readonly readings: AirReadings;
  readonly isOccupied: boolean;
}

/** Neighbouring minutes are alike, so that rows are worth far less than their number. */
const RIDGE = 30;

export function trainModel(recording: readonly RecordedMinute[]): AirModel {
  const rows = featureRows(recording);
  const labels = recording.map(({ isOccupied }) => isOccupied);
  return { variants: tellingSets().map((channels) => trainVariant(channels, rows, labels)) };
}

function trainVariant(
  channels: ReadonlySet<AirChannel>,
  rows: readonly Float64Array[],
  labels: readonly boolean[],
): AirVariant {
  const places = featuresOf(channels);
  const mean = places.map((place) => average(rows.map((row) => row[place] as number)));
  const scale = places.map((place, i) => {
    const squares = rows.map((row) => ((row[place] as number) - (mean[i] as number)) ** 2);
    // A channel that stood still has no spread to count in.
    return Math.sqrt(average(squares)) || 1;
  });
  const variant = {
    channels: [...channels],
    mean,
    scale,
    weights: new Array(places.length + 1).fill(0),
  };
  const judge = new AirJudge(variant);
  const examples = rows.map((values) => {
    judge.look({ values } as AirFeatures);
    return judge.x.slice();
  });
  return { ...variant, weights: [...fitLogistic(examples, labels, RIDGE)] };
}

export interface Score {
  readonly rows: number;
  /** Share of rows told right; of rows told occupied that were; of occupied rows that were told. */
  readonly accuracy: number;
  readonly precision: number;
  readonly recall: number;
  /** Mean squared error of the probability (Brier, 1950): 0 is perfect, 0.25 says nothing. */
  readonly brier: number;
}

/** `variant` at a probability of one half, over a whole recording. */
export function scoreVariant(variant: AirVariant, recording: readonly RecordedMinute[]): Score {
  const judge = new AirJudge(variant);
  const told = featureRows(recording).map((values) => {
    judge.look({ values } as AirFeatures);
    return judge.probability();
  });
  return scoreOf(told, recording);
}

/** The rule to beat: lights on means people in. The threshold is the best on `training`, lux. */
export function lightThreshold(training: readonly RecordedMinute[]): number {
  let best = { threshold: 0, right: 0 };
  for (let threshold = 0; threshold < 2_000; threshold += 5) {
    const right = training.filter(
      ({ readings, isOccupied }) => (readings.illuminance ?? 0) > threshold === isOccupied,
    ).length;
    if (right > best.right) best = { threshold, right };
  }
  return best.threshold;
}

export const scoreThreshold = (threshold: number, recording: readonly RecordedMinute[]): Score =>
  scoreOf(
    recording.map(({ readings }) => ((readings.illuminance ?? 0) > threshold ? 1 : 0)),
    recording,
  );

function scoreOf(told: readonly number[], recording: readonly RecordedMinute[]): Score {
  let [right, toldIn, wereIn, both, squares] = [0, 0, 0, 0, 0];
  for (const [n, { isOccupied }] of recording.entries()) {
    const p = told[n] as number;
    const isToldIn = p >= 0.5;
    if (isToldIn === isOccupied) right += 1;
    if (isToldIn) toldIn += 1;
    if (isOccupied) wereIn += 1;
    if (isToldIn && isOccupied) both += 1;
    squares += (p - (isOccupied ? 1 : 0)) ** 2;
  }
  const rows = recording.length;
  return {
    rows,
    accuracy: right / rows,
    precision: both / toldIn,
    recall: both / wereIn,
    brier: squares / rows,
  };
}

function featureRows(recording: readonly RecordedMinute[]): Float64Array[] {
  const features = new AirFeatures();
  return recording.map(({ atMs, readings }) => {
    features.observe(atMs, readings);
    return features.values.slice();
  });
}

function tellingSets(): ReadonlySet<AirChannel>[] {
  const sets = Array.from(
    { length: 2 ** AIR_CHANNELS.length },
    (_, bits) => new Set(AIR_CHANNELS.filter((_channel, i) => bits & (1 << i))),
  );
  return sets.filter(isTelling);
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
