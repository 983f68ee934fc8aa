/**
 * What the agent knows of the office between two cycles: the newest situation of each zone, the events of
 * five minutes, the tasks that are open and the reports that need work, what it did itself.
 *
 * A restart loses situations and events; zones tell again within seconds, the board tells its tasks and reports,
 * and what the agent did and which reports it was told stands in the cycle store.
 */
import type { Task } from "../../task/messages.ts";
import type { ZoneSituation } from "../../zone/messages.ts";
import { outOfRange } from "../comfort.ts";
import type { Known } from "../prompt/context.ts";
import type { CallOfCycle } from "../safety/guard-types.ts";
import { EventStore } from "./event-store.ts";

/** As many as a node may have. */
export const ZONES_MAX = 1_024;
/** Open tasks that the agent keeps in mind; a prompt shows ten. */
export const TASKS_MAX = 1_000;
/** Reports that need work and that no model has been told; the newest. */
export const REPORTS_MAX = 20;
/** How long a report waits for a model to be told: a node that was off for a night has its reports. */
export const REPORT_MS_MAX = 86_400_000;
/** Reports of which a model was told, until the record of it is on disk. */
const REPORTS_TOLD_MAX = 1_000;
/** What of the agent's own acts a prompt shows, and how long they are kept: the seed's. */
export const ACTION_SHOWN_MS_MAX = 1_800_000;
export const ACTION_MS_MAX = 7_200_000;
/** Two hours of cycles that do what they may: 288 × 2 tasks and a sentence. */
export const ACTIONS_MAX = 1_000;

const ENDED: ReadonlySet<Task["state"]> = new Set(["completed", "expired", "cancelled"]);

export class World {
  readonly situations = new Map<string, ZoneSituation>();
  readonly events = new EventStore();
  readonly tasks = new Map<number, Task>();
  readonly #reports = new Map<number, Task>();
  readonly #told = new Set<number>();
  readonly #isToldOnDisk: (taskId: number) => boolean;
  #actions: CallOfCycle[] = [];
  /** What had no room, by what it was. */
  readonly dropped = { zones: 0, tasks: 0 };
  /** Whether tasks or reports changed since the last look. */
  #tasksChanged = false;

  constructor(isReportTold: (taskId: number) => boolean) {
    this.#isToldOnDisk = isReportTold;
  }

  accept(situation: ZoneSituation): void {
    const { zone } = situation;
    if (!this.situations.has(zone) && this.situations.size >= ZONES_MAX) this.dropped.zones += 1;
    else this.situations.set(zone, situation);
  }

  acceptTask(task: Task): void {
    this.#tasksChanged = true;
    this.#put(task);
  }

  /** All that are open, and the newest that are done: what was told while nobody heard it. */
  acceptTasks(listed: readonly Task[]): void {
    const open = new Set(listed.filter(({ state }) => !ENDED.has(state)).map(({ id }) => id));
    for (const id of this.tasks.keys()) if (!open.has(id)) this.tasks.delete(id);
    for (const task of listed) {
      if (open.has(task.id) && !this.tasks.has(task.id)) this.#tasksChanged = true;
      this.#put(task);
    }
  }

  /** All of it, as a prompt is made of it: what matters most first. */
  known(nowMs: number): Omit<Known, "cycleId" | "note"> {
    this.events.forgetOld(nowMs);
    return {
      nowMs,
      situations: [...this.situations.values()].sort((a, b) => (a.zone < b.zone ? -1 : 1)),
      events: this.events.inOrder(),
      reports: this.reports(nowMs),
      tasks: [...this.tasks.values()].sort((a, b) => b.urgency - a.urgency || a.id - b.id),
      actions: this.actions(nowMs),
    };
  }

  acted(action: CallOfCycle): void {
    this.#actions.push(action);
    if (this.#actions.length > ACTIONS_MAX) this.#actions.shift();
  }

  /** The oldest first. */
  reports(nowMs: number): readonly Task[] {
    return [...this.#reports.values()]
      .filter((task) => nowMs - reportedAtMs(task) <= REPORT_MS_MAX)
      .sort((a, b) => reportedAtMs(a) - reportedAtMs(b));
  }

  /** A model has answered to a prompt with these. */
  toldReports(taskIds: readonly number[]): void {
    for (const id of taskIds) {
      this.#reports.delete(id);
      this.#told.add(id);
      const [oldest] = this.#told;
      if (this.#told.size > REPORTS_TOLD_MAX && oldest !== undefined) this.#told.delete(oldest);
    }
  }

  /** The newest first. */
  actions(nowMs: number): readonly CallOfCycle[] {
    this.#actions = this.#actions.filter(({ call }) => nowMs - call.startedAtMs <= ACTION_MS_MAX);
    return this.#actions
      .filter(({ call }) => nowMs - call.startedAtMs <= ACTION_SHOWN_MS_MAX)
      .toReversed();
  }

  /** Whether a look is worth a model: news, something out of range, a report that waits. */
  hasReason(nowMs: number): boolean {
    this.events.forgetOld(nowMs);
    return (
      this.#tasksChanged ||
      this.events.hasNew ||
      this.reports(nowMs).length > 0 ||
      this.situations.values().some((situation) => outOfRange(situation).length > 0)
    );
  }

  /** A prompt is made of it. */
  looked(): void {
    this.#tasksChanged = false;
  }

  /** A model has answered to a prompt with these; one that did not answer has not seen them. */
  toldEvents(eventIds: readonly string[]): void {
    const ids = new Set(eventIds);
    for (const kept of this.events.inOrder()) if (ids.has(kept.event.id)) kept.isShown = true;
  }

  #put(task: Task): void {
    if (needsWork(task) && !this.#told.has(task.id) && !this.#isToldOnDisk(task.id)) {
      this.#reports.set(task.id, task);
      if (this.#reports.size > REPORTS_MAX) this.#reports.delete(oldestOf(this.#reports).id);
    }
    if (ENDED.has(task.state)) this.tasks.delete(task.id);
    else if (!this.tasks.has(task.id) && this.tasks.size >= TASKS_MAX) this.dropped.tasks += 1;
    else this.tasks.set(task.id, task);
  }
}

const needsWork = ({ reportStatus }: Task): boolean =>
  reportStatus === "needs_followup" || reportStatus === "cannot_resolve";

const reportedAtMs = ({ completedAtMs, createdAtMs }: Task): number => completedAtMs ?? createdAtMs;

const oldestOf = (reports: ReadonlyMap<number, Task>): Task =>
  reports
    .values()
    .reduce((oldest, task) => (reportedAtMs(task) < reportedAtMs(oldest) ? task : oldest));
