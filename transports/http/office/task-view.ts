/** What the routes of task-routes.ts need of a node. */
import type { Result } from "../../../runtime/result.ts";
import type { Caller } from "../route.ts";
import type {
  CompleteTaskBody,
  CreateTaskBody,
  TakeTaskBody,
  TaskItem,
  TaskStatsItem,
} from "./task-contract.ts";

/** A refusal's code, and a sentence where more is known. */
export type TaskResult<T> = Result<T, string> & { readonly message?: string };

export interface TaskView {
  /** Not ended, the most urgent first; then the completed ones, the newest first. */
  list(page: { readonly skip: number; readonly limit: number }): Promise<TaskResult<TaskItem[]>>;
  queue(): Promise<TaskResult<TaskItem[]>>;
  stats(): Promise<TaskResult<TaskStatsItem>>;
  task(id: number): Promise<TaskResult<TaskItem>>;
  create(
    body: CreateTaskBody,
    caller: Caller,
  ): Promise<TaskResult<{ readonly task: TaskItem; readonly duplicate: boolean }>>;
  accept(id: number, body: TakeTaskBody, caller: Caller): Promise<TaskResult<TaskItem>>;
  ignore(id: number, body: TakeTaskBody, caller: Caller): Promise<TaskResult<TaskItem>>;
  complete(id: number, body: CompleteTaskBody, caller: Caller): Promise<TaskResult<TaskItem>>;
  dispatch(id: number): Promise<TaskResult<TaskItem>>;
  remind(id: number): Promise<TaskResult<TaskItem>>;
  cancel(id: number): Promise<TaskResult<TaskItem>>;
}
