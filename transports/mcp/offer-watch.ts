/**
 * Looks at what an offer shows, once for all its clients, and tells those who asked to be told: of a
 * resource that has changed, of a list that has other entries. Nobody listens: nobody looks.
 *
 *   subscribe(uri) ─▶ every 2 s: stamp ─▶ differs ─▶ each listener of the uri
 *   onList         ─▶            lists ─▶ differs ─▶ each listener, with the list's name
 */
import type { Clock } from "../../runtime/clock.ts";
import type { ListName, McpOffer } from "./offer.ts";

export interface OfferWatch {
  /** Returns how to end it; undefined where there is no such resource. */
  subscribe(uri: string, onChange: () => void): (() => void) | undefined;
  onList(onChange: (list: ListName) => void): () => void;
}

/** A person who looks on does not miss it, and looking costs little. */
const LOOK_MS = 2_000;

type Stamp = string | number | undefined;

export function watchOffer(
  offer: Pick<McpOffer, "stamp" | "lists">,
  clock: Pick<Clock, "after">,
): OfferWatch {
  /** By URI; as many as sessions may subscribe to. */
  const resources = new Map<string, { stamp: Stamp; readonly listeners: Set<() => void> }>();
  const lists = new Set<(list: ListName) => void>();
  let stamps = offer.lists?.();
  let cancel: (() => void) | undefined;

  const look = (): void => {
    cancel = undefined;
    for (const [uri, watched] of resources) {
      const now = offer.stamp(uri);
      if (now === watched.stamp) continue;
      watched.stamp = now;
      for (const tell of watched.listeners) tell();
    }
    lookAtLists();
    wait();
  };
  const lookAtLists = (): void => {
    if (lists.size === 0) return;
    const before = stamps;
    stamps = offer.lists?.();
    for (const [list, stamp] of Object.entries(stamps ?? {}) as [ListName, string][]) {
      if (stamp === before?.[list]) continue;
      for (const tell of lists) tell(list);
    }
  };
  const wait = (): void => {
    if (resources.size > 0 || lists.size > 0) cancel ??= clock.after(LOOK_MS, look);
  };
  const rest = (): void => {
    if (resources.size > 0 || lists.size > 0) return;
    cancel?.();
    cancel = undefined;
  };

  return {
    subscribe: (uri, onChange) => {
      const stamp = offer.stamp(uri);
      if (stamp === undefined) return undefined;
      const watched = resources.get(uri) ?? { stamp, listeners: new Set() };
      resources.set(uri, watched);
      // A function of its own, so that one listener may subscribe twice.
      const tell = (): void => onChange();
      watched.listeners.add(tell);
      wait();
      return () => {
        watched.listeners.delete(tell);
        if (watched.listeners.size === 0 && resources.get(uri) === watched) resources.delete(uri);
        rest();
      };
    },
    onList: (onChange) => {
      // What changed while nobody listened is no change to who comes now.
      if (lists.size === 0) stamps = offer.lists?.();
      const tell = (list: ListName): void => onChange(list);
      lists.add(tell);
      wait();
      return () => {
        lists.delete(tell);
        rest();
      };
    },
  };
}
