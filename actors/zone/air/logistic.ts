/**
 * Logistic regression, two ways: fitted to a whole recording, and learned on while a room is used.
 *
 *   p = 1 / (1 + e^−(w · x))        x[last] = 1, so w[last] is the bias
 */

export function probability(weights: Float64Array, x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += (weights[i] as number) * (x[i] as number);
  return 1 / (1 + Math.exp(-sum));
}

/** Newton's steps double their digits: a dozen are enough, or the data has no optimum. */
const STEPS_MAX = 50;
const PRECISION = 1e-9;

/** Maximum likelihood with `ridge / 2 · |w|²` against overfitting (the bias is free), by Newton's method. */
export function fitLogistic(
  rows: readonly Float64Array[],
  labels: readonly boolean[],
  ridge: number,
): Float64Array {
  const size = rows[0]?.length ?? 0;
  const weights = new Float64Array(size);
  for (let step = 0; step < STEPS_MAX; step++) {
    const gradient = weights.map((w, i) => (i === size - 1 ? 0 : ridge * w));
    const hessian = Array.from({ length: size }, (_, i) =>
      new Float64Array(size).fill(i === size - 1 ? 1e-9 : ridge, i, i + 1),
    );
    for (const [n, x] of rows.entries()) {
      const p = probability(weights, x);
      const error = p - (labels[n] ? 1 : 0);
      const curvature = p * (1 - p);
      for (let i = 0; i < size; i++) {
        const xi = x[i] as number;
        gradient[i] = (gradient[i] as number) + error * xi;
        const row = hessian[i] as Float64Array;
        for (let j = 0; j < size; j++) {
          row[j] = (row[j] as number) + curvature * xi * (x[j] as number);
        }
      }
    }
    const change = solve(hessian, gradient);
    for (let i = 0; i < size; i++) weights[i] = (weights[i] as number) - (change[i] as number);
    if (Math.max(...change.map(Math.abs)) < PRECISION) break;
  }
  return weights;
}

/** Gauss's elimination with pivots; the matrix is overwritten. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const rows: Float64Array[] = matrix.map((row, i) => Float64Array.of(...row, right[i] as number));
  const size = rows.length;
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k + 1; i < size; i++) {
      if (Math.abs(rows[i]?.[k] ?? 0) > Math.abs(rows[pivot]?.[k] ?? 0)) pivot = i;
    }
    const row = rows[pivot] as Float64Array;
    rows[pivot] = rows[k] as Float64Array;
    rows[k] = row;
    for (const other of rows) {
      if (other === row) continue;
      const factor = (other[k] as number) / (row[k] as number);
      for (let j = k; j <= size; j++) other[j] = (other[j] as number) - factor * (row[j] as number);
    }
  }
  return Float64Array.from(rows, (row, i) => (row[size] as number) / (row[i] as number));
}

/**
 * Learns from one example after another: Spiegelhalter and Lauritzen's sequential update (Networks
 * 20, 1990). The covariance says how far each weight may still move.
 */
export class LogisticLearner {
  readonly weights: Float64Array;
  readonly #covariance: Float64Array[];

  /** `doubt`: variance of each weight at the start. */
  constructor(weights: Float64Array, doubt: number) {
    this.weights = weights.slice();
    this.#covariance = Array.from(weights, (_, i) =>
      new Float64Array(weights.length).fill(doubt, i, i + 1),
    );
  }

  /** `trust`: 1 for an example that stands for itself, less for one of many alike. */
  learn(x: Float64Array, label: boolean, trust: number): void {
    const { weights } = this;
    const size = weights.length;
    const p = probability(weights, x);
    const curvature = trust * Math.max(p * (1 - p), CURVATURE_MIN);
    const gain = this.#covariance.map((row) => dot(row, x));
    const shrink = curvature / (1 + curvature * dot(gain, x));
    for (let i = 0; i < size; i++) {
      const row = this.#covariance[i] as Float64Array;
      for (let j = 0; j < size; j++) {
        row[j] = (row[j] as number) - shrink * (gain[i] as number) * (gain[j] as number);
      }
    }
    const error = trust * ((label ? 1 : 0) - p);
    const step = this.#covariance.map((row) => dot(row, x) * error);
    for (let i = 0; i < size; i++) {
      weights[i] = (weights[i] as number) + (step[i] as number);
      // Drift: a room changes with its seasons and its furniture.
      const row = this.#covariance[i] as Float64Array;
      row[i] = (row[i] as number) + DRIFT;
    }
  }
}

/** A sure and wrong model must still be able to learn. */
const CURVATURE_MIN = 0.01;
/** A weight may move by 0.1 in a week of minutes. */
const DRIFT = 1e-6;

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
