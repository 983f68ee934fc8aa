/** Hash routes: `#/leaves/swarm_hub_01/12?zone=lab`. The address holds the view and its filters. */
import { useSyncExternalStore } from "react";

export const VIEWS = ["floor", "leaves", "tree", "events", "node"] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  readonly view: View;
  /** What follows the view: for leaves, hub and leaf id of the open panel. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

const listeners = new Set<() => void>();
let shownHash: string | undefined;
let shown: Route | undefined;

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [first, ...rest] = path.split("/").filter(Boolean).map(decodePart);
  const view = VIEWS.find((name) => name === first) ?? "floor";
  return { view, rest, query: new URLSearchParams(query) };
}

export function hrefOf(
  view: View,
  rest: readonly (string | number)[] = [],
  query: Readonly<Record<string, string>> | URLSearchParams = {},
): string {
  const path = [view, ...rest].map((part) => encodeURIComponent(part)).join("/");
  const filters = new URLSearchParams(query).toString();
  return `#/${path}${filters === "" ? "" : `?${filters}`}`;
}

/** Goes to `href`; with `replace` the back button skips where we were (typing into a filter). */
export function go(href: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  for (const listener of listeners) listener();
}

export const useRoute = (): Route => useSyncExternalStore(subscribe, currentRoute);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("hashchange", listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("hashchange", listener);
    removeEventListener("popstate", listener);
  };
}

export function currentRoute(): Route {
  if (shown === undefined || shownHash !== location.hash) {
    shownHash = location.hash;
    shown = parseRoute(location.hash);
  }
  return shown;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
