/**
 * The tasks that are on disk, and what a wish would change: plans, which become true by their commit.
 *
 *   CreateTask, acts, time ──▶ plan ──▶ Change | refusal        Change ──committed──▶ book.apply
 */
import { err, ok, type Result } from "../../runtime/result.ts";
import { dispatchOf, priorityOf, type QuietHours } from "./dispatch.ts";
import { expiryOf, faultOf, UNTOUCHED } from "./draft.ts";
import { duplicateIn, updated } from "./duplicates.ts";
import type { Task, TaskAct, TaskDraft, TasksCommand } from "./messages.ts";
import type { Refused } from "./refusals.ts";
import {
  type Change,
  isLive,
  type KnownRequest,
  NO_TOTALS,
  type TaskRow,
  type Totals,
} from "./tables.ts";
import { isEnded, type TaskActName, transition } from "./transitions.ts";
import type { ZoneLooks } from "./zone-looks.ts";

export interface BookRules extends QuietHours {
  /** Tasks that may be asked for at once. */
  readonly openMax: number;
  /** Points. */
  readonly bountyMax: number;
  /** For the office's total where a task names none. */
  readonly bountyXp: number;
}

/** What the plans see of the world. */
export interface Now {
  readonly atMs: number;
  readonly hour: number;
  readonly zones: ZoneLooks;
}

export interface Planned {
  readonly change: Change;
  readonly taskId: number;
  readonly duplicate: boolean;
}

/** A report's free text, as the seed cuts it. */
export const NOTE_LENGTH_MAX = 500;
/** Everybody of a small office; later ones may ignore it without being noted. */
export const IGNORED_MAX = 100;

/** Ended tasks whose bounty the treasury has not booked yet, as when its disk is full for a day. */
export const SETTLING_MAX = 1_000;

export class TaskBook {
  readonly #rules: BookRules;
  /** At most `openMax` and `SETTLING_MAX`. */
  readonly #rows = new Map<number, TaskRow>();
  #totals = NO_TOTALS;

  constructor(rules: BookRules) {
    this.#rules = rules;
  }

  /** What the store has at the start. */
  load(rows: Iterable<TaskRow>, totals: Totals): void {
    for (const row of rows) this.#rows.set(row.task.id, row);
    this.#totals = totals;
  }

  get totals(): Totals {
    return this.#totals;
  }

  row(id: number): TaskRow | undefined {
    return this.#rows.get(id);
  }

  rows(): IterableIterator<TaskRow> {
    return this.#rows.values();
  }

  /** Those that are not ended, the most urgent first. */
  tasks(nowMs: number): Task[] {
    return byPriority([...this.open()], nowMs);
  }

