/**
 * Which events the rules call for, given what has happened. Remembers when each was last raised and
 * which limits wait for the value to fall again; that memory is the caller's, so that it outlives a
 * restart of the zone.
 */

import { TRUST } from "./causes.ts";
import type { DoorChange } from "./doors.ts";
import type { Condition, EventRule, ZoneEventKind } from "./event-rules.ts";
import type { FusedValue, OfficeEvent, Origin } from "./messages.ts";
import { JumpWindow } from "./tamper.ts";

export interface EventDraft {
  readonly kind: ZoneEventKind;
  readonly severity: OfficeEvent["severity"];
  readonly message: string;
  readonly data: OfficeEvent["data"];
  /** Of a step: whose own readings made it; undefined: nobody's alone. */
  readonly steppedBy?: Origin | undefined;
}

export const EVENTS_KEPT_MAX = 50;

export interface EventMemory {
  /** kind, or kind and source → when last raised. Bounded by kinds and the zone's sources. */
  readonly raisedAtMs: Map<string, number>;
  /** Limits that were exceeded and have not been fallen below since. */
  readonly disarmed: Set<ZoneEventKind>;
  /** Newest last, at most `EVENTS_KEPT_MAX`. */
  readonly events: OfficeEvent[];
}

export const emptyEventMemory = (): EventMemory => ({
  raisedAtMs: new Map(),
  disarmed: new Set(),
  events: [],
});

/** Of a node that starts again: as if its zone had gone on, for as long as cooldowns last. */
export function recalledEventMemory(
  events: readonly OfficeEvent[],
  rules: readonly EventRule[],
  nowMs: number,
): EventMemory {
  const memory = emptyEventMemory();
  for (const { kind, atMs, data } of events) {
    const rule = rules.find((one) => one.kind === kind);
    if (rule === undefined || Math.abs(nowMs - atMs) >= rule.cooldownMs) continue;
    const { when } = rule;
    memory.raisedAtMs.set(cooldownKey(rule, String(data["source"])), atMs);
    if (when.is === "above" && when.rearmAt !== undefined) memory.disarmed.add(rule.kind);
  }
  return memory;
}

/** A `jump` is counted for each device. */
const cooldownKey = ({ kind, when }: EventRule, source: string): string =>
  when.is === "jump" ? `${kind} ${source}` : kind;

const UNITS: ReadonlyMap<string, string> = new Map([
  ["temperature", " °C"],
  ["humidity", " %"],
  ["co2", " ppm"],
]);
const NONE: readonly EventDraft[] = [];
type Rule<C extends Condition["is"]> = EventRule & { when: Extract<Condition, { is: C }> };

export class ZoneEvents {
  readonly #zone: string;
  readonly #rules: ReadonlyMap<Condition["is"], readonly EventRule[]>;
  readonly #memory: EventMemory;
  /** channel → fused value at the last evaluation, of channels with a `step` rule. */
  readonly #before = new Map<string, FusedValue>();
  /** source → channel → window. Bounded by the zone's sources. */
  readonly #windows = new Map<string, Map<string, JumpWindow>>();

  constructor(zone: string, rules: readonly EventRule[], memory: EventMemory) {
    this.#zone = zone;
    this.#rules = Map.groupBy(rules, (rule) => rule.when.is);
    this.#memory = memory;
  }

