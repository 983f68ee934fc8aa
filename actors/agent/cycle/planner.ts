/** When a cycle begins, and whether there is anything to think about by then. */
import type { World } from "../inbox/world.ts";
import { Schedule, type ScheduleTimes, type Trigger } from "../schedule.ts";

/** A look at an office in which nothing is new, all the same: what no rule calls an event may add up. */
export const QUIET_MS_MAX = 600_000;

export class Planner {
  readonly #schedule: Schedule;
  readonly #world: World;
  #lookedAtMs: number;
  /** Looks of the timer that asked no model. */
  quiet = 0;

  /** `begunAtMs`: of the last cycle before a restart. */
  constructor(times: ScheduleTimes, world: World, nowMs: number, begunAtMs: number | undefined) {
    this.#schedule = new Schedule(times, nowMs, begunAtMs);
    this.#world = world;
    this.#lookedAtMs = nowMs;
  }

  get nextAtMs(): number {
    return this.#schedule.next().atMs;
  }

  event(nowMs: number): void {
    this.#schedule.event(nowMs);
  }

  wish(nowMs: number): void {
    this.#schedule.wish(nowMs);
  }

  /** Why a cycle is to begin now; undefined: it is not time, or all is quiet. */
  due(nowMs: number): Trigger | undefined {
    this.#schedule.setBack(nowMs);
    this.#lookedAtMs = Math.min(this.#lookedAtMs, nowMs);
    const { atMs, trigger } = this.#schedule.next();
    if (atMs > nowMs) return undefined;
    if (trigger !== "operator" && this.#isQuiet(trigger, nowMs)) {
      this.quiet += 1;
      this.#schedule.looked(nowMs);
      return undefined;
    }
    this.#schedule.begun(nowMs);
    this.#lookedAtMs = nowMs;
    return trigger;
  }

  /** Nothing is known, or the timer finds nothing new and nothing out of range. */
  #isQuiet(trigger: Trigger, nowMs: number): boolean {
    const { situations, events } = this.#world;
    if (situations.size === 0 && !events.hasNew) return true;
    const isLong = nowMs - this.#lookedAtMs >= QUIET_MS_MAX;
    return trigger === "timer" && !isLong && !this.#world.hasReason(nowMs);
  }
}