  /** Those that are not ended. */
  *open(): IterableIterator<Task> {
    for (const { task } of this.#rows.values()) if (!isEnded(task.state)) yield task;
  }

  counts(): { readonly active: number; readonly queued: number } {
    let active = 0;
    let queued = 0;
    for (const { state } of this.open()) {
      if (state === "queued") queued += 1;
      else active += 1;
    }
    return { active, queued };
  }

  isQueuedIn(zone: string): boolean {
    for (const task of this.open()) if (task.state === "queued" && task.zone === zone) return true;
    return false;
  }

  /** After the commit; `totals` as they are on disk now. */
  apply({ rows }: Change, totals: Totals): void {
    for (const row of rows) {
      if (isLive(row)) this.#rows.set(row.task.id, row);
      else this.#rows.delete(row.task.id);
    }
    this.#totals = totals;
  }

  planCreate(
    message: Extract<TasksCommand, { type: "CreateTask" }>,
    digest: string,
    now: Now,
  ): Result<Planned, Refused> {
    const { draft } = message;
    const detail = faultOf(draft, now.atMs, this.#rules.bountyMax);
    if (detail !== undefined) return err({ reason: "badTask", detail });

    const open = [...this.open()];
    const same = duplicateIn(
      open.filter((task) => task.expiresAtMs > now.atMs),
      draft,
    );
    const expiresAtMs = expiryOf(draft, now.atMs);
    if (same !== undefined) {
      const row = this.#rows.get(same.id) as TaskRow;
      const change = this.#change(now.atMs, [{ ...row, task: updated(same, draft, expiresAtMs) }]);
      return ok(this.#planned(change, message.requestId, digest, same.id, true));
    }
    const { openMax } = this.#rules;
    if (open.length >= openMax || this.#rows.size - open.length >= SETTLING_MAX) {
      return err({ reason: "boardFull" });
    }
    const task = this.#newTask(message, expiresAtMs, now);
    const change = this.#change(now.atMs, [{ task, money: "reserve" }]);
    return ok(this.#planned(change, message.requestId, digest, task.id, false));
  }

  /** What a person or an operator wants of a task. */
  planAct(act: TaskAct, nowMs: number): Result<Change, Refused> {
    const row = this.#rows.get(act.taskId);
    if (row === undefined) return err({ reason: "taskUnknown" });
    const { task } = row;
    const name = NAMES[act.type];
    const next = transition(task.state, name);
    if (!next.ok) return err({ reason: next.error });
    // Its time is over, and the sweep has not come by yet.
    if (task.expiresAtMs <= nowMs) return err({ reason: "taskEnded" });

    const after = { ...task, state: next.value };
    switch (act.type) {
      case "AcceptTask":
        if (act.personId === null) return err({ reason: "personUnknown" });
        return this.#put(row, nowMs, { ...after, assignedTo: act.personId, acceptedAtMs: nowMs });
      case "CompleteTask": {
        const assignedTo = task.assignedTo ?? act.doneBy;
        if (act.personId !== null && act.personId !== assignedTo) {
          return err({ reason: "notYours" });
        }
        return this.#put(row, nowMs, {
          ...after,
          assignedTo,
          acceptedAtMs: task.acceptedAtMs ?? nowMs,
          completedAtMs: nowMs,
          reportStatus: act.reportStatus,
          completionNote: noteOf(act.completionNote),
        });
      }
      case "IgnoreTask": {
        const { personId } = act;
        const isNoted = personId === null || task.ignoredBy.includes(personId);
        if (isNoted || task.ignoredBy.length >= IGNORED_MAX) return this.#put(row, nowMs, after);
        return this.#put(row, nowMs, { ...after, ignoredBy: [...task.ignoredBy, personId] });
      }
      case "DispatchTask":
        if (task.state === "open") return this.#put(row, nowMs, after);
        return this.#put(row, nowMs, sent(task, "ordered", nowMs));
      case "RemindTask":
        return this.#put(row, nowMs, { ...after, lastRemindedAtMs: nowMs });
      case "CancelTask":
        return this.#put(row, nowMs, after);
    }
  }

  /** What time and the zones have brought about: tasks that expire, go out, or wait for another reason. */
  planSweep(now: Now): Change | undefined {
    const tasks: Task[] = [];
    for (const task of this.open()) {
      const swept = this.#swept(task, now);
      if (swept !== undefined) tasks.push(swept);
    }
    if (tasks.length === 0) return undefined;
    const rows = byPriority(tasks, now.atMs).map((task) => ({
      ...(this.#rows.get(task.id) as TaskRow),
      task,
    }));
    return this.#change(now.atMs, rows);
  }

  #swept(task: Task, now: Now): Task | undefined {
    const expired = transition(task.state, "expire");
    if (expired.ok && task.expiresAtMs <= now.atMs) return { ...task, state: expired.value };
    if (task.state !== "queued") return undefined;
    const { now: goes, reason } = this.#dispatch(task, now);
    if (goes) return sent(task, reason, now.atMs);
    return reason === task.dispatchReason ? undefined : { ...task, dispatchReason: reason };
  }

  planHeld(taskId: number, nowMs: number): Change | undefined {
    const row = this.#rows.get(taskId);
    if (row?.money !== "reserve") return undefined;
    return this.#change(nowMs, [{ ...row, money: "held" }]);
  }

  /** The one way to `completed`. */
  planPaid(taskId: number, paidMilli: number, nowMs: number): Change | undefined {
    const row = this.#rows.get(taskId);
    if (row === undefined) return undefined;
    const next = transition(row.task.state, "settle");
    if (!next.ok) return undefined;
    const task = { ...row.task, state: next.value, paidMilli };
    const { totals, ...change } = this.#change(nowMs, [{ task, money: "settled" }]);
    return {
      ...change,
      totals: {
        ...totals,
        completed: totals.completed + 1,
        totalXp: totals.totalXp + task.bountyXp,
      },
    };
  }

  planReleased(taskId: number, nowMs: number): Change | undefined {
    const row = this.#rows.get(taskId);
    if (row?.money !== "held" || !isEnded(row.task.state)) return undefined;
    return this.#change(nowMs, [{ ...row, money: "settled" }]);
  }

  planVoices(
    taskId: number,
    voices: Pick<Task, "announcement" | "completion">,
    nowMs: number,
  ): Change | undefined {
    const row = this.#rows.get(taskId);
    if (row === undefined || isEnded(row.task.state)) return undefined;
    return this.#change(nowMs, [{ ...row, task: { ...row.task, ...voices } }]);
  }

  planReminded(taskId: number, nowMs: number): Change | undefined {
    const row = this.#rows.get(taskId);
    if (row === undefined || !transition(row.task.state, "remind").ok) return undefined;
    return this.#change(nowMs, [{ ...row, task: { ...row.task, lastRemindedAtMs: nowMs } }]);
  }

  #newTask(
    message: Extract<TasksCommand, { type: "CreateTask" }>,
    expiresAtMs: number,
    now: Now,
  ): Task {
    const { draft, createdBy, causeId } = message;
    const { now: goes, reason } = this.#dispatch({ ...draft, createdAtMs: now.atMs }, now);
    return {
      ...UNTOUCHED,
      ...draft,
      id: this.#totals.lastId + 1,
      state: goes ? "open" : "queued",
      createdBy,
      causeId,
      bountyXp: draft.bountyXp ?? this.#rules.bountyXp,
      createdAtMs: now.atMs,
      expiresAtMs,
      dispatchedAtMs: goes ? now.atMs : null,
      dispatchReason: reason,
    };
  }

  #dispatch(task: TaskDraft & Pick<Task, "createdAtMs">, { atMs, hour, zones }: Now) {
    const { zone, createdAtMs } = task;
    const of =
      zone === null
        ? { zone: undefined, untoldMs: 0 }
        : { zone: zones.get(zone), untoldMs: zones.untoldMs(zone, createdAtMs, atMs) };
    return dispatchOf(task, { ...of, hour, waitedMs: atMs - createdAtMs }, this.#rules);
  }

  #put(row: TaskRow, atMs: number, task: Task): Result<Change, Refused> {
    return ok(this.#change(atMs, [{ ...row, task }]));
  }

  #change(atMs: number, rows: readonly TaskRow[]): Change {
    return { atMs, rows, totals: this.#totals };
  }

  #planned(
    change: Change,
    requestId: string,
    digest: string,
    taskId: number,
    duplicate: boolean,
  ): Planned {
    const no = change.totals.requests + 1;
    const known: KnownRequest = { no, taskId, duplicate, digest };
    const counts = duplicate ? {} : { lastId: taskId, created: change.totals.created + 1 };
    return {
      change: {
        ...change,
        totals: { ...change.totals, ...counts, requests: no },
        request: { id: requestId, ...known },
      },
      taskId,
      duplicate,
    };
  }
}

/** Taken, whatever it is like: cut, though not through a letter of two units, and without what steers terminals. */
const noteOf = (note: string): string =>
  note
    .slice(0, NOTE_LENGTH_MAX)
    .replace(/[\ud800-\udbff]$/, "")
    .replace(/(?![\n\r\t])\p{Cc}/gu, " ")
    .toWellFormed();

const NAMES: Readonly<Record<TaskAct["type"], TaskActName>> = {
  AcceptTask: "accept",
  IgnoreTask: "ignore",
  CompleteTask: "complete",
  DispatchTask: "dispatch",
  CancelTask: "cancel",
  RemindTask: "remind",
};

const byPriority = (tasks: Task[], nowMs: number): Task[] =>
  tasks.sort((a, b) => priorityOf(b, nowMs) - priorityOf(a, nowMs) || a.id - b.id);

const sent = (task: Task, reason: string, atMs: number): Task => ({
  ...task,
  state: "open",
  dispatchedAtMs: atMs,
  dispatchReason: reason,
});
