/**
 * Which tasks are to be called to mind, and how often at most; and those whose turn is to come, since they
 * are said one by one.
 */
import type { Task } from "./messages.ts";

export interface ReminderRules {
  readonly remindAfterMs: number;
  readonly remindEveryMs: number;
}

/** How often is looked for tasks to be called to mind: the seed's. */
export const REMINDERS_MS = 300_000;
/** Between two reminders, so that they are heard one by one: the seed's. */
export const REMINDERS_APART_MS = 2_000;

export class Reminders {
  readonly #rules: ReminderRules;
  /** Ids, in the order in which they are said; at most the open tasks. */
  #waiting: number[] = [];

  constructor(rules: ReminderRules) {
    this.#rules = rules;
  }

  /** Begins anew with what is due; what the last look has left is still due. */
  look(tasks: Iterable<Task>, nowMs: number): void {
    this.#waiting = reminderDue(tasks, nowMs, this.#rules).map(({ id }) => id);
  }

  next(): number | undefined {
    return this.#waiting.shift();
  }

  get areLeft(): boolean {
    return this.#waiting.length > 0;
  }
}

/** Gone out long enough ago, not done, and not reminded of lately; who waits longest first. */
export const reminderDue = (tasks: Iterable<Task>, nowMs: number, rules: ReminderRules): Task[] =>
  [...tasks]
    .filter((task) => isDue(task, nowMs, rules))
    .sort((a, b) => (a.dispatchedAtMs ?? 0) - (b.dispatchedAtMs ?? 0) || a.id - b.id);

/**
 * A task that waited in the queue is as old as people know it. A time that lies ahead was noted before somebody
 * set the clock back: it is as far off as it is.
 */
function isDue(
  task: Task,
  nowMs: number,
  { remindAfterMs, remindEveryMs }: ReminderRules,
): boolean {
  if (task.state !== "open" && task.state !== "accepted") return false;
  const { dispatchedAtMs, lastRemindedAtMs } = task;
  if (dispatchedAtMs === null || Math.abs(nowMs - dispatchedAtMs) <= remindAfterMs) return false;
  return lastRemindedAtMs === null || Math.abs(nowMs - lastRemindedAtMs) >= remindEveryMs;
}
