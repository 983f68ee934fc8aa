/** Leaf records as the store has them: every one that was answered with `LeafRecordSaved`. */
import type { StateStore } from "../../runtime/state/state-store.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import { openTables } from "./tables.ts";

/** In order of leaf ids; a leaf id has at most 16 bits. */
export function loadLeafRecords(store: StateStore, hub: string): readonly LeafRecord[] {
  const { leaf } = openTables(store);
  return [...leaf.range({ from: [hub, 0], to: [hub, 0x1_0000] })].map(({ value }) => value);
}
