/**
 * A hub as the API shows it: its counters, its link's, and its leaves counted from the table. A frame
 * is received once its link refused it or its hub came to it; it is then applied or refused under one
 * reason, so what has been received is never less than what became of it.
 */
import type { Hub } from "../../transports/http/contract.ts";
import type { LinkStats } from "../../transports/link.ts";
import type { HubCounters } from "../hub/hub-counters.ts";
import { FLAG } from "../leaf/leaf-row.ts";
import type { LeafTable } from "../leaf/leaf-table.ts";
import type { LinkStatus } from "../link/messages.ts";

export interface HubPlace {
  readonly hub: string;
  readonly zone: string;
  readonly address: string;
  readonly startedAtMs: number;
  readonly rowBase: number;
  readonly rowsMax: number;
  readonly counters: HubCounters;
  /** What its link counts, at this moment. */
  readonly link: { read(): LinkStats };
}

export function hubInfo(place: HubPlace, table: LeafTable, status: LinkStatus | undefined): Hub {
  let leafCount = 0;
  let onlineCount = 0;
  for (let at = place.rowBase; at < place.rowBase + place.rowsMax; at++) {
    const flags = table.flags(at);
    if ((flags & FLAG.present) === 0) continue;
    leafCount += 1;
    if ((flags & FLAG.online) !== 0) onlineCount += 1;
  }
  const counts = place.counters.read();
  const link = place.link.read();
  const refused: Record<string, number> = { ...counts.refused };
  let framesReceived = counts.received;
  for (const [reason, count] of Object.entries(link.refused)) {
    if (reason === "sendFailed") continue; // a frame to a leaf, not from one
    refused[reason] = (refused[reason] ?? 0) + count;
    framesReceived += count;
  }
  return {
    hub: place.hub,
    zone: place.zone,
    address: status?.address || place.address,
    startedAtMs: place.startedAtMs,
    leafCount,
    onlineCount,
    framesReceived,
    framesApplied: counts.applied,
    refused,
    lostByKernel: link.lostByKernel ?? null,
  };
}

/** What a hub and its link took and could not pass on, by what it was. */
export function hubLosses({ counters, link }: HubPlace): Readonly<Record<string, number>> {
  const { readingsNotStored, reportsNotPassed } = counters.read();
  const framesNotSent = link.read().refused["sendFailed"] ?? 0;
  return { readingsNotStored, reportsNotPassed, framesNotSent };
}
