/** The page's one store and feed, and the hooks by which components look at them. */
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { every, nodeNowMs } from "../clock.ts";
import { createFeed } from "./feed.ts";
import { createLiveStore, leafKey, type RowsWanted } from "./store.ts";

export const store = createLiveStore();
export const feed = createFeed(store);

export function useTopic<T>(topic: string, read: () => T): T {
  const subscribe = useCallback(
    (listener: () => void) => store.subscribe(topic, listener),
    [topic],
  );
  return useSyncExternalStore(subscribe, read);
}

export const useConnection = () => useSyncExternalStore(feed.subscribe, feed.connection);
export const useNode = () => useTopic("node", store.node);
export const useHubs = () => useTopic("hubs", store.hubs);
export const useEvents = () => useTopic("events", store.events);
export const useTree = () => useTopic("tree", store.tree);
export const useKernel = () => useTopic("kernel", store.kernel);
export const useCounts = () => useTopic("counts", store.counts);
export const useZoneNames = () => useTopic("zones", store.zoneNames);
/** A number that grows when a filter over the leaves may answer differently. */
export const useLeafIndex = () => useTopic("index", store.indexVersion);
/** While it is on screen, the leaf comes whole. */
export const useLeaf = (key: string) => {
  const subscribe = useCallback(
    (listener: () => void) => store.subscribeLeaf(key, listener),
    [key],
  );
  return useSyncExternalStore(subscribe, () => store.leaf(key));
};
/** The name alone, which costs the feed nothing. */
export const useLeafName = (key: string) => useTopic(`leaf:${key}`, () => store.nameOf(key));
/** A number that grows with each batch of rows, where `isWanted`. */
export const useRows = (isWanted: boolean) =>
  useTopic(isWanted ? "rows" : "no rows", () => (isWanted ? store.rowsVersion() : 0));
/** Of which leaves readings come, and of which channel; each view says it, be it that it wants none. */
export const useRowsWanted = (channel: RowsWanted["channel"], rows: RowsWanted["rows"]): void =>
  useEffect(() => store.want({ channel, rows }), [channel, rows]);

export const useCommandsOf = (hub: string, leafId: number) => {
  const key = leafKey(hub, leafId);
  return useTopic(`commands:${key}`, () => store.commandsOf(key));
};
export const useZone = (name: string) => useTopic(`zone:${name}`, () => store.zone(name));
export const useZoneLeaves = (zone: string) =>
  useTopic(`zoneLeaves:${zone}`, () => store.zoneLeaves(zone));
export const useTrail = (zone: string, channel: string) =>
  useTopic(`trail:${zone}/${channel}`, () => store.trail(zone, channel));

/** The node's clock in whole seconds, ticking while someone looks. */
export function useNowS(): number {
  return useSyncExternalStore(subscribeSeconds, () => Math.floor(nodeNowMs() / 1_000));
}
/** Four ticks a second keep a shown second from being skipped or held. */
const subscribeSeconds = (listener: () => void) => every(250, listener);
