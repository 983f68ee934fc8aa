/**
 * What a node remembers from before it starts: numbers of its hubs, records and keys of its leaves, their
 * newest values, which stand in the leaf table until fresh ones come, and what its zones have raised lately.
 */
import type { Config, HubConfig } from "../config/schema.ts";
import { openLmdbStore } from "../runtime/state/lmdb-store.ts";
import type { StateStore } from "../runtime/state/state-store.ts";
import { queryEvents } from "./historian/event-query.ts";
import { hubNumbers } from "./historian/hub-numbers.ts";
import { latestRows } from "./historian/latest-rows.ts";
import { loadLeafRecords } from "./historian/leaf-records.ts";
import type { LatestRow } from "./historian/newest-row.ts";
import type { HubRows } from "./hub/hub-rows.ts";
import { FLAG } from "./leaf/leaf-row.ts";
import type { LeafTable } from "./leaf/leaf-table.ts";
import type { LeafRecord } from "./leaf/messages.ts";
import { type RecalledSessions, type RecallOptions, recallSessions } from "./recall-sessions.ts";
import { eventRules, ZONE_SETTINGS } from "./zone/event-rules.ts";
import type { OfficeEvent } from "./zone/messages.ts";

/** All of an hour in a large building; what is beyond may be raised once more. */
const EVENTS_LOOKED_AT_MAX = 10_000;

export interface Memory {
  readonly hubNos: ReadonlyMap<string, number>;
  readonly records: readonly LeafRecord[];
  readonly latest: readonly LatestRow[];
  readonly sessions: RecalledSessions;
  /** Whose cooldowns may still last, oldest first. */
  readonly zoneEvents: readonly OfficeEvent[];
}

/**
 * Opens the store as its writer for a moment, so that a damaged, newer or locked one is refused
 * before anything runs; throws `E_STORE_…` and `E_DIR_NOT_WRITABLE`.
 */
export async function readMemory(
  storeDir: string,
  { hubs, storage, zones }: Pick<Config, "hubs" | "storage" | "zones">,
  how: RecallOptions,
): Promise<Memory> {
  const store = openLmdbStore({ dir: storeDir, reserveBytes: storage.reserveMb * 1_000_000 });
  try {
    const ids = hubs.map((hub) => hub.id);
    const hubNos = await hubNumbers(store, ids);
    return {
      hubNos,
      records: hubs.flatMap((hub) => loadLeafRecords(store, hub.id)),
      latest: [...latestRows(store)],
      sessions: await recallSessions(store, ids, how),
      zoneEvents: recallZoneEvents(store, zones, how.nowMs),
    };
  } finally {
    await store.close();
  }
}

export function recallZoneEvents(
  store: StateStore,
  zones: Config["zones"],
  nowMs: number,
): OfficeEvent[] {
  /** kind → the longest that any zone waits. */
  const cooldownMs = new Map<string, number>();
  for (const settings of [ZONE_SETTINGS, ...zones]) {
    for (const rule of eventRules({ ...ZONE_SETTINGS, ...settings })) {
      cooldownMs.set(rule.kind, Math.max(cooldownMs.get(rule.kind) ?? 0, rule.cooldownMs));
    }
  }
  const sinceMs = nowMs - Math.max(...cooldownMs.values());
  return queryEvents(store, { sinceMs, limit: EVENTS_LOOKED_AT_MAX }).filter(
    ({ kind, atMs }) => nowMs - atMs < (cooldownMs.get(kind) ?? 0),
  );
}

/**
 * To be done before the hubs start, whose leaves own the rows from then on. A leaf heard lately enough
 * is online as before: should it stay silent, it is told of like any other.
 */
export function recallRows(
  table: LeafTable,
  rows: HubRows,
  { hubNos, records, latest }: Pick<Memory, "hubNos" | "records" | "latest">,
  hubs: readonly Pick<HubConfig, "id" | "offlineAfterMs">[],
  nowMs: number,
): void {
  const offlineAfterMs = new Map(hubs.map((hub) => [hub.id, hub.offlineAfterMs]));
  const onlineSinceMs = new Map<number, number>();
  for (const record of records) {
    const hubNo = hubNos.get(record.hub) as number;
    const row = rows.rowOf(hubNo, record.leafId);
    if (row === undefined) continue;
    onlineSinceMs.set(row, nowMs - (offlineAfterMs.get(record.hub) ?? 0));
    table.writer(row).claim(hubNo, record.leafId, record.standing);
  }
  for (const { hubNo, leafId, channel, value, atMs } of latest) {
    const row = rows.rowOf(hubNo, leafId);
    const sinceMs = row === undefined ? undefined : onlineSinceMs.get(row);
    if (row === undefined || sinceMs === undefined) continue;
    const writer = table.writer(row);
    writer.begin();
    writer.setReading(channel, value, atMs);
    writer.setSeen(Math.max(writer.lastSeenMs, atMs));
    if (atMs > sinceMs) writer.setFlags(FLAG.online, 0);
    writer.end();
  }
}