  onFused(channel: string, fused: FusedValue, nowMs: number): readonly EventDraft[] {
    const { value } = fused;
    const unit = UNITS.get(channel) ?? "";
    const drafts: EventDraft[] = [];
    for (const rule of this.#rulesOf("above")) {
      const { limit, rearmAt } = rule.when;
      if (rule.when.channel !== channel) continue;
      if (rearmAt !== undefined && value <= rearmAt) this.#memory.disarmed.delete(rule.kind);
      if (value <= limit || this.#memory.disarmed.has(rule.kind)) continue;
      if (!this.#mayRaise(rule, rule.kind, nowMs)) continue;
      if (rearmAt !== undefined) this.#memory.disarmed.add(rule.kind);
      const message = `${capital(channel)} in ${this.#zone} is ${round(value)}${unit}, above the limit of ${limit}${unit}.`;
      drafts.push(draft(rule, message, { channel, value, limit }));
    }
    for (const rule of this.#rulesOf("step")) {
      if (rule.when.channel !== channel) continue;
      const before = this.#before.get(channel);
      this.#before.set(channel, fused);
      // A mean over other sources than before says nothing about the room.
      if (before === undefined || before.sources !== fused.sources) continue;
      if (Math.abs(value - before.value) <= rule.when.by) continue;
      if (!this.#mayRaise(rule, rule.kind, nowMs)) continue;
      const message = `${capital(channel)} in ${this.#zone} went from ${round(before.value)} to ${round(value)}${unit} at once.`;
      const steppedBy = steppedIn(before, fused, rule.when.by);
      drafts.push({
        ...draft(rule, message, { channel, value, before: before.value }),
        steppedBy,
      });
    }
    return drafts;
  }

  /** One reading of one device: the sign of someone's hand on it. */
  onReading(source: string, channel: string, value: number, atMs: number): readonly EventDraft[] {
    for (const rule of this.#rulesOf("jump")) {
      const limit = rule.when.by.get(channel);
      if (limit === undefined) continue;
      const jump = this.#window(source, channel).accept(value, atMs, rule.when.withinMs);
      if (Math.abs(jump) < limit) continue;
      if (!this.#mayRaise(rule, cooldownKey(rule, source), atMs)) continue;
      const unit = UNITS.get(channel) ?? "";
      const message = `${source} in ${this.#zone} may have been tampered with: ${channel} changed by ${round(jump)}${unit} within ${rule.when.withinMs / 1_000} s.`;
      return [draft(rule, message, { source, channel, value, change: round(jump) })];
    }
    return NONE;
  }

  onCount(before: number, count: number, nowMs: number): readonly EventDraft[] {
    if (count === before) return NONE;
    const change = count > before ? "rises" : "falls";
    const drafts: EventDraft[] = [];
    for (const rule of this.#rulesOf("count")) {
      if (rule.when.change !== change || !this.#mayRaise(rule, rule.kind, nowMs)) continue;
      const people = count === 1 ? "1 person is" : `${count} people are`;
      const message = `Someone ${change === "rises" ? "entered" : "left"} ${this.#zone}; ${people} there now.`;
      drafts.push(draft(rule, message, { count, before }));
    }
    return drafts;
  }

  onDoor(source: string, change: DoorChange, nowMs: number): readonly EventDraft[] {
    const drafts: EventDraft[] = [];
    for (const rule of this.#rulesOf("door")) {
      if (rule.when.change !== change || !this.#mayRaise(rule, rule.kind, nowMs)) continue;
      drafts.push(draft(rule, `Door ${source} in ${this.#zone} ${change}.`, { source }));
    }
    return drafts;
  }

  onPosture(
    personCount: number,
    status: string,
    durationS: number,
    nowMs: number,
  ): readonly EventDraft[] {
    const drafts: EventDraft[] = [];
    for (const rule of this.#rulesOf("posture")) {
      if (personCount <= 0 || status !== rule.when.status || durationS < rule.when.afterS) continue;
      if (!this.#mayRaise(rule, rule.kind, nowMs)) continue;
      const message = `Someone in ${this.#zone} has not moved for ${Math.floor(durationS / 60)} minutes.`;
      drafts.push(draft(rule, message, { personCount, durationS }));
    }
    return drafts;
  }

  onTaskReport(
    taskId: string,
    title: string,
    reportStatus: string,
    completionNote: string,
  ): readonly EventDraft[] {
    const note = completionNote === "" ? "" : `: ${completionNote}`;
    return this.#rulesOf("report").map((rule) =>
      draft(rule, `Task "${title}" in ${this.#zone} was reported as ${reportStatus}${note}.`, {
        taskId,
        title,
        reportStatus,
        completionNote,
      }),
    );
  }

  keep(event: OfficeEvent): void {
    this.#memory.events.push(event);
    if (this.#memory.events.length > EVENTS_KEPT_MAX) this.#memory.events.shift();
  }

  forget(source: string): void {
    this.#windows.delete(source);
    for (const rule of this.#rulesOf("jump")) {
      this.#memory.raisedAtMs.delete(cooldownKey(rule, source));
    }
  }

  #mayRaise(rule: EventRule, key: string, nowMs: number): boolean {
    const raisedAtMs = this.#memory.raisedAtMs.get(key);
    // A clock that was set back by more than that ends it too, or nothing would be told until it is there again.
    if (raisedAtMs !== undefined && Math.abs(nowMs - raisedAtMs) < rule.cooldownMs) return false;
    if (rule.cooldownMs > 0) this.#memory.raisedAtMs.set(key, nowMs);
    return true;
  }

  #window(source: string, channel: string): JumpWindow {
    let windows = this.#windows.get(source);
    if (windows === undefined) {
      windows = new Map();
      this.#windows.set(source, windows);
    }
    let window = windows.get(channel);
    if (window === undefined) {
      window = new JumpWindow();
      windows.set(channel, window);
    }
    return window;
  }

  #rulesOf<C extends Condition["is"]>(is: C): readonly Rule<C>[] {
    return (this.#rules.get(is) ?? []) as readonly Rule<C>[];
  }
}

const draft = (rule: EventRule, message: string, data: OfficeEvent["data"]): EventDraft => ({
  kind: rule.kind,
  severity: rule.severity,
  message,
  data,
});

/**
 * The most trusted origin whose own mean went as far: the mean of all goes up as well when a stranger's low reading
 * is taken back, and no leaf measured anything then.
 */
function steppedIn(before: FusedValue, after: FusedValue, by: number): Origin | undefined {
  const own = ({ value, byOrigin = { sensor: value } }: FusedValue, origin: Origin): number =>
    byOrigin[origin] ?? Number.NaN;
  const way = Math.sign(after.value - before.value);
  return TRUST.find((origin) => way * (own(after, origin) - own(before, origin)) > by);
}

const round = (value: number): number => Math.round(value * 10) / 10;
/** A channel's name at the beginning of a sentence. */
const capital = (channel: string): string =>
  channel === "co2" ? "CO2" : channel.charAt(0).toUpperCase() + channel.slice(1);
