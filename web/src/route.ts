/** Hash routes as plain data: `#/leaves/swarm_hub_01/12?zone=lab` holds the view and its filters. */
export const VIEWS = [
  "floor",
  "tasks",
  "agent",
  "wallet",
  "map",
  "leaves",
  "events",
  "tree",
  "node",
  "people",
] as const;
/** Of which the header has tabs and the number keys 1 to 9; people are an operator's, by the menu. */
export const TABS = VIEWS.filter((view) => view !== "people");
/** On a phone the rest is behind one more tab. */
export const TABS_ON_PHONE = 4;
export type View = (typeof VIEWS)[number];

export interface Route {
  readonly view: View;
  /** What follows the view: for leaves, hub and leaf id of the open panel. */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

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

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
