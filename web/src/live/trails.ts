/** A short memory of each zone's channels for sparklines: 15 minutes, a point every 5 s. */
export const TRAIL_STEP_MS = 5_000;
/** 15 minutes at 5 s: as fine as a sparkline of 160 px can show. */
export const TRAIL_POINTS_MAX = 180;

export interface TrailPoint {
  readonly atMs: number;
  readonly value: number;
}
/** Oldest first. */
export type Trail = readonly TrailPoint[];

/** The trail with one more point; within one step the newest value replaces the last. */
export function extendTrail(trail: Trail, point: TrailPoint): Trail {
  const last = trail.at(-1);
  if (last === undefined) return [point];
  if (point.atMs <= last.atMs) return trail;
  const slot = (atMs: number) => Math.floor(atMs / TRAIL_STEP_MS);
  const kept = slot(last.atMs) === slot(point.atMs) ? trail.slice(0, -1) : trail;
  return [...kept, point].slice(-TRAIL_POINTS_MAX);
}

/**
 * Puts a past in front of a trail. It comes from a sample of what the trail is about, so its course
 * is kept and its level is moved to where the trail begins.
 */
export function prependTrail(past: Trail, trail: Trail): Trail {
  const first = trail[0];
  if (first === undefined) return past.slice(-TRAIL_POINTS_MAX);
  const before = past.filter((point) => point.atMs < first.atMs);
  const offset = first.value - (before.at(-1)?.value ?? 0);
  const moved = before.map(({ atMs, value }) => ({ atMs, value: value + offset }));
  return [...moved, ...trail].slice(-TRAIL_POINTS_MAX);
}
