/**
 * How many people are in a zone, by the best witness there is:
 *
 *   a camera counts              its count
 *   something moves              one, out of the camera's sight or without a camera
 *   neither camera nor sensor    one or none, as the air tells
 */
import type { AirReadings } from "./air/features.ts";
import { AirPresence } from "./air/presence.ts";
import type { AirEstimate, RoomMemory } from "./messages.ts";
import type { Motion } from "./motion.ts";

/** Twelve missed frames of the occupancy monitor's 5 s: the camera is gone or covered. */
export const VISION_AGE_MS_MAX = 60_000;

/** Motion sensors may speak on motion alone: silent for longer, and one may have lost its battery. */
const WITNESS_AGE_MS_MAX = 3_600_000;

/** Below it the air's word is not taken, and what it said before stays. */
const CONFIDENCE_MIN = 0.3;

export interface Occupancy {
  readonly people: number;
  /** Undefined: nobody can tell. */
  readonly witness: "camera" | "motion" | "air" | undefined;
  readonly air: AirEstimate | undefined;
}

export class Occupants {
  readonly vision = new Vision();
  readonly #motion: Motion;
  #air: AirPresence | undefined;
  #isTold: boolean | undefined;

  constructor(motion: Motion, isAirHeard: boolean) {
    this.#motion = motion;
    this.#air = isAirHeard ? new AirPresence() : undefined;
  }

  /** What this room has learned before. Comes too late once it has begun to learn anew. */
  recall(memory: RoomMemory): void {
    if (this.#air !== undefined && this.#air.memory === undefined) {
      this.#air = new AirPresence(memory);
    }
  }

  get memory(): RoomMemory | undefined {
    return this.#air?.memory;
  }

  /** Once a minute. */
  observe(nowMs: number, readings: AirReadings): void {
    if (this.#air === undefined) return;
    const teacher = this.#witness(nowMs) === undefined ? undefined : this.#seen(nowMs) > 0;
    this.#air.observe(nowMs, readings, teacher);
    const { estimate } = this.#air;
    if (estimate === undefined) this.#isTold = undefined;
    else if (estimate.confidence >= CONFIDENCE_MIN) this.#isTold = estimate.probability >= 0.5;
  }

  now(nowMs: number): Occupancy {
    const air = this.#air?.estimate;
    const witness = this.#witness(nowMs);
    if (witness !== undefined) return { people: this.#seen(nowMs), witness, air };
    if (this.#isTold === undefined) return { people: 0, witness: undefined, air };
    return { people: this.#isTold ? 1 : 0, witness: "air", air };
  }

  #witness(nowMs: number): "camera" | "motion" | undefined {
    if (this.vision.isSeeing(nowMs)) return "camera";
    const heardMs = this.#motion.value(nowMs)?.atMs ?? Number.NEGATIVE_INFINITY;
    return nowMs - heardMs <= WITNESS_AGE_MS_MAX ? "motion" : undefined;
  }

  #seen(nowMs: number): number {
    const count = this.vision.count(nowMs);
    return count === 0 && this.#motion.isActive(nowMs) ? 1 : count;
  }
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

  /** Whether a camera has spoken lately. */
  isSeeing(nowMs: number): boolean {
    for (const { atMs } of this.#counts.values())
      if (nowMs - atMs <= VISION_AGE_MS_MAX) return true;
    return false;
  }

  /** The camera whose count is taken. */
  newest(nowMs: number): { source: string; count: number; atMs: number } | undefined {
    let most: { source: string; count: number; atMs: number } | undefined;
    for (const [source, { count, atMs }] of this.#counts) {
      if (nowMs - atMs > VISION_AGE_MS_MAX) continue;
      if (most === undefined || count > most.count) most = { source, count, atMs };
    }
    return most;
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
