/**
 * Models under a ceiling that all who ask them share: each request looks at the meter, and what an attempt took is on the
 * meter's record before its answer is heard. Beyond the ceiling a spare answers that takes nothing.
 *
 *   agent, voice ──▶ metered ──within──▶ models ──taken──▶ meter
 *                       └─────beyond──▶ spare
 */
import type { Meter, ModelPort } from "./model-port.ts";

export interface MeteredOptions {
  readonly models: ModelPort;
  readonly spare: ModelPort;
  readonly meter: Meter;
  /** Of the ceiling, 0 to 1: what nobody waits for leaves the rest to others. */
  readonly share?: number;
}

/** The models stay their owner's to close. */
export const meteredModel = ({ models, spare, meter, share = 1 }: MeteredOptions): ModelPort => ({
  name: models.name,
  async chat(request, options = {}) {
    if (meter.isReached(share)) return spare.chat(request, options);
    const recorded: Promise<void>[] = [];
    const result = await models.chat(request, {
      ...options,
      onTaken: (taken) => {
        recorded.push(meter.took(taken));
        options.onTaken?.(taken);
      },
    });
    await Promise.all(recorded);
    return result;
  },
  check: (signal) => models.check(signal),
  close: async () => {},
});
