/** What is asked about tasks and changes none: live ones from memory, those that have ended from disk. */
import { err, ok, type Result } from "../../runtime/result.ts";
import type { Range } from "../../runtime/state/state-store.ts";
import type { TaskBook } from "./book.ts";
import type { Task, TaskStats, TasksCommand, TasksListed } from "./messages.ts";
import { answerOf } from "./refusals.ts";
import type { TaskTables } from "./tables.ts";

export type TaskQuestion = Extract<
  TasksCommand,
  { type: "GetTasks" | "GetTaskPage" | "GetTask" | "GetTaskStats" }
>;

const HOUR_MS = 3_600_000;

export class Questions {
  readonly #book: TaskBook;
  readonly #tables: TaskTables;

  constructor(book: TaskBook, tables: TaskTables) {
    this.#book = book;
    this.#tables = tables;
  }

  answer(question: TaskQuestion, nowMs: number): void {
    switch (question.type) {
      case "GetTasks":
        question.replyTo.tell(listed(this.#book.tasks(nowMs)));
        return;
      case "GetTaskPage":
        question.replyTo.tell(listed(this.#page(question, nowMs)));
        return;
      case "GetTask":
        question.replyTo.tell(answerOf(this.task(question.taskId)));
        return;
      case "GetTaskStats":
        question.replyTo.tell(this.#stats(nowMs));
        return;
    }
  }

  /** Ended or not. */
  task(id: number): Result<Task, "taskUnknown"> {
    const task = this.#book.row(id)?.task ?? this.#tables.ended.get(id);
    return task === undefined ? err("taskUnknown") : ok(task);
  }

  /** The newest of them, the oldest first. */
  endedSince(atMs: number, limit: number): Task[] {
    const tasks: Task[] = [];
    for (const { key } of this.#tables.endedAt.range({ reverse: true, limit })) {
      const [endedAtMs, id] = key;
      if (endedAtMs < atMs) break;
      const task = this.#tables.ended.get(id);
      if (task !== undefined) tasks.unshift(task);
    }
    return tasks;
  }

  #page({ skip, limit }: { readonly skip: number; readonly limit: number }, nowMs: number): Task[] {
    const open = this.#book.tasks(nowMs);
    const found = open.slice(skip, skip + limit);
    let left = skip - open.length;
    for (const { key, value } of this.#tables.endedAt.range({ reverse: true })) {
      if (found.length >= limit) break;
      if (value !== "completed") continue;
      left -= 1;
      if (left >= 0) continue;
      const task = this.#tables.ended.get(key[1]);
      if (task !== undefined) found.push(task);
    }
    return found;
  }

  #stats(nowMs: number): TaskStats {
    const { totalXp, created, completed } = this.#book.totals;
    let completedLastHour = 0;
    // What lies ahead ended before somebody set the clock back.
    const lastHour = { from: [nowMs - HOUR_MS, 0], to: [nowMs + 1, 0] } satisfies Range<
      [number, number]
    >;
    for (const { value } of this.#tables.endedAt.range(lastHour)) {
      if (value === "completed") completedLastHour += 1;
    }
    const counts = { totalXp, created, completed, completedLastHour };
    return { type: "TaskStats", ...counts, ...this.#book.counts() };
  }
}

const listed = (tasks: readonly Task[]): TasksListed => ({ type: "TasksListed", tasks });
