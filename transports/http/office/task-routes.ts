/** The board of tasks, under the paths that the first system had. */
import { z } from "zod";
import { type Answer, type Caller, type Route, route } from "../route.ts";
import {
  completeTaskSchema,
  createTaskSchema,
  type TaskAnswerItem,
  type TaskItem,
  takeTaskSchema,
  taskAnswerSchema,
  taskPageSchema,
  taskStatsSchema,
} from "./task-contract.ts";
import type { TaskResult, TaskView } from "./task-view.ts";

const taskParams = z.object({ id: z.coerce.number().int().min(1) });
const tasksSchema = z.array(taskAnswerSchema);

export const TASK_ROUTES: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/tasks/",
    summary: "Tasks that are not ended, the most urgent first; then completed ones, newest first",
    query: taskPageSchema,
    answer: tasksSchema,
    run: async ({ view }, { query }) => answers(await view.office.tasks.list(query)),
  }),
  route({
    method: "POST",
    url: "/api/tasks/",
    summary:
      "Ask people for something; what is asked for already is updated, with 200 instead of 201",
    body: createTaskSchema,
    answer: taskAnswerSchema,
    statuses: [201, 200],
    role: "operator",
    run: async ({ view }, { body, caller }) => {
      const made = await view.office.tasks.create(body, caller);
      if (!made.ok) return made;
      const { task, duplicate } = made.value;
      return { ok: true, value: seedTask(task), status: duplicate ? 200 : 201 };
    },
  }),
  route({
    method: "GET",
    url: "/api/tasks/queue",
    summary: "Tasks that wait to be sent out, the most urgent first",
    answer: tasksSchema,
    run: async ({ view }) => answers(await view.office.tasks.queue()),
  }),
  route({
    method: "GET",
    url: "/api/tasks/stats",
    summary: "Counts of tasks and the office's experience points",
    answer: taskStatsSchema,
    run: ({ view }) => view.office.tasks.stats(),
  }),
  route({
    method: "GET",
    url: "/api/tasks/:id",
    summary: "One task",
    params: taskParams,
    answer: taskAnswerSchema,
    run: async ({ view }, { params }) => answer(await view.office.tasks.task(params.id)),
  }),
  memberAct("accept", "Take a task", takeTaskSchema, (tasks, ...wish) => tasks.accept(...wish)),
  memberAct(
    "complete",
    "Report a task done; its bounty is paid, once, to who accepted it, else to who has done it",
    completeTaskSchema,
    (tasks, ...wish) => tasks.complete(...wish),
  ),
  memberAct("ignore", "Say that one does not want a task", takeTaskSchema, (tasks, ...wish) =>
    tasks.ignore(...wish),
  ),
  operatorAct("PUT", "/reminded", "Call a task to mind now", "remind"),
  operatorAct("PUT", "/dispatch", "Send a waiting task out now", "dispatch"),
  operatorAct("PUT", "/cancel", "Withdraw a task; its bounty goes back", "cancel"),
  operatorAct("DELETE", "", "The same as cancel", "cancel"),
];

/** For oneself; operators may name another. */
function memberAct<B extends z.ZodType>(
  name: string,
  summary: string,
  body: B,
  run: (
    tasks: TaskView,
    id: number,
    body: z.output<B>,
    caller: Caller,
  ) => Promise<TaskResult<TaskItem>>,
): Route {
  return route({
    method: "PUT",
    url: `/api/tasks/:id/${name}`,
    summary,
    params: taskParams,
    body,
    answer: taskAnswerSchema,
    role: "member",
    run: async ({ view }, { params, body: given, caller }) =>
      answer(await run(view.office.tasks, params.id, given, caller)),
  });
}

function operatorAct(
  method: "PUT" | "DELETE",
  path: string,
  summary: string,
  name: "remind" | "dispatch" | "cancel",
): Route {
  return route({
    method,
    url: `/api/tasks/:id${path}`,
    summary,
    params: taskParams,
    answer: taskAnswerSchema,
    role: "operator",
    run: async ({ view }, { params }) => answer(await view.office.tasks[name](params.id)),
  });
}

const answer = (task: TaskResult<TaskItem>): Answer =>
  task.ok ? { ok: true, value: seedTask(task.value) } : task;

const answers = (tasks: TaskResult<TaskItem[]>): Answer =>
  tasks.ok ? { ok: true, value: tasks.value.map(seedTask) } : tasks;

const iso = (atMs: number | null): string | null =>
  atMs === null ? null : new Date(atMs).toISOString();

/** With the names that clients of the first system read. */
export const seedTask = (task: TaskItem): TaskAnswerItem => ({
  ...task,
  bounty_gold: task.bounty,
  bounty_xp: task.bountyXp,
  task_type: task.taskTypes,
  min_people_required: task.minPeople,
  estimated_duration: task.estimatedMinutes,
  is_completed: task.state === "paying" || task.state === "completed",
  is_queued: task.state === "queued",
  created_at: iso(task.createdAtMs),
  expires_at: iso(task.expiresAtMs),
  dispatched_at: iso(task.dispatchedAtMs),
  accepted_at: iso(task.acceptedAtMs),
  completed_at: iso(task.completedAtMs),
  last_reminded_at: iso(task.lastRemindedAtMs),
  assigned_to: task.assignedTo,
  report_status: task.reportStatus,
  completion_note: task.completionNote,
  announcement_audio_url: task.announcement?.audioUrl ?? null,
  announcement_text: task.announcement?.text ?? null,
  completion_audio_url: task.completion?.audioUrl ?? null,
  completion_text: task.completion?.text ?? null,
});
