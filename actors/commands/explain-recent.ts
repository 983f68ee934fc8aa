/** The newest that `mycel explain` can tell of, for whoever has no id yet: `ID  what it was`, newest first. */
import type { Event } from "../../transports/http/contract.ts";
import type { CycleItem } from "../../transports/http/office/agent-contract.ts";
import type { TaskItem } from "../../transports/http/office/task-contract.ts";
import type { NodeClient } from "./node-client.ts";

/** All three kinds on one screen of 24 lines. */
const LINES_EACH = 6;

export async function recentLines(node: NodeClient): Promise<readonly string[]> {
  const [tasks, { cycles }, { events }] = (await Promise.all([
    node.get("/api/tasks/"),
    node.get("/api/agent/cycles"),
    node.get("/api/events"),
  ])) as [readonly TaskItem[], { cycles: readonly CycleItem[] }, { events: readonly Event[] }];
  const rows = [
    ...newest(tasks, (task) => task.createdAtMs).map(
      ({ id, title, state, bounty }) =>
        [`task:${id}`, `«${title}», ${bounty} points, ${state}`] as const,
    ),
    ...newest(cycles, (cycle) => cycle.startedAtMs).map(
      ({ id, calls, outcome }) =>
        [id, calls.map(({ tool }) => tool).join(", ") || `no call, ${outcome}`] as const,
    ),
    ...newest(events, (event) => event.atMs).map(
      ({ id, kind, message }) => [id, `${kind}: ${message}`] as const,
    ),
  ];
  const width = Math.max(0, ...rows.map(([id]) => id.length));
  return rows.map(([id, what]) => `${id.padEnd(width)}  ${what}`);
}

const newest = <T>(items: readonly T[], atMs: (item: T) => number): readonly T[] =>
  items.toSorted((a, b) => atMs(b) - atMs(a)).slice(0, LINES_EACH);
