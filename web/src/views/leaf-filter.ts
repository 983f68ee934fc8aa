/** Which leaves a filter lets through, as pure functions of the address's query. */
import type { Leaf } from "../../../transports/http/contract.ts";

export const LEAF_STATES = ["online", "offline", "lowBattery", "quarantined"] as const;

export interface LeafFilter {
  /** Lower case; every word of it must be found. */
  readonly text: string;
  readonly zone: string;
  readonly hub: string;
  readonly state: string;
}

export const leafFilterOf = (query: URLSearchParams): LeafFilter => ({
  text: (query.get("q") ?? "").toLowerCase(),
  zone: query.get("zone") ?? "",
  hub: query.get("hub") ?? "",
  state: query.get("state") ?? "",
});

export function leafPasses(leaf: Leaf, filter: LeafFilter): boolean {
  if (filter.zone !== "" && leaf.zone !== filter.zone) return false;
  if (filter.hub !== "" && leaf.hub !== filter.hub) return false;
  if (!hasState(leaf, filter.state)) return false;
  if (filter.text === "") return true;
  const haystack =
    `${leaf.name} ${leaf.leafId} ${leaf.hub} ${leaf.zone} ${leaf.hardware ?? ""}`.toLowerCase();
  return filter.text.split(/\s+/).every((word) => haystack.includes(word));
}

export const byHubAndId = (a: Leaf, b: Leaf): number =>
  a.hub.localeCompare(b.hub) || a.leafId - b.leafId;

function hasState(leaf: Leaf, state: string): boolean {
  switch (state) {
    case "online":
      return leaf.online;
    case "offline":
      return !leaf.online;
    case "lowBattery":
      return leaf.lowBattery;
    case "quarantined":
      return leaf.quarantined;
    default:
      return true;
  }
}
