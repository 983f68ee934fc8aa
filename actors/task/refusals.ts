/** The board's answers to a wish. */
import type { Result } from "../../runtime/result.ts";
import type { Task, TaskAnswer, TaskRefusal } from "./messages.ts";

export interface Refused {
  readonly reason: TaskRefusal;
  /** Of `badTask`: the field. */
  readonly detail?: string;
}

export const refusal = (reason: TaskRefusal): TaskAnswer => refusedBy({ reason });

export const refusedBy = (refused: Refused): TaskAnswer => ({ type: "TaskRefused", ...refused });

export const answerOf = (task: Result<Task, TaskRefusal>): TaskAnswer =>
  task.ok ? { type: "TaskAccepted", task: task.value, duplicate: false } : refusal(task.error);
