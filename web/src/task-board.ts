/** Which tasks stand where on the page: pure, so that its rules are tested without one. */
import type { TaskItem } from "./live/office-items.ts";

/** As the seed: who has just done something sees it done. */
export const DONE_SHOWN_MS = 300_000;
/** Of the others that have ended. */
const ENDED_SHOWN = 20;

export interface TaskFilter {
  readonly text: string;
  readonly zone: string;
  readonly type: string;
}

export interface TaskBoard {
  /** To be done, and what has just been done; one's own first, then the most urgent. */
  readonly cards: readonly TaskItem[];
  readonly queued: readonly TaskItem[];
  /** Ignored by whoever looks. */
  readonly ignored: readonly TaskItem[];
  /** Newest first. */
  readonly ended: readonly TaskItem[];
}

export function taskBoard(
  tasks: readonly TaskItem[],
  { nowMs, personId, filter }: BoardOptions,
): TaskBoard {
  const cards: TaskItem[] = [];
  const queued: TaskItem[] = [];
  const ignored: TaskItem[] = [];
  const ended: TaskItem[] = [];
  for (const task of tasks) {
    if (!passes(task, filter)) continue;
    placeOf(task, nowMs, personId, { cards, queued, ignored, ended }).push(task);
  }
  const rank = (task: TaskItem) => rankOf(task, personId);
  cards.sort((a, b) => rank(a) - rank(b) || b.urgency - a.urgency || a.id - b.id);
  queued.sort((a, b) => b.urgency - a.urgency || a.id - b.id);
  ended.sort((a, b) => (b.completedAtMs ?? b.expiresAtMs) - (a.completedAtMs ?? a.expiresAtMs));
  return { cards, queued, ignored, ended: ended.slice(0, ENDED_SHOWN) };
}

export interface BoardOptions {
  readonly nowMs: number;
  /** Who looks; undefined: nobody in particular. */
  readonly personId: number | undefined;
  readonly filter: TaskFilter;
}

type Places = Readonly<Record<keyof TaskBoard, TaskItem[]>>;

function placeOf(
  task: TaskItem,
  nowMs: number,
  personId: number | undefined,
  places: Places,
): TaskItem[] {
  switch (task.state) {
    case "queued":
      return places.queued;
    case "open":
      return personId !== undefined && task.ignoredBy.includes(personId)
        ? places.ignored
        : places.cards;
    case "accepted":
    case "paying":
      return places.cards;
    case "completed":
      return nowMs - (task.completedAtMs ?? 0) < DONE_SHOWN_MS ? places.cards : places.ended;
    case "expired":
    case "cancelled":
      return places.ended;
  }
}

/** One's own, what waits for somebody, what others are at, what is done. */
function rankOf({ state, assignedTo }: TaskItem, personId: number | undefined): number {
  if (state === "completed") return 3;
  if (state === "open") return 1;
  return assignedTo !== null && assignedTo === personId ? 0 : 2;
}

const passes = (task: TaskItem, { text, zone, type }: TaskFilter): boolean =>
  (zone === "" || task.zone === zone) &&
  (type === "" || task.taskTypes.includes(type)) &&
  (text === "" ||
    `${task.title} ${task.description} ${task.location ?? ""} ${task.zone ?? ""}`
      .toLowerCase()
      .includes(text.toLowerCase()));

/** What of its time is left, 0 … 1, from when it went out. */
export function timeLeft(task: TaskItem, nowMs: number): number {
  const fromMs = task.dispatchedAtMs ?? task.createdAtMs;
  const wholeMs = Math.max(1, task.expiresAtMs - fromMs);
  return Math.min(1, Math.max(0, (task.expiresAtMs - nowMs) / wholeMs));
}
