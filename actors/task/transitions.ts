/**
 * The states of one task and what each act does in each of them: a table, and nothing else.
 *
 *                           ┌───────────────complete────────────┐
 *   queued ──dispatch──▶ open ──accept──▶ accepted ──complete──▶ paying ──settle──▶ completed
 *      └────────────────────┴────────────────┴──expire, cancel──▶ expired | cancelled
 */
import { err, ok, type Result } from "../../runtime/result.ts";
import type { TaskRefusal, TaskState } from "./messages.ts";

export const TASK_ACTS = [
  "dispatch",
  "accept",
  "ignore",
  "remind",
  "complete",
  "settle",
  "expire",
  "cancel",
] as const;
export type TaskActName = (typeof TASK_ACTS)[number];

/** The state after it, or why it is refused. */
export function transition(
  state: TaskState,
  act: TaskActName,
): Result<TaskState, TransitionRefusal> {
  const to = TABLE[state][act];
  return isState(to) ? ok(to) : err(to);
}

type TransitionRefusal = Extract<
  TaskRefusal,
  "stillQueued" | "alreadyAccepted" | "alreadyCompleted" | "notAccepted" | "taskEnded"
>;
type Row = Readonly<Record<TaskActName, TaskState | TransitionRefusal>>;

const DONE: Row = all("alreadyCompleted");
const GONE: Row = all("taskEnded");

const TABLE: Readonly<Record<TaskState, Row>> = {
  queued: {
    dispatch: "open",
    accept: "stillQueued",
    ignore: "stillQueued",
    remind: "stillQueued",
    complete: "stillQueued",
    settle: "notAccepted",
    expire: "expired",
    cancel: "cancelled",
  },
  open: {
    dispatch: "open",
    accept: "accepted",
    ignore: "open",
    remind: "open",
    complete: "paying",
    settle: "notAccepted",
    expire: "expired",
    cancel: "cancelled",
  },
  accepted: {
    dispatch: "alreadyAccepted",
    accept: "alreadyAccepted",
    ignore: "alreadyAccepted",
    remind: "accepted",
    complete: "paying",
    settle: "notAccepted",
    expire: "expired",
    cancel: "cancelled",
  },
  // Reported done: neither time nor an operator takes the bounty away any more.
  paying: { ...DONE, settle: "completed" },
  completed: DONE,
  expired: GONE,
  cancelled: GONE,
};

function all(refusal: TransitionRefusal): Row {
  const row = {} as Record<TaskActName, TransitionRefusal>;
  for (const act of TASK_ACTS) row[act] = refusal;
  return row;
}

const isState = (to: TaskState | TransitionRefusal): to is TaskState => Object.hasOwn(TABLE, to);

/** Nothing happens to it any more. */
export const isEnded = (state: TaskState): boolean =>
  state === "completed" || state === "expired" || state === "cancelled";
