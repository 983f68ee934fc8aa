/** Where the page is and how it goes elsewhere: the browser's address is the only state. */
import { useSyncExternalStore } from "react";
import { parseRoute, type Route } from "./route.ts";

const listeners = new Set<() => void>();
let shownHash: string | undefined;
let shown: Route | undefined;

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
