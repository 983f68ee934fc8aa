/**
 * Each cycle as it was: what it saw, thought, asked, what the rules said and what came of it. A cycle is saved
 * before a tool that acts is run, and again with its outcome; what a crash leaves between the two is known as such.
 *
 *   agent ──save──▶ agent.cycle (id → record) · agent.cycleHead (id → what it is found and dropped by)
 *                   agent.cycleOf ([event, task, call …, cycle]) · agent.cycleOpen (those that run)
 *                   agent.reportTold (task → when a model was told of its report)
 *
 * The oldest are dropped beyond two bounds: one for cycles that made nothing, and a larger one for those that did,
 * so that a month-old payment still has its reasons.
 */
import type { StateStore, Table } from "../../../runtime/state/state-store.ts";
import type { CycleRecord, ToolCallRecord } from "../messages.ts";
import type { CallOfCycle, CycleStore } from "../safety/guard-types.ts";

export interface CycleStoreOptions {
  /** Of those that made nothing. */
  readonly idleKept: number;
  /** Of those that made something: a task, a word, a command. */
  readonly actingKept: number;
}

export interface CycleRecords extends CycleStore {
  /** Those that were shown this event or made this, by `event id`, `task:17`, a call's id; oldest first. */
  cyclesOf(ref: string): readonly CycleRecord[];
}

interface Head {
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly refs: readonly string[];
  readonly acted: boolean;
}

export interface CycleTables {
  readonly cycle: Table<string, CycleRecord>;
  readonly head: Table<string, Head>;
  readonly of: Table<readonly [ref: string, cycleId: string], true>;
  readonly open: Table<string, true>;
  readonly reportTold: Table<number, number>;
}

/** Of a record; its cycle ends by its own bounds long before. */
const CYCLE_MS_MAX = 3_600_000;
/** Cycles of one event or task that are told. */
export const CYCLES_OF_MAX = 100;
/** Of what a cycle is found by: its events, and what its calls made. */
export const REFS_MAX = 256;
/** How long it is known that a report was told: twice as long as one waits for it. */
export const REPORT_TOLD_MS = 172_800_000;
/** Dropped in one commit, where a bound was lowered. */
export const DROPPED_AT_ONCE_MAX = 100;

export const openCycleTables = (store: StateStore): CycleTables => ({
  cycle: store.table({ name: "agent.cycle", value: "object" }),
  head: store.table({ name: "agent.cycleHead", value: "object" }),
  of: store.table({ name: "agent.cycleOf", value: "object" }),
  open: store.table({ name: "agent.cycleOpen", value: "object" }),
  reportTold: store.table({ name: "agent.reportTold", value: "object" }),
});

export function openCycleStore(store: StateStore, options: CycleStoreOptions): CycleRecords {
  const tables = openCycleTables(store);
  /** Ids of what is kept, oldest first, as many as the bounds allow. */
  const kept = { idle: new Set<string>(), acting: new Set<string>() };
  for (const { key, value } of tables.head.range({}))
    kept[value.acted ? "acting" : "idle"].add(key);

  return {
    save(cycle) {
      const head = headOf(cycle);
      kept[head.acted ? "idle" : "acting"].delete(cycle.id);
      kept[head.acted ? "acting" : "idle"].add(cycle.id);
      const dropped = [
        ...oldest(kept.idle, options.idleKept, cycle.id),
        ...oldest(kept.acting, options.actingKept, cycle.id),
      ];
      return store.write(() => {
        const before = tables.head.get(cycle.id);
        for (const ref of before?.refs ?? []) {
          if (!head.refs.includes(ref)) tables.of.remove([ref, cycle.id]);
        }
        for (const ref of head.refs) tables.of.put([ref, cycle.id], true);
        tables.cycle.put(cycle.id, cycle);
        tables.head.put(cycle.id, head);
        if (cycle.outcome === "running") tables.open.put(cycle.id, true);
        else tables.open.remove(cycle.id);
        for (const id of dropped) drop(tables, id);
        if (cycle.models.length > 0) putTold(tables, cycle);
      });
    },
    get: (id) => tables.cycle.get(id),
    list({ limit, before }) {
      const to = before === undefined ? {} : { to: before };
      return [...tables.cycle.range({ ...to, limit, reverse: true })].map(({ value }) => value);
    },
    callsSince(atMs) {
      const calls: CallOfCycle[] = [];
      for (const { key, value: head } of tables.head.range({ reverse: true })) {
        if (head.startedAtMs < atMs - CYCLE_MS_MAX) break;
        if (head.endedAtMs !== null && head.endedAtMs < atMs) continue;
        const cycle = tables.cycle.get(key);
        // Found running at a start: for the guard that counts as done.
        const isLeft = cycle?.outcome === "running";
        for (const call of (isLeft ? afterCrash(cycle, cycle.startedAtMs) : cycle)?.calls ?? [])
          if (isEnded(call) && (call.endedAtMs ?? 0) >= atMs) calls.push({ cycleId: key, call });
      }
      return calls.sort((a, b) => (a.call.endedAtMs ?? 0) - (b.call.endedAtMs ?? 0));
    },
    unended: () => [...tables.open.range({})].flatMap(({ key }) => tables.cycle.get(key) ?? []),
    isReportTold: (taskId) => tables.reportTold.get(taskId) !== undefined,
    cyclesOf: (ref) => cyclesOf(tables, ref),
  };
}

