/**
 * What people, operators and the agent want of tasks. A wish is planned by the book and answered when its
 * change is on disk.
 *
 *   CreateTask ──known request? ─▶ book ──▶ commit ──▶ TaskAccepted | TaskRefused
 *   AcceptTask ──person known? ──▶ book      CompleteTask ──▶ commit ──▶ answered with the payment
 */
import { hash } from "node:crypto";
import type { ActorContext } from "../../runtime/actor-context.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { sortedJson } from "../../runtime/sorted-json.ts";
import type { PeopleCommand, PeopleListed } from "../person/messages.ts";
import type { Announcer } from "./announcer.ts";
import type { Now, TaskBook } from "./book.ts";
import type { Bounties } from "./bounties.ts";
import type { Commits } from "./commits.ts";
import type { Task, TaskAct, TaskDraft, TasksCommand } from "./messages.ts";
import type { Questions } from "./questions.ts";
import { answerOf, type Refused, refusal, refusedBy } from "./refusals.ts";
import type { TaskTables } from "./tables.ts";

export type CreateTask = Extract<TasksCommand, { type: "CreateTask" }>;

/** By which a task may become somebody's. */
type Taking = Extract<TaskAct, { type: "AcceptTask" | "CompleteTask" }>;

export const isTaking = (message: { readonly type: string }): message is Taking =>
  message.type === "AcceptTask" || message.type === "CompleteTask";

/** What comes to the board for this. */
export interface PersonKnown {
  readonly type: "PersonKnown";
  readonly act: Taking;
  /** Undefined: they did not answer. */
  readonly people: PeopleListed | undefined;
}

export interface WishesParts {
  readonly ctx: Pick<ActorContext<PersonKnown>, "ask" | "nowMs">;
  readonly book: TaskBook;
  readonly tables: TaskTables;
  readonly commits: Commits;
  readonly questions: Questions;
  readonly bounties: Bounties;
  readonly announcer: Announcer;
  /** Undefined: any positive id is a person. */
  readonly people: ActorRef<PeopleCommand> | undefined;
}

/** Read from memory. */
const PEOPLE_MS_MAX = 2_000;

export class Wishes {
  readonly #parts: WishesParts;

  constructor(parts: WishesParts) {
    this.#parts = parts;
  }

  create(wish: CreateTask, now: Now): void {
    const { book, tables, commits, questions } = this.#parts;
    const { replyTo } = wish;
    const digest = digestOf(wish.draft);
    const known = tables.requests.get(wish.requestId);
    if (known !== undefined) {
      const task = questions.task(known.taskId);
      if (known.digest !== digest) replyTo.tell(refusal("requestTaken"));
      else if (!task.ok) replyTo.tell(refusal(task.error));
      else replyTo.tell({ ...taken(task.value), duplicate: known.duplicate });
      return;
    }
    const planned = book.planCreate(wish, digest, now);
    if (!planned.ok) {
      replyTo.tell(refusedBy(planned.error));
      return;
    }
    const { change, taskId, duplicate } = planned.value;
    commits.write(
      change,
      () => {
        const task = book.row(taskId)?.task;
        if (task !== undefined) replyTo.tell({ ...taken(task), duplicate });
      },
      () => replyTo.tell(refusal("storeUnavailable")),
    );
  }

  act(wish: TaskAct): void {
    const { ctx, book, tables, commits, questions, bounties, announcer } = this.#parts;
    const { taskId, replyTo } = wish;
    const ended = book.row(taskId) === undefined ? tables.ended.get(taskId) : undefined;
    const planned = ended === undefined ? book.planAct(wish, ctx.nowMs()) : refusedAs(ended);
    if (!planned.ok) {
      replyTo.tell(refusedBy(planned.error));
      return;
    }
    commits.write(
      planned.value,
      () => {
        const task = book.row(taskId)?.task;
        // The payment is under way: what comes of it is the better answer.
        if (wish.type !== "CompleteTask" || !bounties.answerLater(taskId, replyTo)) {
          replyTo.tell(answerOf(task === undefined ? questions.task(taskId) : ok(task)));
        }
        if (wish.type === "RemindTask" && task !== undefined) announcer.remind(task);
      },
      () => replyTo.tell(refusal("storeUnavailable")),
    );
  }

  /**
   * Whether the act waits for what is known of whoever gets the task by it. Who has accepted one keeps it, so that
   * reporting it done asks nobody.
   */
  asksForPerson(act: Taking): boolean {
    const { ctx, book, people } = this.#parts;
    if (people === undefined) return false;
    if (act.type === "CompleteTask" && book.row(act.taskId)?.task.assignedTo != null) return false;
    ctx.ask<PeopleCommand, PeopleListed>(
      people,
      (replyTo) => ({ type: "GetPeople", replyTo }),
      PEOPLE_MS_MAX,
      (listed) => ({ type: "PersonKnown", act, people: listed }),
      () => ({ type: "PersonKnown", act, people: undefined }),
    );
    return true;
  }

  personKnown({ act, people }: PersonKnown): void {
    const person = people?.people.find(({ id }) => id === takerOf(act));
    if (people === undefined) act.replyTo.tell(refusal("timeout"));
    else if (person?.isActive !== true) act.replyTo.tell(refusal("personUnknown"));
    else this.act(act);
  }
}

const takerOf = (act: Taking): number | null =>
  act.type === "AcceptTask" ? act.personId : act.doneBy;

const taken = (task: Task) => ({ type: "TaskAccepted", task }) as const;

/** The refusal that an act on an ended task gets. */
const refusedAs = ({ state }: Task): Result<never, Refused> =>
  err({ reason: state === "completed" ? "alreadyCompleted" : "taskEnded" });

/** The same for the same wish, whatever the order of its fields. */
const digestOf = (draft: TaskDraft): string => hash("sha256", sortedJson(draft));
