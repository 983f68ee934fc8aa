/** The board of tasks as HTTP sees it: who asks for whom, the first system's fields, and the actor's answers. */
import { randomUUID } from "node:crypto";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { CreateTaskBody, TaskItem } from "../../transports/http/office/task-contract.ts";
import type { TaskResult, TaskView } from "../../transports/http/office/task-view.ts";
import type { Caller } from "../../transports/http/route.ts";
import type {
  Task,
  TaskAct,
  TaskAnswer,
  TaskDraft,
  TaskStats,
  TasksCommand,
  TasksListed,
} from "../task/messages.ts";
import type { AskOffice } from "./ask-office.ts";

/** The person that a fresh store has: who works at the machine itself, without a login. */
const FIRST_PERSON = 1;
/** The first system's, where a task names none. */
const BOUNTY_DEFAULT = 10;

export function taskView(askOffice: AskOffice): TaskView {
  const ask = <A>(request: (replyTo: ActorRef<A>) => TasksCommand): Promise<Result<A, "timeout">> =>
    askOffice<TasksCommand, A>("tasks", request);
  const one = async (
    request: (replyTo: ActorRef<TaskAnswer>) => TasksCommand,
  ): Promise<TaskResult<TaskItem>> => {
    const answer = await ask(request);
    if (!answer.ok) return answer;
    const { value } = answer;
    return value.type === "TaskAccepted" ? ok(value.task) : refused(value);
  };
  const many = async (
    request: (replyTo: ActorRef<TasksListed>) => TasksCommand,
    isWanted: (task: Task) => boolean = () => true,
  ): Promise<TaskResult<TaskItem[]>> => {
    const answer = await ask(request);
    return answer.ok ? ok(answer.value.tasks.filter(isWanted)) : answer;
  };
  const take = (
    type: "AcceptTask" | "IgnoreTask",
    taskId: number,
    named: number | null | undefined,
    caller: Caller,
  ): Promise<TaskResult<TaskItem>> | TaskResult<TaskItem> => {
    const personId = personOf(named, caller);
    if (!personId.ok) return personId;
    const by = takerOf(personId.value, caller);
    return one((replyTo) => ({ type, taskId, personId: by, replyTo }));
  };
  const operate = (
    type: Exclude<TaskAct["type"], "AcceptTask" | "IgnoreTask" | "CompleteTask">,
    taskId: number,
  ): Promise<TaskResult<TaskItem>> => one((replyTo) => ({ type, taskId, personId: null, replyTo }));

  return {
    list: (page) => many((replyTo) => ({ type: "GetTaskPage", ...page, replyTo })),
    queue: () =>
      many(
        (replyTo) => ({ type: "GetTasks", replyTo }),
        (task) => task.state === "queued",
      ),
    stats: async () => {
      const stats = await ask<TaskStats>((replyTo) => ({ type: "GetTaskStats", replyTo }));
      if (!stats.ok) return stats;
      const { totalXp, created, completed, active, queued, completedLastHour } = stats.value;
      return ok({
        total_xp: totalXp,
        tasks_created: created,
        tasks_completed: completed,
        tasks_active: active,
        tasks_queued: queued,
        tasks_completed_last_hour: completedLastHour,
      });
    },
    task: (taskId) => one((replyTo) => ({ type: "GetTask", taskId, replyTo })),
    create: async (body, caller) => {
      const requestId = body.request_id ?? randomUUID();
      const answer = await ask<TaskAnswer>((replyTo) => ({
        type: "CreateTask",
        requestId,
        draft: draftOf(body),
        createdBy: "operator",
        causeId: caller.personId === null ? null : `person:${caller.personId}`,
        replyTo,
      }));
      if (!answer.ok) return answer;
      return answer.value.type === "TaskAccepted"
        ? ok({ task: answer.value.task, duplicate: answer.value.duplicate })
        : refused(answer.value);
    },
    accept: async (id, body, caller) => take("AcceptTask", id, body?.user_id, caller),
    ignore: async (id, body, caller) => take("IgnoreTask", id, body?.user_id, caller),
    complete: async (taskId, body, caller) => {
      const personId = personOf(body?.user_id, caller);
      if (!personId.ok) return personId;
      return one((replyTo) => ({
        type: "CompleteTask",
        taskId,
        personId: personId.value,
        doneBy: takerOf(personId.value, caller),
        reportStatus: body?.report_status ?? "no_issue",
        completionNote: body?.completion_note ?? "",
        replyTo,
      }));
    },
    dispatch: (id) => operate("DispatchTask", id),
    remind: (id) => operate("RemindTask", id),
    cancel: (id) => operate("CancelTask", id),
  };
}

/** Whom an act is for. Null: an operator who names nobody. Only operators name others. */
function personOf(named: number | null | undefined, caller: Caller): TaskResult<number | null> {
  if (caller.role === "operator") return ok(named ?? null);
  return named == null || named === caller.personId ? ok(caller.personId) : err("notYours");
}

/** Whom a task goes to by an act: whoever is named, else the caller. */
const takerOf = (named: number | null, caller: Caller): number =>
  named ?? caller.personId ?? FIRST_PERSON;

function refused(answer: Extract<TaskAnswer, { type: "TaskRefused" }>): TaskResult<never> {
  const { reason, detail } = answer;
  if (detail === undefined) return err(reason);
  return {
    ...err(reason),
    message: `The task's ${detail} does not fit; docs/tasks.md has the bounds.`,
  };
}

export const draftOf = (body: CreateTaskBody): TaskDraft => ({
  title: body.title.trim(),
  description: body.description ?? "",
  location: body.location ?? null,
  zone: body.zone ?? null,
  bounty: body.bounty_gold ?? body.bounty ?? BOUNTY_DEFAULT,
  urgency: body.urgency,
  taskTypes: typesOf(body.task_type),
  minPeople: body.min_people_required,
  estimatedMinutes: body.estimated_duration,
  expiresAtMs: timeOf(body.expires_at),
  ...(body.bounty_xp !== undefined && { bountyXp: body.bounty_xp }),
  ...voicesOf(body),
});

/** Both or neither: whoever has words for one has them for the other. */
function voicesOf(body: CreateTaskBody): Pick<TaskDraft, "announcement" | "completion"> {
  const { announcement_text: announced, completion_text: completed } = body;
  if (!announced || !completed) return {};
  const spoken = (text: string, audioUrl: string | null | undefined) => ({
    ...{ text, audioUrl: audioUrl ?? null, durationS: null },
  });
  return {
    announcement: spoken(announced, body.announcement_audio_url),
    completion: spoken(completed, body.completion_audio_url),
  };
}

function typesOf(given: CreateTaskBody["task_type"]): string[] {
  const list = typeof given === "string" ? listOf(given) : (given ?? []);
  return [...new Set(list.map((type) => type.trim().toLowerCase()).filter((type) => type !== ""))];
}

/** A JSON list as a text, as the first system stored it, or names with commas. */
function listOf(text: string): string[] {
  if (!text.trim().startsWith("[")) return text.split(",");
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.map(String) : [];
  } catch {
    return [text];
  }
}

function timeOf(given: CreateTaskBody["expires_at"]): number | null {
  if (given == null) return null;
  if (typeof given === "number") return given;
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(given) ? given : `${given}Z`);
}