/** For whoever reads beside the agent, as `mycel explain` does. */
export function cyclesOf(tables: CycleTables, ref: string): readonly CycleRecord[] {
  const found = tables.of.range({ from: [ref, ""], to: [ref, "\uffff"], limit: CYCLES_OF_MAX });
  return [...found].flatMap(({ key }) => tables.cycle.get(key[1]) ?? []);
}

/**
 * What a cycle is that was found running after a start: over, and of a call that was under way nobody knows whether it
 * was done. For the guard that counts as done.
 */
export const afterCrash = (cycle: CycleRecord, nowMs: number): CycleRecord => ({
  ...cycle,
  endedAtMs: nowMs,
  outcome: "failed",
  reason: "restarted",
  calls: cycle.calls.map((call) =>
    call.outcome === "running"
      ? { ...call, outcome: "failed", reason: UNKNOWN_OUTCOME, endedAtMs: nowMs }
      : call,
  ),
});

export const UNKNOWN_OUTCOME = "unknownOutcome";

const isEnded = ({ outcome }: ToolCallRecord): boolean =>
  outcome === "done" || outcome === "failed";

function headOf(cycle: CycleRecord): Head {
  const refs = new Set(cycle.eventIds);
  for (const id of cycle.reportIds ?? []) refs.add(reportRef(id));
  for (const call of cycle.calls) {
    if (call.outcome === "running" || isEnded(call)) refs.add(call.id);
    for (const made of call.made) refs.add(made);
  }
  return {
    startedAtMs: cycle.startedAtMs,
    endedAtMs: cycle.endedAtMs,
    refs: [...refs].slice(-REFS_MAX),
    // What may have been made counts: a crash must not make it forgotten sooner.
    acted: cycle.calls.some(
      ({ outcome, made, reason }) =>
        made.length > 0 || outcome === "running" || reason === UNKNOWN_OUTCOME,
    ),
  };
}

/** What a cycle is found by that was told of this task's report. */
export const reportRef = (taskId: number): string => `task:${taskId}:report`;

/** Only inside `store.write`; ids of tasks grow with time. */
function putTold({ reportTold }: CycleTables, { reportIds = [], startedAtMs }: CycleRecord): void {
  for (const id of reportIds) reportTold.put(id, startedAtMs);
  if (reportIds.length === 0) return;
  for (const { key, value } of reportTold.range({ limit: DROPPED_AT_ONCE_MAX }))
    if (startedAtMs - value > REPORT_TOLD_MS) reportTold.remove(key);
}

/** Takes them out of `ids`; never the one that is being saved. */
function oldest(ids: Set<string>, most: number, saved: string): readonly string[] {
  const dropped: string[] = [];
  for (const id of ids) {
    if (ids.size <= most || dropped.length === DROPPED_AT_ONCE_MAX) break;
    if (id === saved) continue;
    ids.delete(id);
    dropped.push(id);
  }
  return dropped;
}

function drop(tables: CycleTables, id: string): void {
  for (const ref of tables.head.get(id)?.refs ?? []) tables.of.remove([ref, id]);
  tables.head.remove(id);
  tables.cycle.remove(id);
  tables.open.remove(id);
}
