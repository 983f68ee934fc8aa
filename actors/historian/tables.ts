/**
 * The historian's tables, and how a reading moves through them:
 *
 *   readings ──commit──▶ log ──seal──▶ history, rollup         the newest of each ──▶ latest
 *
 * A reading is in `log` or in `history` and `rollup`, never in both: sealing is one transaction.
 */
import type { StateStore, Table } from "../../runtime/state/state-store.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { RoomMemory } from "../zone/air/presence.ts";
import type { OfficeEvent } from "../zone/messages.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;

/** The readings of one channel of one leaf. */
export interface Series {
  readonly hubNo: number;
  readonly leafId: number;
  /** Code as in the frame. */
  readonly channel: number;
}

/** hubNo, leafId, channel */
export type SeriesKey = readonly [number, number, number];
/** hubNo, number of the group: a hub's groups in the order of their commits */
export type LogKey = readonly [number, number];
/** hubNo, leafId, channel, start of the hour, number of the first group that is in the block */
export type BlockKey = readonly [number, number, number, number, number];
/** hubNo, leafId, channel, `MINUTE_MS` or `HOUR_MS`, start */
export type RollupKey = readonly [number, number, number, number, number];

export interface HistoryTables {
  readonly latest: Table<SeriesKey, Uint8Array>;
  readonly log: Table<LogKey, Uint8Array>;
  readonly history: Table<BlockKey, Uint8Array>;
  readonly rollup: Table<RollupKey, Uint8Array>;
  /** By hub: the number of the first group that has not been sealed. */
  readonly sealed: Table<number, number>;
  /** By number, in the order in which they came. */
  readonly event: Table<number, OfficeEvent>;
  readonly leaf: Table<readonly [string, number], LeafRecord>;
  readonly hub: Table<string, number>;
  /** By zone. */
  readonly room: Table<string, RoomMemory>;
}

export const openTables = (store: StateStore): HistoryTables => ({
  latest: store.table({ name: "latest", value: "bytes" }),
  log: store.table({ name: "log", value: "bytes" }),
  history: store.table({ name: "history", value: "bytes" }),
  rollup: store.table({ name: "rollup", value: "bytes" }),
  sealed: store.table({ name: "sealed", value: "object" }),
  event: store.table({ name: "event", value: "object" }),
  leaf: store.table({ name: "leaf", value: "object" }),
  hub: store.table({ name: "hub", value: "object" }),
  room: store.table({ name: "room", value: "object" }),
});
