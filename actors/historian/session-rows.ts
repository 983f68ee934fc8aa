/** Keys of leaves and the marks of their counters as rows of the store: a change is one transaction. */
import type { StateStore, Table } from "../../runtime/state/state-store.ts";
import type { MarkRecord, SessionChange, SessionRecord } from "../hub/security/messages.ts";

export interface SessionTables {
  /** hub, leafId */
  readonly session: Table<readonly [string, number], SessionRecord>;
  /** hub, leafId, keyNo → certain f64, mark f64, little-endian */
  readonly mark: Table<readonly [string, number, number], Uint8Array>;
}

/** Key numbers have a byte, leaf ids two. */
const KEY_NOS = 0x100;
const LEAF_IDS = 0x1_0000;

export const openSessionTables = (store: StateStore): SessionTables => ({
  session: store.table({ name: "session", value: "object" }),
  mark: store.table({ name: "mark", value: "bytes" }),
});

/** Within a transaction. */
export function writeSessions(
  tables: SessionTables,
  { hub, sessions, forgotten, marks }: SessionChange,
): void {
  for (const record of sessions) {
    tables.session.put([hub, record.leafId], record);
    const kept = new Set(record.keys.map(({ keyNo }) => keyNo));
    dropMarks(tables, hub, record.leafId, (keyNo) => !kept.has(keyNo));
  }
  for (const leafId of forgotten) {
    tables.session.remove([hub, leafId]);
    dropMarks(tables, hub, leafId, () => true);
  }
  for (const { leafId, keyNo, certain, mark } of marks) {
    const value = new Uint8Array(16);
    const view = new DataView(value.buffer);
    view.setFloat64(0, certain, true);
    view.setFloat64(8, mark, true);
    tables.mark.put([hub, leafId, keyNo], value);
  }
}

function dropMarks(
  { mark }: SessionTables,
  hub: string,
  leafId: number,
  isOld: (keyNo: number) => boolean,
): void {
  const range = mark.range({ from: [hub, leafId, 0], to: [hub, leafId, KEY_NOS] });
  for (const { key } of [...range]) if (isOld(key[2])) mark.remove(key);
}

/** In order of leaf ids; a leaf id has at most 16 bits. */
export function* loadSessions(
  tables: SessionTables,
  hub: string,
): Iterable<{ readonly record: SessionRecord; readonly marks: readonly MarkRecord[] }> {
  const marks = Map.groupBy(loadMarks(tables, hub), ({ leafId }) => leafId);
  for (const { value } of tables.session.range({ from: [hub, 0], to: [hub, LEAF_IDS] })) {
    yield { record: value, marks: marks.get(value.leafId) ?? [] };
  }
}

function* loadMarks({ mark }: SessionTables, hub: string): Iterable<MarkRecord> {
  for (const { key, value } of mark.range({ from: [hub, 0, 0], to: [hub, LEAF_IDS, 0] })) {
    const view = new DataView(value.buffer, value.byteOffset, value.length);
    const certain = view.getFloat64(0, true);
    yield { leafId: key[1], keyNo: key[2], certain, mark: view.getFloat64(8, true) };
  }
}
