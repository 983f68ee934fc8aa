/** Which leaves a filter lets through, as pure functions of the address's query. */
import type { LeafInfo, Watch } from "../../../transports/http/contract.ts";
import { ROW_FLAG } from "../../../transports/live/rows.ts";

/** As a filter may ask for them. */
export const FILTER_STATES = [
  "online",
  "offline",
  "lowBattery",
  "quarantined",
  "stranger",
  "disputed",
] as const;

export interface LeafFilter {
  /** Lower case; every one must be found. */
  readonly words: readonly string[];
  readonly zone: string;
  readonly hub: string;
  readonly state: string;
  /** Of the channel's value, where one is chosen; else without ends. */
  readonly min: number;
  readonly max: number;
}

export function leafFilterOf(query: URLSearchParams): LeafFilter {
  const isOfChannel = (query.get("channel") ?? "") !== "";
  const end = (name: string, open: number): number => {
    const text = query.get(name) ?? "";
    return isOfChannel && text !== "" && Number.isFinite(Number(text)) ? Number(text) : open;
  };
  return {
    words: (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean),
    zone: query.get("zone") ?? "",
    hub: query.get("hub") ?? "",
    state: query.get("state") ?? "",
    min: end("min", Number.NEGATIVE_INFINITY),
    max: end("max", Number.POSITIVE_INFINITY),
  };
}

/** Whether the answer depends on values, which change all the time. */
export const hasRange = ({ min, max }: LeafFilter): boolean =>
  min !== Number.NEGATIVE_INFINITY || max !== Number.POSITIVE_INFINITY;

/** What the node must tell of rows for this filter to be answered. */
export function rowsOf(filter: LeafFilter): Watch["rows"] {
  if (filter.hub !== "") return `hub:${filter.hub}`;
  return filter.zone === "" ? "all" : `zone:${filter.zone}`;
}

export function leafPasses(
  info: LeafInfo,
  flags: number,
  value: number,
  filter: LeafFilter,
): boolean {
  if (filter.zone !== "" && info.zone !== filter.zone) return false;
  if (filter.hub !== "" && info.hub !== filter.hub) return false;
  if (!hasState(flags, filter.state)) return false;
  if (hasRange(filter) && !(value >= filter.min && value <= filter.max)) return false;
  if (filter.words.length === 0) return true;
  const text =
    `${info.name} ${info.leafId} ${info.hub} ${info.zone} ${info.hardware ?? ""}`.toLowerCase();
  return filter.words.every((word) => text.includes(word));
}

function hasState(flags: number, state: string): boolean {
  const standing = flags & ROW_FLAG.standing;
  switch (state) {
    case "online":
      return (flags & ROW_FLAG.online) !== 0;
    case "offline":
      return (flags & ROW_FLAG.online) === 0;
    case "lowBattery":
      return (flags & ROW_FLAG.lowBattery) !== 0;
    case "quarantined":
      return (flags & ROW_FLAG.quarantined) !== 0;
    case "stranger":
      return standing === ROW_FLAG.stranger;
    case "disputed":
      return standing === ROW_FLAG.disputed;
    default:
      return true;
  }
}
