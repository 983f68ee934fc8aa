/**
 * Tasks on disk. What is not ended, or has money under way, is `live` and read whole at each start; the
 * others are kept for the page of what was done.
 *
 *   change ──write──▶ task.live ──ended, settled──▶ task.ended (by id) · task.endedAt (by time)
 */
import type { StateStore, Table } from "../../runtime/state/state-store.ts";
import type { Task, TaskState } from "./messages.ts";
import type { Money } from "./money.ts";
import { isEnded } from "./transitions.ts";

export interface TaskRow {
  readonly task: Task;
  readonly money: Money;
}

/** Since the store was made. */
export interface Totals {
  readonly lastId: number;
  readonly created: number;
  readonly completed: number;
  readonly totalXp: number;
  /** In `task.ended`. */
  readonly ended: number;
  /** Requests so far; the newest are remembered. */
  readonly requests: number;
}

/** A request that made or updated a task. */
export interface KnownRequest {
  readonly no: number;
  readonly taskId: number;
  readonly duplicate: boolean;
  readonly digest: string;
}

/** What one commit changes. */
export interface Change {
  readonly atMs: number;
  readonly rows: readonly TaskRow[];
  readonly totals: Totals;
  readonly request?: { readonly id: string } & KnownRequest;
}

export interface TaskTables {
  readonly live: Table<number, TaskRow>;
  readonly ended: Table<number, Task>;
  readonly endedAt: Table<[number, number], TaskState>;
  readonly totals: Table<string, Totals>;
  readonly requests: Table<string, KnownRequest>;
  readonly requestNos: Table<number, string>;
}

/** Ten years of thirty tasks a day; 1 KB each. */
export const ENDED_MAX = 100_000;
/** A repeat comes within minutes; these are weeks. */
export const REQUESTS_MAX = 10_000;

const TOTALS = "totals";
export const NO_TOTALS: Totals = {
  lastId: 0,
  created: 0,
  completed: 0,
  totalXp: 0,
  ended: 0,
  requests: 0,
};

export const openTaskTables = (store: StateStore): TaskTables => ({
  live: store.table({ name: "task.live", value: "object" }),
  ended: store.table({ name: "task.ended", value: "object" }),
  endedAt: store.table({ name: "task.endedAt", value: "object" }),
  totals: store.table({ name: "task.totals", value: "object" }),
  requests: store.table({ name: "task.request", value: "object" }),
  requestNos: store.table({ name: "task.requestNo", value: "object" }),
});

export const readTotals = (tables: TaskTables): Totals => tables.totals.get(TOTALS) ?? NO_TOTALS;

export const isLive = ({ task, money }: TaskRow): boolean =>
  !isEnded(task.state) || money !== "settled";

/** Only inside `store.write`. */
export function putChange(tables: TaskTables, { atMs, rows, totals, request }: Change): void {
  let { ended } = totals;
  for (const row of rows) {
    const { id, state } = row.task;
    if (isLive(row)) {
      tables.live.put(id, row);
      continue;
    }
    tables.live.remove(id);
    tables.ended.put(id, row.task);
    tables.endedAt.put([atMs, id], state);
    ended += 1;
  }
  if (ended > ENDED_MAX) ended -= dropOldest(tables, ended - ENDED_MAX);
  if (request !== undefined) {
    const { id, ...known } = request;
    tables.requests.put(id, known);
    tables.requestNos.put(known.no, id);
    const old = tables.requestNos.get(known.no - REQUESTS_MAX);
    if (old !== undefined) {
      tables.requests.remove(old);
      tables.requestNos.remove(known.no - REQUESTS_MAX);
    }
  }
  tables.totals.put(TOTALS, { ...totals, ended });
}

function dropOldest({ ended, endedAt }: TaskTables, count: number): number {
  const oldest = [...endedAt.range({ limit: count })];
  for (const { key } of oldest) {
    endedAt.remove(key);
    ended.remove(key[1]);
  }
  return oldest.length;
}
