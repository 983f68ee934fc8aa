/** The event log, newest `eventsMax` kept. */
import type { StateStore } from "../../runtime/state/state-store.ts";
import type { OfficeEvent } from "../zone/messages.ts";
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
