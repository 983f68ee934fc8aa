/**
 * Limits with a memory: tasks in a sliding hour, words in a zone. A call that is under way holds its place, so that
 * two at once cannot both be the last that is allowed.
 *
 * A restart loses what is under way; what was done the agent tells again from its records.
 */
import type { GuardedCall, Refusal } from "./guard-types.ts";

/** The seed's: as many as an office reads in an hour. */
export const TASKS_PER_HOUR_MAX = 10;
export const TASK_WINDOW_MS = 3_600_000;
/** The seed's: a voice that speaks more often is switched off. */
export const SPEAK_COOLDOWN_MS = 300_000;
/** A tool answers within 10 s, a device's included; a call that never ended frees its place after this. */
export const UNDER_WAY_MS_MAX = 60_000;
/** Where a sentence names no zone, as in the seed. */
export const SPEAK_ZONE_DEFAULT = "general";
/** Zones with a cooldown, as many as a node may have zones. */
export const SPEAK_ZONES_MAX = 1_024;

export class LimitsKept {
  /** At most `TASKS_PER_HOUR_MAX`, and what was told after a restart. */
  #tasksMs: number[] = [];
  /** zone → when something was last said there */
  readonly #saidMs = new Map<string, number>();
  /** Call → since when; each ends after `UNDER_WAY_MS_MAX`. */
  readonly #underWay = new Map<GuardedCall, number>();

  beyond(call: GuardedCall, nowMs: number): Refusal | undefined {
    this.#forget(nowMs);
    if (call.tool === "create_task") {
      const made = this.#tasksMs.length + this.#countUnderWay(call, () => true);
      if (made < TASKS_PER_HOUR_MAX) return undefined;
      return {
        code: "taskRate",
        message: `${TASKS_PER_HOUR_MAX} tasks were made within an hour; no more for now.`,
      };
    }
    if (call.tool === "speak") {
      const zone = speakZone(call.zone);
      const said = this.#saidMs.get(zone);
      const isSaying = this.#countUnderWay(call, (other) => speakZone(other.zone) === zone) > 0;
      if (said === undefined && !isSaying) return undefined;
      return {
        code: "speakCooldown",
        message: `Something was said in ${zone} less than ${SPEAK_COOLDOWN_MS / 60_000} minutes ago.`,
      };
    }
    return undefined;
  }

  hold(call: GuardedCall, nowMs: number): void {
    this.#underWay.set(call, nowMs);
  }

  did(call: GuardedCall, nowMs: number): void {
    this.#underWay.delete(call);
    this.#count(call.tool, call.zone, nowMs);
  }

  failed(call: GuardedCall): void {
    this.#underWay.delete(call);
  }

  #count(tool: string, zone: string | null, atMs: number): void {
    if (tool === "create_task") this.#tasksMs.push(atMs);
    if (tool !== "speak") return;
    const key = speakZone(zone);
    const saidMs = Math.max(atMs, this.#saidMs.get(key) ?? 0);
    this.#saidMs.delete(key);
    this.#saidMs.set(key, saidMs);
    const [oldest] = this.#saidMs.keys();
    if (this.#saidMs.size > SPEAK_ZONES_MAX && oldest !== undefined) this.#saidMs.delete(oldest);
  }

  /** A clock set back leaves what lies ahead of it counted: for longer, never for shorter. */
  #forget(nowMs: number): void {
    this.#tasksMs = this.#tasksMs.filter((atMs) => nowMs - atMs < TASK_WINDOW_MS);
    for (const [zone, atMs] of this.#saidMs) {
      if (nowMs - atMs >= SPEAK_COOLDOWN_MS) this.#saidMs.delete(zone);
    }
    for (const [call, atMs] of this.#underWay) {
      if (nowMs - atMs >= UNDER_WAY_MS_MAX) this.#underWay.delete(call);
    }
  }

  #countUnderWay(call: GuardedCall, isLike: (other: GuardedCall) => boolean): number {
    let count = 0;
    for (const other of this.#underWay.keys()) {
      if (other !== call && other.tool === call.tool && isLike(other)) count += 1;
    }
    return count;
  }
}

/** One spelling of a zone has one cooldown. */
const speakZone = (zone: string | null): string =>
  zone === null || zone.trim() === "" ? SPEAK_ZONE_DEFAULT : zone.trim().toLowerCase();
