/**
 * Keys of leaves and their counters as a node finds them at its start, and what it writes before it
 * accepts the first frame: its own number, and marks that are a block further on.
 */
import type { StateStore } from "../runtime/state/state-store.ts";
import { loadSessions, openSessionTables, writeSessions } from "./historian/session-rows.ts";
import { KeySafe } from "./hub/security/key-safe.ts";
import { MARK_BLOCK } from "./hub/security/replay-marks.ts";
import { recallSession, type StoredSession } from "./hub/security/session-records.ts";
import type { SessionTable } from "./hub/security/session-table.ts";
import { downlinkStart } from "./hub/security/sessions.ts";

export interface RecalledSessions {
  /** Of this start of the node: higher with each, so that no counter of its frames comes twice. */
  readonly nodeStart: number;
  readonly sessions: readonly StoredSession[];
  /** The store is an older one than the last start had, or came here without it. */
  readonly isFromBackup: boolean;
}

const HOUR_MS = 3_600_000;
/** Numbers of starts begin here: 2025-01-01. */
const STARTS_SINCE_MS = Date.UTC(2025, 0, 1);

/**
 * What a leaf may have sent since a backup: 65,536 starts, or as many times 65,536 frames, where one a
 * second makes 482 a year. A leaf that is told goes on above; 2^32 epochs have room for 65,536 of it.
 */
const BACKUP_COUNTERS = 65_536 * 65_536;

export interface RecallOptions {
  readonly nowMs: number;
  /** Of the file beside the store; undefined without one. */
  readonly lastStart: number | undefined;
  /** In hex; with it keys that were kept in clear are sealed from now on. */
  readonly keySecret: string | undefined;
}

/**
 * Throws `E_CONFIG_INVALID` for keys that the secret does not open. A store that is new, or older than
 * the last start as a backup is, has lost count: hours since 2025 are beyond what a node that starts
 * less often than that has used. 2^20 starts last 119 years.
 */
export async function recallSessions(
  store: StateStore,
  hubs: readonly string[],
  { nowMs, lastStart, keySecret }: RecallOptions,
): Promise<RecalledSessions> {
  const starts = store.table<string, number>({ name: "node", value: "object" });
  const tables = openSessionTables(store);
  const safe = new KeySafe(keySecret);
  const hours = Math.max(1, Math.floor((nowMs - STARTS_SINCE_MS) / HOUR_MS));
  const storedStart = starts.get("start") ?? 0;
  const nodeStart = Math.max(storedStart, lastStart ?? 0, hours - 1) + 1;
  const isFromBackup = lastStart === undefined || storedStart < lastStart;
  const beyond = isFromBackup ? BACKUP_COUNTERS : 0;
  const found = hubs.flatMap((hub) => [...loadSessions(tables, hub)]);
  const sessions = found.map(
    ({ record, marks }): StoredSession => ({
      record: safe.open(record),
      marks: marks.map((mark) => {
        const floor = mark.mark + beyond;
        return { ...mark, floor, mark: floor + MARK_BLOCK };
      }),
    }),
  );
  const inClear = found.filter(({ record }) => safe.isToBeSealed(record));
  await store.write(() => {
    starts.put("start", nodeStart);
    for (const { record } of inClear) {
      const change = { hub: record.hub, forgotten: [], marks: [] };
      writeSessions(tables, { ...change, sessions: [safe.seal(record)] });
    }
    for (const { record, marks } of sessions) {
      writeSessions(tables, { hub: record.hub, sessions: [], forgotten: [], marks });
    }
  });
  return { nodeStart, sessions, isFromBackup };
}

/** To be done before the hubs start, which own the table from then on. */
export function fillSessions(
  table: SessionTable,
  { nodeStart, sessions }: RecalledSessions,
  rowOf: (hub: string, leafId: number) => number | undefined,
): void {
  for (let row = 0; row < table.rowsMax; row++) table.setDownlink(row, downlinkStart(nodeStart));
  for (const stored of sessions) {
    const row = rowOf(stored.record.hub, stored.record.leafId);
    if (row !== undefined) recallSession(table, row, stored);
  }
}
