/**
 * Whether a task is asked for a second time: the same title at the same place, or else the same zone and
 * a common type that says something. What asks for the same is brought up to date instead of asked for twice.
 */
import type { Task, TaskDraft } from "./messages.ts";

/** Those that are reported done are none: the same may be needed again. */
export function duplicateIn(tasks: Iterable<Task>, draft: TaskDraft): Task | undefined {
  const place = placeOf(draft);
  const title = asRead(draft.title);
  let sameKind: Task | undefined;
  for (const task of tasks) {
    if (!isAsked(task)) continue;
    if (placeOf(task) === place && asRead(task.title) === title) return task;
    if (sameKind === undefined && isSameKind(task, draft)) sameKind = task;
  }
  return sameKind;
}

const isAsked = ({ state }: Task): boolean =>
  state === "queued" || state === "open" || state === "accepted";

/** Without what a reader does not see: wide and narrow letters, capitals, spaces, the full stop at the end. */
const asRead = (title: string): string =>
  title
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\s+/gu, " ")
    .replace(/[\s.。!]+$/u, "")
    .trimStart();

/** The agent names a zone and no location. */
const placeOf = ({ location, zone }: TaskDraft): string | null => location ?? zone;

/** What a task is whose maker did not say, and how soon it is wanted: neither says what is to be done. */
const NO_KINDS: ReadonlySet<string> = new Set(["general", "urgent"]);

const isSameKind = (task: Task, draft: TaskDraft): boolean =>
  draft.zone !== null &&
  task.zone === draft.zone &&
  task.taskTypes.some((type) => !NO_KINDS.has(type) && draft.taskTypes.includes(type));

/**
 * The same task with what is known now. Kept: its title, so that nobody hears of it twice; whether it
 * waits; and its bounty, which is held for it already.
 */
export const updated = (task: Task, draft: TaskDraft, expiresAtMs: number): Task => ({
  ...task,
  description: draft.description,
  urgency: draft.urgency,
  zone: draft.zone,
  taskTypes: draft.taskTypes,
  minPeople: draft.minPeople,
  estimatedMinutes: draft.estimatedMinutes,
  expiresAtMs,
});
