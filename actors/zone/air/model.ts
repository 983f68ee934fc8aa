/**
 * The trained model: for each set of channels that can tell people from an empty room, a logistic
 * regression over their features. Made by `mycel presence train`, kept as model.json.
 */
import { AIR_CHANNELS, type AirChannel, type AirFeatures, featuresOf } from "./features.ts";
import { probability } from "./logistic.ts";
import trained from "./model.json" with { type: "json" };

export interface AirVariant {
  readonly channels: readonly AirChannel[];
  /** Of each feature over the recording; `x = (feature − mean) / scale`. */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  /** One more than features: the last is the bias. */
  readonly weights: readonly number[];
}

export interface AirModel {
  readonly variants: readonly AirVariant[];
}

export const AIR_MODEL = trained as AirModel;

/** Temperature and humidity alone say when the heating runs, not when people are in. */
export const isTelling = (channels: ReadonlySet<AirChannel>): boolean =>
  channels.has("illuminance") || channels.has("co2");

export const channelsKey = (channels: ReadonlySet<AirChannel>): string =>
  AIR_CHANNELS.filter((channel) => channels.has(channel)).join("+");

/** Beyond it a straight line is no longer trusted, and one odd reading must not decide alone. */
const SPREADS_MAX = 4;

export class AirJudge {
  readonly channels: ReadonlySet<AirChannel>;
  readonly weights: Float64Array;
  /** The last example, standardized; valid until the next `look`. */
  readonly x: Float64Array;
  readonly #places: readonly number[];
  readonly #variant: AirVariant;

  constructor(variant: AirVariant) {
    this.#variant = variant;
    this.channels = new Set(variant.channels);
    this.#places = featuresOf(this.channels);
    this.weights = Float64Array.from(variant.weights);
    this.x = new Float64Array(this.#places.length + 1).fill(1);
  }

  /** Puts the features into `x`; returns how far the strangest is from what the training saw, in spreads. */
  look({ values }: AirFeatures): number {
    let strangest = 0;
    for (const [i, place] of this.#places.entries()) {
      const { mean, scale } = this.#variant;
      const spreads = ((values[place] as number) - (mean[i] as number)) / (scale[i] as number);
      strangest = Math.max(strangest, Math.abs(spreads));
      this.x[i] = Math.min(Math.max(spreads, -SPREADS_MAX), SPREADS_MAX);
    }
    return strangest;
  }

  probability(): number {
    return probability(this.weights, this.x);
  }
}
