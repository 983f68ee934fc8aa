/** Sessions as the store has them and as the shared table has them: the way there and back. */
import { fromHex, toHex } from "../../../transports/frame/hex.ts";
import type { KeyRecord, MarkRecord, SessionRecord } from "./messages.ts";
import { EUI_BYTES, KEY_BYTES, type SessionTable, type SlotNo } from "./session-table.ts";

/** What a node's start finds for one leaf; `marks` are raised by a block already. */
export interface StoredSession {
  readonly record: SessionRecord;
  readonly marks: readonly RecalledMark[];
}

export interface RecalledMark extends MarkRecord {
  /** Up to here nothing is accepted any more: the mark that the last run left. */
  readonly floor: number;
}

/** Puts a session into the table. A key without a mark, or that cannot be read, is left out. */
export function recallSession(
  table: SessionTable,
  row: number,
  { record, marks }: StoredSession,
): void {
  let slot: SlotNo = 0;
  for (const { keyNo, key } of record.keys) {
    const bytes = fromHex(key);
    const counters = marks.find((mark) => mark.keyNo === keyNo);
    if (bytes?.length !== KEY_BYTES || counters === undefined) continue;
    table.setKey(row, slot, keyNo, bytes);
    table.restore(row, slot, counters.certain, counters.mark, counters.floor);
    if (slot === 1) break;
    slot = 1;
  }
  if (table.keyNo(row, 0) === 0) return;
  table.setEui(row, fromHex(record.eui)?.subarray(0, EUI_BYTES) ?? new Uint8Array(EUI_BYTES));
  table.setPairCounter(row, record.pairCounter);
  table.setSinceMs(row, record.sinceMs);
  table.setActive(row, 0);
  table.setPaired(row, true);
}

/** The record of a leaf as its row has it: the key in force, then the other if there is one. */
export function sessionRecord(
  table: SessionTable,
  row: number,
  hub: string,
  leafId: number,
): SessionRecord {
  const active = table.active(row);
  const keys = [active, other(active)].flatMap((slot): KeyRecord[] => {
    const keyNo = table.keyNo(row, slot);
    return keyNo === 0 ? [] : [{ keyNo, key: toHex(table.key(row, slot)) }];
  });
  return {
    hub,
    leafId,
    eui: toHex(table.eui(row)),
    keys,
    pairCounter: table.pairCounter(row),
    sinceMs: table.sinceMs(row),
  };
}

export const other = (slot: SlotNo): SlotNo => (slot === 0 ? 1 : 0);

/** Generations count from 1 to 255 and start again: 0 is the pairing key's. */
export const keyNoAfter = (keyNo: number): number => (keyNo % 255) + 1;
export const isAfter = (keyNo: number, before: number): boolean =>
  (keyNo - before + 255) % 255 < 128;
