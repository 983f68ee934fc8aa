/** The series that a store holds readings of, by the names that people know. */
import type { StateStore } from "../../../runtime/state/state-store.ts";
import { channelName } from "../../../transports/frame/names.ts";
import { latestRows } from "../latest-rows.ts";
import { loadLeafRecords } from "../leaf-records.ts";
import { openTables, type Series } from "../tables.ts";

export interface NamedSeries extends Series {
  readonly hub: string;
  readonly leaf: string;
  readonly name: string;
}

/** A name, a leaf's id as well, or `*` for all of them. */
export interface SeriesPattern {
  readonly hub: string;
  readonly leaf: string;
  readonly channel: string;
}

/** In order of hubs, leaves and channels. */
export function listSeries(store: StateStore, pattern: SeriesPattern): NamedSeries[] {
  const hubs = new Map<number, string>();
  const leaves = new Map<number, string>();
  const leafKey = (hubNo: number, leafId: number): number => hubNo * 2 ** 16 + leafId;
  for (const { key: hub, value: hubNo } of openTables(store).hub.range({})) {
    if (!isMeant(pattern.hub, hub)) continue;
    hubs.set(hubNo, hub);
    for (const { leafId, name } of loadLeafRecords(store, hub)) {
      leaves.set(leafKey(hubNo, leafId), name);
    }
  }
  const found = new Map<number, NamedSeries>();
  for (const { hubNo, leafId, channel } of latestRows(store)) {
    const hub = hubs.get(hubNo);
    if (hub === undefined) continue;
    const leaf = leaves.get(leafKey(hubNo, leafId)) ?? `leaf_${leafId}`;
    const name = channelName(channel);
    if (!isMeant(pattern.leaf, leaf) && pattern.leaf !== String(leafId)) continue;
    if (!isMeant(pattern.channel, name)) continue;
    found.set(leafKey(hubNo, leafId) * 2 ** 8 + channel, {
      hubNo,
      leafId,
      channel,
      hub,
      leaf,
      name,
    });
  }
  return [...found].sort(([a], [b]) => a - b).map(([, series]) => series);
}

const isMeant = (wanted: string, name: string): boolean => wanted === "*" || wanted === name;
