/**
 * Colours of the map. States: Okabe and Ito's set, which people with any kind of colour vision tell apart
 * (https://jfly.uni-koeln.de/color/), and a shape of their own. Values: viridis, whose lightness alone orders it
 * (https://bids.github.io/colormap/), without its darkest end, which a dark page would swallow.
 */
import type { LeafState } from "../live/leaf-rows.ts";

export type Rgb = readonly [red: number, green: number, blue: number];

/** What the renderers draw: a disc, a ring, a square, a diamond. */
export const SHAPE = { disc: 0, ring: 1, square: 2, diamond: 3 } as const;
export type Shape = (typeof SHAPE)[keyof typeof SHAPE];

export const STATE_LOOK: Readonly<Record<LeafState, { readonly rgb: Rgb; readonly shape: Shape }>> =
  {
    online: { rgb: [0, 158, 115], shape: SHAPE.disc },
    lowBattery: { rgb: [230, 159, 0], shape: SHAPE.disc },
    offline: { rgb: [128, 134, 130], shape: SHAPE.ring },
    stranger: { rgb: [86, 180, 233], shape: SHAPE.square },
    disputed: { rgb: [204, 121, 167], shape: SHAPE.square },
    quarantined: { rgb: [213, 94, 0], shape: SHAPE.diamond },
  };

/** A leaf without a value of the chosen channel. */
export const NO_VALUE: Rgb = [128, 134, 130];

const STOPS: readonly Rgb[] = [
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** From lowest to highest. */
export const SCALE: readonly Rgb[] = Array.from({ length: 256 }, (_, step) => {
  const at = (step / 255) * (STOPS.length - 1);
  const from = STOPS[Math.floor(at)] as Rgb;
  const to = STOPS[Math.ceil(at)] as Rgb;
  const share = at - Math.floor(at);
  const mix = (part: 0 | 1 | 2) => Math.round(from[part] + (to[part] - from[part]) * share);
  return [mix(0), mix(1), mix(2)] as const;
});

export const css = ([red, green, blue]: Rgb): string => `rgb(${red} ${green} ${blue})`;

export const SCALE_CSS = `linear-gradient(to right, ${STOPS.map(css).join(", ")})`;

/** Values beside the bulk would take the colours from all others: the scale spans 96 of 100. */
const OUTSIDE_SHARE = 0.02;
/** As good as all of them, at a fiftieth of the time. */
const SAMPLES_MAX = 1_024;

/** The ends of the scale for these values, at least `spanMin` apart, on round numbers; undefined without any. */
export function scaleEnds(
  values: ArrayLike<number>,
  spanMin: number,
): readonly [low: number, high: number] | undefined {
  const step = Math.max(1, Math.floor(values.length / SAMPLES_MAX));
  const known: number[] = [];
  for (let i = 0; i < values.length; i += step) {
    const value = values[i] as number;
    if (Number.isFinite(value)) known.push(value);
  }
  if (known.length === 0) return undefined;
  known.sort((a, b) => a - b);
  const cut = Math.floor(known.length * OUTSIDE_SHARE);
  const low = known[cut] as number;
  const high = known[known.length - 1 - cut] as number;
  const missing = Math.max(0, spanMin - (high - low)) / 2;
  // A tenth of the span, rounded up to 1, 2 or 5: ends that do not move with every batch.
  const tenth = Math.max(high - low, spanMin, 1e-9) / 10;
  const power = 10 ** Math.floor(Math.log10(tenth));
  const unit = power * ([1, 2, 5, 10].find((round) => round * power >= tenth) ?? 10);
  return [Math.floor((low - missing) / unit) * unit, Math.ceil((high + missing) / unit) * unit];
}
