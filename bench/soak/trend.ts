/** Whether a figure that was looked at again and again grows: the slope of the line through its looks. */

export interface Trend {
  /** Of the line, over the whole time it was fitted to. */
  readonly growth: number;
  readonly mean: number;
}

/** Of the last three quarters: the first warms up. */
export function trendOf(looks: readonly number[]): Trend {
  const from = Math.floor(looks.length / 4);
  const late = looks.slice(from);
  const mean = late.reduce((sum, look) => sum + look, 0) / late.length;
  const middle = (late.length - 1) / 2;
  let above = 0;
  let below = 0;
  for (const [i, look] of late.entries()) {
    above += (i - middle) * (look - mean);
    below += (i - middle) ** 2;
  }
  const slope = below === 0 ? 0 : above / below;
  return { growth: slope * Math.max(late.length - 1, 0), mean };
}
