/**
 * How many people are in a zone: what a camera counts, or one when none is counted and something
 * moves (a person out of the camera's sight, or no camera at all).
 */

/** Twelve missed frames of the occupancy monitor's 5 s: the camera is gone or covered. */
export const VISION_AGE_MS_MAX = 60_000;

export function occupancy(isMotionActive: boolean, visionCount: number): number {
  return isMotionActive && visionCount === 0 ? 1 : visionCount;
}

/** The cameras of a zone see the same people: the largest count is taken, not the sum. */
export class Vision {
  /** Bounded by the zone's bound on sources. */
  readonly #counts = new Map<string, { count: number; atMs: number }>();

  accept(source: string, count: number, atMs: number): void {
    const known = this.#counts.get(source);
    if (known === undefined || atMs >= known.atMs) this.#counts.set(source, { count, atMs });
  }

  forget(source: string): void {
    this.#counts.delete(source);
  }

  /** 0 when no camera has spoken lately. */
  count(nowMs: number): number {
    let most = 0;
    for (const [source, { count, atMs }] of this.#counts) {
      if (nowMs - atMs > VISION_AGE_MS_MAX) this.#counts.delete(source);
      else most = Math.max(most, count);
    }
    return most;
  }
}
