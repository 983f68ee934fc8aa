/**
 * Tasks for people: what the board accepts, and a task as everyone sees it.
 *
 *   agent, operator ──CreateTask──▶ tasks ──TaskChanged──▶ agent, dashboard
 *   page ──AcceptTask, CompleteTask, …──▶ tasks ──PayBounty──▶ treasury
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { Provenance } from "../agent/messages.ts";
import type { ZoneNews } from "../zone/messages.ts";

/**
 *   queued ──▶ open ──▶ accepted ──▶ paying ──▶ completed
 *      └─────────┴──────────┴──▶ expired | cancelled
 * `paying`: reported done, and the bounty is not booked yet; a restart goes on there.
 */
export const TASK_STATES = [
  "queued",
  "open",
  "accepted",
  "paying",
  "completed",
  "expired",
  "cancelled",
] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const REPORT_STATUSES = [
  "no_issue",
  "resolved",
  "needs_followup",
  "cannot_resolve",
] as const;
export type ReportStatus = (typeof REPORT_STATUSES)[number];

/** What is asked of people. */
export interface TaskDraft {
  readonly title: string;
  readonly description: string;
  readonly location: string | null;
  readonly zone: string | null;
  /** Points, whole. */
  readonly bounty: number;
  /** 0 can wait … 4 emergency */
  readonly urgency: number;
  /** Lower case: `environment`, `supply`, `urgent`, `general`. None: no duplicate by its type. */
  readonly taskTypes: readonly string[];
  readonly minPeople: number;
  readonly estimatedMinutes: number;
  /** Null: by its types. */
  readonly expiresAtMs: number | null;
  /** For the office's total; the usual amount unless told. */
  readonly bountyXp?: number;
  /** What is said of it; null or left out: the voice finds words for both. */
  readonly announcement?: Spoken | null;
  readonly completion?: Spoken | null;
}

/** A spoken text; `audioUrl` null: the page's own speech says it. */
export interface Spoken {
  readonly text: string;
  readonly audioUrl: string | null;
  readonly durationS: number | null;
}

export interface Task extends TaskDraft {
  readonly id: number;
  readonly state: TaskState;
  /** Who asked for it. */
  readonly createdBy: Provenance;
  /** The cycle, event or person's wish that led to it. */
  readonly causeId: string | null;
  readonly bountyXp: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly dispatchedAtMs: number | null;
  /** Why it waits or went out, in the words of the dispatch rules. */
  readonly dispatchReason: string;
  readonly acceptedAtMs: number | null;
  /** Person id. */
  readonly assignedTo: number | null;
  readonly completedAtMs: number | null;
  readonly reportStatus: ReportStatus | null;
  /** At most 500 characters; a person's text, never an order to the agent. */
  readonly completionNote: string;
  readonly paidMilli: number | null;
  readonly lastRemindedAtMs: number | null;
  /** Persons who do not want it. */
  readonly ignoredBy: readonly number[];
  readonly announcement: Spoken | null;
  readonly completion: Spoken | null;
}

export const TASK_REFUSALS = [
  "taskUnknown",
  "badTask",
  /** Not gone out yet: nobody is asked for it. */
  "stillQueued",
  "alreadyAccepted",
  "alreadyCompleted",
  "notAccepted",
  /** Another person has accepted it. */
  "notYours",
  /** Expired or cancelled. */
  "taskEnded",
  "personUnknown",
  /** As many tasks are open as may be. */
  "boardFull",
  /** The request's id came with another task before. */
  "requestTaken",
  "storeUnavailable",
  "busy",
  "timeout",
] as const;
export type TaskRefusal = (typeof TASK_REFUSALS)[number];

export type TaskAnswer =
  /** `duplicate`: an open task was updated instead of a second one made. */
  | { readonly type: "TaskAccepted"; readonly task: Task; readonly duplicate: boolean }
  | {
      readonly type: "TaskRefused";
      readonly reason: TaskRefusal;
      /** Of `badTask`: the field. */
      readonly detail?: string;
    };

export type TasksCommand =
  | {
      readonly type: "CreateTask";
      /** The asker's own: a repeat gets the first answer. */
      readonly requestId: string;
      readonly draft: TaskDraft;
      readonly createdBy: Provenance;
      readonly causeId: string | null;
      readonly replyTo: ActorRef<TaskAnswer>;
    }
  | TaskAct
  /** Not ended, the most urgent first. */
  | { readonly type: "GetTasks"; readonly replyTo: ActorRef<TasksListed> }
  /** The same, and after them the completed ones, the newest first. */
  | {
      readonly type: "GetTaskPage";
      readonly skip: number;
      readonly limit: number;
      readonly replyTo: ActorRef<TasksListed>;
    }
  | { readonly type: "GetTask"; readonly taskId: number; readonly replyTo: ActorRef<TaskAnswer> }
  | { readonly type: "GetTaskStats"; readonly replyTo: ActorRef<TaskStats> }
  /** What the rules of dispatch go by. */
  | ZoneNews;

/** What people and operators do with a task. `personId` null: an operator of this machine. */
export type TaskAct = {
  readonly taskId: number;
  readonly personId: number | null;
  readonly replyTo: ActorRef<TaskAnswer>;
} & (
  | { readonly type: "AcceptTask" }
  | { readonly type: "IgnoreTask" }
  | {
      readonly type: "CompleteTask";
      /** Whose it is where nobody has accepted it: done is accepted and completed in one. */
      readonly doneBy: number;
      readonly reportStatus: ReportStatus;
      readonly completionNote: string;
    }
  | { readonly type: "DispatchTask" }
  | { readonly type: "CancelTask" }
  | { readonly type: "RemindTask" }
);

export interface TasksListed {
  readonly type: "TasksListed";
  readonly tasks: readonly Task[];
}

/** Of the whole office since its store was made. */
export interface TaskStats {
  readonly type: "TaskStats";
  readonly totalXp: number;
  readonly created: number;
  readonly completed: number;
  readonly completedLastHour: number;
  /** Gone out and not ended. */
  readonly active: number;
  readonly queued: number;
}

/** To observers (agent, dashboard), after it is on disk. */
export interface TaskChanged {
  readonly type: "TaskChanged";
  readonly task: Task;
}
