/**
 * Which reading led to an event: whose it is, what it says, when it was measured. By it the reading is found in the
 * history, and by its origin others know how far to trust the event.
 */
import type { Origin } from "./messages.ts";

export interface Sample {
  readonly source: string;
  readonly origin: Origin;
  readonly value: number;
  readonly atMs: number;
}

/** As it stands in an event's `data`, beside what the rule found. */
export type Cause = {
  readonly origin: Origin;
  /** As `swarm_hub_01.leaf_3`, or a device of the bus. */
  readonly source: string;
  readonly channel: string;
  readonly reading: number;
  readonly measuredAtMs: number;
};

/** The most trusted first. */
export const TRUST: readonly Origin[] = ["sensor", "device", "stranger"];
export const isLessTrusted = (a: Origin, b: Origin): boolean => TRUST.indexOf(a) > TRUST.indexOf(b);

/**
 * Of a mean that is beyond `limit` at least one reading is: the most trusted of them, and the newest of those. An
 * unknown device alone can then raise the event, but it is the event of an unknown device.
 */
export function causeAbove(samples: Iterable<Sample>, channel: string, limit: number): Cause {
  let best: Sample | undefined;
  for (const sample of samples) {
    if (sample.value <= limit) continue;
    if (best === undefined || isBetter(sample, best)) best = sample;
  }
  return best === undefined ? UNKNOWN : causeOf(best, channel);
}

/** Of those whose readings made the step, the one that lies furthest from where the mean was, towards where it went. */
export function causeOfStep(
  samples: Iterable<Sample>,
  channel: string,
  before: number,
  after: number,
  steppedBy: Origin | undefined,
): Cause {
  const way = Math.sign(after - before);
  let best: Sample | undefined;
  for (const sample of samples) {
    if (sample.origin !== steppedBy) continue;
    if (best === undefined || way * (sample.value - best.value) > 0) best = sample;
  }
  return best === undefined ? UNKNOWN : causeOf(best, channel);
}

export const causeOf = ({ source, origin, value, atMs }: Sample, channel: string): Cause => ({
  origin,
  source,
  channel,
  reading: value,
  measuredAtMs: atMs,
});

/** Where no reading can be named, nobody's word is taken for it. */
export const UNKNOWN: Cause = {
  origin: "stranger",
  source: "",
  channel: "",
  reading: 0,
  measuredAtMs: 0,
};

const isBetter = (a: Sample, b: Sample): boolean =>
  a.origin === b.origin ? a.atMs > b.atMs : isLessTrusted(b.origin, a.origin);
