/**
 * The office's part of the feed, folded by section: tasks, cycles, voices, models, people, the ledger's head.
 * One change wakes who looks at that item; a list is woken where its items come, go or change places.
 *
 *   OfficeChange ──apply──▶ task 17 ──topic `task:17`──▶ one card
 *                              └─────topic `tasks`────▶ the board, where its state or rank has changed
 */
import type {
  OfficeItems as FeedItems,
  OfficeChange,
  OfficeSection,
} from "../../../transports/http/office/feed-contract.ts";

export type TaskItem = FeedItems["task"];
export type CycleItem = FeedItems["cycle"];
export type VoiceItem = FeedItems["voice"];
export type ModelHealth = FeedItems["model"];
export type Person = FeedItems["person"];

export function createOfficeItems() {
  const items: { readonly [S in OfficeSection]: Map<string, FeedItems[S]> } = {
    task: new Map(),
    cycle: new Map(),
    voice: new Map(),
    model: new Map(),
    person: new Map(),
    ledger: new Map(),
  };
  let tasks: readonly TaskItem[] = [];
  let cycleIds: readonly string[] = [];
  let models: readonly ModelHealth[] = [];
  let people: readonly Person[] = [];
  let voices: readonly VoiceItem[] = [];

  function apply(changes: readonly OfficeChange[], isAll: boolean, touched: Set<string>): void {
    const lists = new Set<OfficeSection>();
    if (isAll) forgetAll(touched, lists);
    for (const { section, key, value } of changes) put(section, key, value, touched, lists);
    refresh(lists, touched);
  }

  function forgetAll(touched: Set<string>, lists: Set<OfficeSection>): void {
    for (const [section, known] of Object.entries(items)) {
      for (const key of known.keys()) touched.add(`${section}:${key}`);
      if (known.size > 0) lists.add(section as OfficeSection);
      known.clear();
    }
  }

  function put<S extends OfficeSection>(
    section: S,
    key: string,
    value: FeedItems[S] | null,
    touched: Set<string>,
    lists: Set<OfficeSection>,
  ): void {
    const known = items[section] as Map<string, FeedItems[S]>;
    const before = known.get(key);
    if (value === null) known.delete(key);
    else known.set(key, value);
    touched.add(`${section}:${key}`);
    if (value === null || before === undefined || isListed(section, before, value)) {
      lists.add(section);
    }
  }

  function refresh(lists: ReadonlySet<OfficeSection>, touched: Set<string>): void {
    if (lists.has("task")) {
      tasks = [...items.task.values()].sort((a, b) => a.id - b.id);
      touched.add("tasks");
    }
    if (lists.has("cycle")) {
      cycleIds = [...items.cycle.values()]
        .sort((a, b) => b.startedAtMs - a.startedAtMs || (a.id < b.id ? 1 : -1))
        .map(({ id }) => id);
      touched.add("cycles");
    }
    if (lists.has("voice")) {
      voices = [...items.voice.values()].sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
      touched.add("voices");
    }
    if (lists.has("model")) {
      models = [...items.model.values()];
      touched.add("models");
    }
    if (lists.has("person")) {
      people = [...items.person.values()].sort((a, b) => a.id - b.id);
      touched.add("people");
    }
    if (lists.has("ledger")) touched.add("ledger");
  }

  return {
    apply,
    task: (id: number) => items.task.get(String(id)),
    /** By id. The list is another one where a task's place on the board may be. */
    tasks: () => tasks,
    cycle: (id: string) => items.cycle.get(id),
    /** Newest first. */
    cycleIds: () => cycleIds,
    /** Oldest first. */
    voices: () => voices,
    models: () => models,
    people: () => people,
    person: (id: number) => items.person.get(String(id)),
    ledger: () => items.ledger.get("head"),
  };
}

/** What of an item decides about its place in a list, or is shown there. A cycle's thoughts do not. */
function isListed(section: OfficeSection, before: unknown, now: unknown): boolean {
  if (section === "cycle") return false;
  if (section !== "task") return true;
  const [a, b] = [before as TaskItem, now as TaskItem];
  return PLACE_OF_TASK.some((field) => String(a[field]) !== String(b[field]));
}

const PLACE_OF_TASK = [
  "state",
  "urgency",
  "zone",
  "title",
  "description",
  "assignedTo",
  "ignoredBy",
  "completedAtMs",
  "taskTypes",
] as const satisfies readonly (keyof TaskItem)[];
