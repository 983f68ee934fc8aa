/** The event log, newest `eventsMax` kept. */
import type { StateStore } from "../../runtime/state/state-store.ts";
import { type OfficeEvent, timeOfId } from "../zone/messages.ts";
import { openTables } from "./tables.ts";

export interface EventFilter {
  readonly zone?: string | undefined;
  readonly kind?: string | undefined;
  readonly sinceMs?: number | undefined;
  readonly limit: number;
}

/** Events are numbered as they came, which may differ from their times by how long a batch waits. */
const DISORDER_MS_MAX = 60_000;

/** The newest that match, newest last. What came in the last 50 ms may be missing. */
export function queryEvents(store: StateStore, filter: EventFilter): readonly OfficeEvent[] {
  const { zone, kind, sinceMs = Number.NEGATIVE_INFINITY, limit } = filter;
  const found: OfficeEvent[] = [];
  for (const { value: event } of openTables(store).event.range({ reverse: true })) {
    if (found.length >= limit || event.atMs < sinceMs - DISORDER_MS_MAX) break;
    if (event.atMs < sinceMs) continue;
    if (zone !== undefined && event.zone !== zone) continue;
    if (kind !== undefined && event.kind !== kind) continue;
    found.push(event);
  }
  return found.reverse();
}

/** Its time stands in its id (`eventIds`): the rows around it are looked through, not all. */
export function findEvent(store: StateStore, id: string): OfficeEvent | undefined {
  const atMs = timeOfId(id);
  if (atMs === undefined) return undefined;
  const { event: table } = openTables(store);
  const [first] = table.range({ limit: 1 });
  const [last] = table.range({ limit: 1, reverse: true });
  let from = first?.key ?? 0;
  let to = last?.key ?? 0;
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    const [row] = table.range({ from: middle, limit: 1 });
    if (row !== undefined && row.value.atMs < atMs - DISORDER_MS_MAX) from = middle + 1;
    else to = middle;
  }
  for (const { value: event } of table.range({ from })) {
    if (event.id === id) return event;
    if (event.atMs > atMs + DISORDER_MS_MAX) return undefined;
  }
  return undefined;
}
