/**
 * The historian's tables, and how a frame's readings move through them:
 *
 *   readings ──commit──▶ intake ──spread──▶ sheaf ──seal──▶ block, hours
 *                                  └──▶ newest
 *
 * `intake` has a row each commit. From time to time all of it goes to the sheaves, of 64 neighbouring
 * leaves of a hub each, and what a sheaf has gathered becomes blocks. Each move is one transaction, so
 * a reading is in exactly one of `intake`, `sheaf` and `block` (and then in `hours`).
 */
import type { StateStore, Table } from "../../runtime/state/state-store.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { OfficeEvent, RoomMemory } from "../zone/messages.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Leaves of a sheaf: as many bits of the leaf's id. */
export const SHEAF_BITS = 6;
export const sheafOf = (leafId: number): number => leafId >> SHEAF_BITS;

/** The readings of one channel of one leaf. */
export interface Series {
  readonly hubNo: number;
  readonly leafId: number;
  /** Code as in the frame. */
  readonly channel: number;
}

/** hubNo, number of the sheaf in the hub */
export type SheafKey = readonly [number, number];
/** hubNo, number of the sheaf, number of the row: in the order in which they came */
export type SheafRowKey = readonly [number, number, number];
/** Days since 1970 (UTC), hubNo, leafId, number of the block */
export type BlockKey = readonly [number, number, number, number];
/** Days since 1970 (UTC), hubNo, leafId */
export type HoursKey = readonly [number, number, number];

export interface HistoryTables {
  /** By number, in order: batches as messages.ts draws them, with the length of the records at 4. */
  readonly intake: Table<number, Uint8Array>;
  /** Records as messages.ts draws them. */
  readonly sheaf: Table<SheafRowKey, Uint8Array>;
  /** newest-row.ts */
  readonly newest: Table<SheafKey, Uint8Array>;
  /** leaf-block.ts. By day first: the oldest are dropped from the table's start. */
  readonly block: Table<BlockKey, Uint8Array>;
  /** day-rollup.ts */
  readonly hours: Table<HoursKey, Uint8Array>;
  /** By number, in the order in which they came. */
  readonly event: Table<number, OfficeEvent>;
  readonly leaf: Table<readonly [string, number], LeafRecord>;
  readonly hub: Table<string, number>;
  /** By zone. */
  readonly room: Table<string, RoomMemory>;
}

export const openTables = (store: StateStore): HistoryTables => ({
  intake: store.table({ name: "intake", value: "bytes" }),
  sheaf: store.table({ name: "sheaf", value: "bytes" }),
  newest: store.table({ name: "newest", value: "bytes" }),
  block: store.table({ name: "block", value: "bytes" }),
  hours: store.table({ name: "hours", value: "bytes" }),
  event: store.table({ name: "event", value: "object" }),
  leaf: store.table({ name: "leaf", value: "object" }),
  hub: store.table({ name: "hub", value: "object" }),
  room: store.table({ name: "room", value: "object" }),
});

/** A leaf's rows of a table that is by day, from one day to another, both included. */
export function* rowsOfLeaf<K extends BlockKey | HoursKey>(
  table: Table<K, Uint8Array>,
  hubNo: number,
  leafId: number,
  fromDay: number,
  toDay: number,
): Iterable<{ readonly day: number; readonly value: Uint8Array }> {
  let day = fromDay;
  while (day <= toDay) {
    let next = Number.POSITIVE_INFINITY;
    // A key's first parts come before all keys that begin with them.
    const from = [day, hubNo, leafId] as unknown as K;
    for (const { key, value } of table.range({ from })) {
      if (key[0] > toDay) return;
      if (key[1] === hubNo && key[2] === leafId) {
        yield { day: key[0], value };
        day = key[0];
        continue;
      }
      // Another leaf's: this day has no more of ours, but a later one that begins here may.
      next = key[0] > day ? key[0] : day + 1;
      break;
    }
    day = next;
  }
}
