/**
 * How something came about, from what the page knows: each thing names its cause, so the chain is walked both ways
 * from wherever one asks.
 *
 *   event ──eventIds── cycle ──made── task ──paid── payment
 */
import type { Event } from "../../transports/http/contract.ts";
import type { CycleItem, TaskItem } from "./live/office-items.ts";

export type ChainStep =
  | { readonly kind: "event"; readonly id: string; readonly event: Event | undefined }
  | { readonly kind: "cycle"; readonly id: string; readonly cycle: CycleItem | undefined }
  | { readonly kind: "task"; readonly id: string; readonly task: TaskItem }
  | { readonly kind: "made"; readonly id: string }
  | { readonly kind: "payment"; readonly id: string; readonly task: TaskItem };

export interface Known {
  readonly events: readonly Event[];
  readonly cycles: readonly CycleItem[];
  readonly tasks: readonly TaskItem[];
}

/** In the order in which it happened; empty where nothing is known of `id`. */
export function chainOf(id: string, known: Known): readonly ChainStep[] {
  const cycles = cyclesOf(id, known);
  const tasks = tasksOf(id, cycles, known);
  const isOf = ({ causeId }: TaskItem) => causeId;
  const eventIds = new Set([
    ...cycles.flatMap((cycle) => cycle.eventIds),
    ...tasks.map(isOf).filter((cause) => known.events.some((event) => event.id === cause)),
    ...known.events.filter((event) => event.id === id).map((event) => event.id),
  ]);
  const steps: ChainStep[] = [];
  for (const eventId of eventIds) {
    if (eventId === null) continue;
    const event = known.events.find((one) => one.id === eventId);
    steps.push({ kind: "event", id: eventId, event });
  }
  for (const cycle of cycles) steps.push({ kind: "cycle", id: cycle.id, cycle });
  for (const task of tasks) {
    const cause = task.causeId;
    if (cause?.startsWith("cycle-") && !cycles.some((cycle) => cycle.id === cause)) {
      steps.push({ kind: "cycle", id: cause, cycle: undefined });
    }
  }
  for (const made of madeOf(cycles)) {
    if (!made.startsWith("task:")) steps.push({ kind: "made", id: made });
  }
  for (const task of tasks) {
    steps.push({ kind: "task", id: `task:${task.id}`, task });
    if (task.paidMilli !== null) steps.push({ kind: "payment", id: `task:${task.id}:paid`, task });
  }
  return steps;
}

function cyclesOf(id: string, { cycles, tasks }: Known): readonly CycleItem[] {
  const task = tasks.find((one) => `task:${one.id}` === id);
  return cycles
    .filter(
      (cycle) =>
        cycle.id === id ||
        cycle.id === task?.causeId ||
        cycle.eventIds.includes(id) ||
        cycle.calls.some((call) => call.id === id || call.made.includes(id)),
    )
    .sort((a, b) => a.startedAtMs - b.startedAtMs);
}

function tasksOf(id: string, cycles: readonly CycleItem[], { tasks }: Known): readonly TaskItem[] {
  const made = new Set(madeOf(cycles));
  const cycleIds = new Set(cycles.map((cycle) => cycle.id));
  // Of one task the way it came about; of a cycle or an event all that came of it.
  if (id.startsWith("task:")) return tasks.filter((task) => `task:${task.id}` === id);
  return tasks.filter(
    (task) =>
      made.has(`task:${task.id}`) || task.causeId === id || cycleIds.has(task.causeId ?? ""),
  );
}

const madeOf = (cycles: readonly CycleItem[]): readonly string[] => [
  ...new Set(cycles.flatMap(({ calls }) => calls.flatMap(({ made }) => made))),
];
