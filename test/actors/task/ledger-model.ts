/**
 * The board and its points as a person would keep them with pencil and paper: what each wish is answered, and what is
 * true after it. Time is told to it; it knows no disk, no crash and no message.
 */
import type { TaskDraft } from "../../../actors/task/messages.ts";

/** `done` is `paying` as well as `completed`: reported, and paid sooner or later. */
export type ModelState = "queued" | "open" | "accepted" | "done" | "expired" | "cancelled";

export interface ModelTask {
  draft: TaskDraft;
  state: ModelState;
  assignedTo: number | null;
  expiresAtMs: number;
}

export type Wish =
  | { readonly type: "create"; readonly id: string; readonly draft: TaskDraft }
  | {
      readonly type: "AcceptTask" | "CompleteTask" | "CancelTask" | "DispatchTask" | "IgnoreTask";
      readonly taskId: number;
      readonly personId: number | null;
    }
  | {
      readonly type: "send";
      readonly id: string;
      readonly from: number;
      readonly to: number;
      readonly milli: number;
    };

const DAY_MS = 86_400_000;
const XP = 50;

export class Model {
  /** By id, from 1. */
  readonly tasks: ModelTask[] = [];
  readonly wishes = new Map<string, { readonly body: string; readonly taskId: number }>();
  readonly transfers = new Map<string, string>();
  /** Sent less received, by person. */
  readonly moved = new Map<number, number>();

  copy(): Model {
    return Object.assign(new Model(), structuredClone({ ...this }));
  }

  /** `ok` and the task, or the refusal. */
  take(wish: Wish, nowMs: number): string {
    if (wish.type === "create") return this.#create(wish.id, wish.draft, nowMs);
    if (wish.type === "send") return this.#send(wish);
    const task = this.tasks[wish.taskId - 1];
    if (task === undefined) return "taskUnknown";
    return this.#act(wish.type, task, wish.personId) ?? `ok ${wish.taskId}`;
  }

  pass(nowMs: number): void {
    for (const task of this.tasks) {
      if (isAsked(task) && task.expiresAtMs <= nowMs) task.state = "expired";
    }
  }

  balanceMilli(personId: number): number {
    const earned = this.tasks
      .filter(({ state, assignedTo }) => state === "done" && assignedTo === personId)
      .reduce((sum, { draft }) => sum + 1_000 * draft.bounty, 0);
    return earned - (this.moved.get(personId) ?? 0);
  }

  heldMilli(taskId: number): number {
    const task = this.tasks[taskId - 1];
    return task !== undefined && isAsked(task) ? 1_000 * task.draft.bounty : 0;
  }

  get totalXp(): number {
    return XP * this.tasks.filter(({ state }) => state === "done").length;
  }

  #create(id: string, draft: TaskDraft, nowMs: number): string {
    const body = JSON.stringify(draft);
    const known = this.wishes.get(id);
    if (known !== undefined) return known.body === body ? `ok ${known.taskId}` : "requestTaken";
    if (draft.expiresAtMs !== null && draft.expiresAtMs <= nowMs) return "badTask";
    const expiresAtMs = draft.expiresAtMs ?? nowMs + DAY_MS;
    const isUrgent = draft.urgency >= 3;
    let no = this.tasks.findIndex((task) => isAsked(task) && isSame(task.draft, draft));
    const same = this.tasks[no];
    if (same === undefined) {
      const state = isUrgent || draft.zone === null ? "open" : "queued";
      no = this.tasks.push({ draft, state, assignedTo: null, expiresAtMs }) - 1;
    } else {
      same.draft = { ...draft, bounty: same.draft.bounty };
      same.expiresAtMs = expiresAtMs;
      if (same.state === "queued" && isUrgent) same.state = "open";
    }
    this.wishes.set(id, { body, taskId: no + 1 });
    return `ok ${no + 1}`;
  }

  /** Undefined: it is done. */
  #act(type: string, task: ModelTask, personId: number | null): string | undefined {
    const { state } = task;
    if (state === "done") return "alreadyCompleted";
    if (!isAsked(task)) return "taskEnded";
    if (type === "CancelTask") task.state = "cancelled";
    else if (type === "DispatchTask" && state === "queued") task.state = "open";
    else if (state === "queued") return "stillQueued";
    else if (type === "CompleteTask") {
      const assignedTo = task.assignedTo ?? personId ?? 1;
      if (personId !== null && personId !== assignedTo) return "notYours";
      Object.assign(task, { state: "done", assignedTo });
    } else if (state === "accepted") return "alreadyAccepted";
    else if (type === "AcceptTask") {
      if (personId === null) return "personUnknown";
      Object.assign(task, { state: "accepted", assignedTo: personId });
    }
    return undefined;
  }

  #send({ id, from, to, milli }: Extract<Wish, { type: "send" }>): string {
    const body = JSON.stringify([from, to, milli]);
    const known = this.transfers.get(id);
    if (known !== undefined) return known === body ? `ok ${id}` : "idTaken";
    if (this.balanceMilli(from) < milli) return "insufficientFunds";
    this.transfers.set(id, body);
    this.moved.set(from, (this.moved.get(from) ?? 0) + milli);
    this.moved.set(to, (this.moved.get(to) ?? 0) - milli);
    return `ok ${id}`;
  }
}

const isAsked = ({ state }: ModelTask): boolean =>
  state === "queued" || state === "open" || state === "accepted";

const isSame = (a: TaskDraft, b: TaskDraft): boolean => a.title === b.title && a.zone === b.zone;
