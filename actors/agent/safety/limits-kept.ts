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
  /** Each ends after `UNDER_WAY_MS_MAX`. */
  readonly #underWay = new Map<GuardedCall, { readonly zone: string; readonly sinceMs: number }>();

  /** `named`: null where the call names no zone that there is, so that made-up names have one cooldown together. */
  beyond(call: GuardedCall, named: string | null, nowMs: number): Refusal | undefined {
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
      const zone = speakZone(named);
      const said = this.#saidMs.get(zone);
      const isSaying = this.#countUnderWay(call, (other) => other === zone) > 0;
      if (said === undefined && !isSaying) return undefined;
      return {
        code: "speakCooldown",
        message: `Something was said in ${zone} less than ${SPEAK_COOLDOWN_MS / 60_000} minutes ago.`,
      };
    }
    return undefined;
  }

  hold(call: GuardedCall, named: string | null, nowMs: number): void {
    this.#underWay.set(call, { zone: speakZone(named), sinceMs: nowMs });
  }

  did(call: GuardedCall, nowMs: number): void {
    const zone = this.#underWay.get(call)?.zone ?? speakZone(call.zone);
    this.#underWay.delete(call);
    this.#count(call.tool, zone, nowMs);
  }

  failed(call: GuardedCall): void {
    this.#underWay.delete(call);
  }

  #count(tool: string, key: string, atMs: number): void {
    if (tool === "create_task") this.#tasksMs.push(atMs);
    if (tool !== "speak") return;
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
    for (const [call, { sinceMs }] of this.#underWay) {
      if (nowMs - sinceMs >= UNDER_WAY_MS_MAX) this.#underWay.delete(call);
    }
  }

  #countUnderWay(call: GuardedCall, isLike: (zone: string) => boolean): number {
    let count = 0;
    for (const [other, { zone }] of this.#underWay) {
      if (other !== call && other.tool === call.tool && isLike(zone)) count += 1;
    }
    return count;
  }
}

/** One spelling of a zone has one cooldown. */
const speakZone = (zone: string | null): string =>
  zone === null || zone.trim() === "" ? SPEAK_ZONE_DEFAULT : zone.trim().toLowerCase();
