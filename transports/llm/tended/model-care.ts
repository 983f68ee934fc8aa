/** How a model is looked after: its bounds, its prices, and what the world lends for it. */
import type { Clock } from "../../../runtime/clock.ts";
import type { Random } from "../../../runtime/random.ts";

export interface ModelCare {
  readonly timeouts: {
    /** One call with all its attempts and the waits between them. */
    readonly totalMs: number;
    /** Until the first byte of an answer; a large prompt is read before it. */
    readonly firstByteMs: number;
    /** Between two bytes of an answer. */
    readonly idleMs: number;
  };
  /** After the first attempt. */
  readonly retriesMax: number;
  readonly concurrentMax: number;
  /** A model found down is left alone for so long, each time twice as long up to `COOLDOWN_MS_MAX`. */
  readonly cooldownMs: number;
  /** US dollars for a million tokens; undefined: what the server says, or nothing. */
  readonly price: { readonly prompt: number; readonly completion: number } | undefined;
}

export interface CareDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** The seed's 120 s; a first byte within 90, for a server that has to load its model first. */
export const MODEL_CARE: ModelCare = {
  timeouts: { totalMs: 120_000, firstByteMs: 90_000, idleMs: 30_000 },
  retriesMax: 2,
  concurrentMax: 2,
  cooldownMs: 30_000,
  price: undefined,
};
