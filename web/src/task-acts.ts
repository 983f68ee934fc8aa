/** What people do with tasks, and what they hear then: the node's own voice, else the page's words. */
import type { Spoken } from "../../transports/http/office/task-contract.ts";
import type { Answer } from "./api.ts";
import type { TaskItem } from "./live/office-items.ts";
import {
  FEEDBACK_MS_MAX,
  fetchFeedback,
  fetchRejection,
  type TaskReport,
  tellTask,
} from "./office-api.ts";
import { who } from "./session.ts";
import { t } from "./strings.ts";
import { say } from "./voice/voice.ts";

export async function acceptTask(task: TaskItem): Promise<Answer<unknown>> {
  const answer = await tellTask(task.id, "accept", as());
  if (answer.ok)
    void sayAnswer("task_accepted", task, t("tasks.acceptedSaid", { title: task.title }));
  return answer;
}

export async function ignoreTask(task: TaskItem): Promise<Answer<unknown>> {
  const answer = await tellTask(task.id, "ignore", as());
  if (answer.ok) void sayRejection();
  return answer;
}

export async function completeTask(task: TaskItem, report: TaskReport): Promise<Answer<unknown>> {
  const answer = await tellTask(task.id, "complete", {
    ...as(),
    report_status: report.status,
    completion_note: report.note,
  });
  if (answer.ok) {
    if (task.completion !== null) say(task.completion.text, task.completion.audioUrl);
    else void sayAnswer("task_completed", task, t("tasks.completedSaid"));
  }
  return answer;
}

/** Reads a task out. */
export function listenTo(task: TaskItem): void {
  if (task.announcement !== null) say(task.announcement.text, task.announcement.audioUrl);
  else say([task.title, task.description].filter((text) => text !== "").join("。"));
}

/** With login the session's person counts; here the chosen one has to be named. */
export const as = (): { user_id?: number } => {
  const { person, mayChoose } = who();
  return mayChoose && person !== undefined ? { user_id: person.id } : {};
};

async function sayAnswer(
  kind: "task_accepted" | "task_completed",
  { title }: TaskItem,
  own: string,
): Promise<void> {
  sayOr(await fetchFeedback(kind, title, AbortSignal.timeout(FEEDBACK_MS_MAX)), own);
}

async function sayRejection(): Promise<void> {
  sayOr(await fetchRejection(AbortSignal.timeout(FEEDBACK_MS_MAX)), t("tasks.ignoredSaid"));
}

function sayOr(answer: Spoken | undefined, own: string): void {
  if (answer === undefined) say(own);
  else say(answer.text === "" ? own : answer.text, answer.audioUrl);
}
