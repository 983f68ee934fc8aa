/**
 * A hub as the API shows it: its counters, its link's, and its leaves counted from the table. Every
 * frame that reached the link is received; it was then applied or refused under one reason.
 */
import type { Hub } from "../../transports/http/contract.ts";
import type { HubCounters } from "../hub/hub-counters.ts";
import { emptyLeafRow, type LeafTable } from "../leaf/leaf-table.ts";
import type { LinkStatus } from "../link/messages.ts";

export interface HubPlace {
  readonly hub: string;
  readonly zone: string;
  readonly address: string;
  readonly startedAtMs: number;
  readonly rowBase: number;
  readonly rowsMax: number;
  readonly counters: HubCounters;
}

const row = emptyLeafRow();

export function hubInfo(place: HubPlace, table: LeafTable, link: LinkStatus | undefined): Hub {
  let leafCount = 0;
  let onlineCount = 0;
  for (let at = place.rowBase; at < place.rowBase + place.rowsMax; at++) {
    if (!table.readRow(at, row) || !row.present) continue;
    leafCount += 1;
    if (row.online) onlineCount += 1;
  }
  const counts = place.counters.read();
  const refused: Record<string, number> = { ...counts.refused };
  let framesReceived = link?.received ?? 0;
  for (const [reason, count] of Object.entries(link?.refused ?? {})) {
    if (reason === "sendFailed") continue; // a frame to a leaf, not from one
    refused[reason] = (refused[reason] ?? 0) + count;
    // The link counts as received what it could offer to the hub.
    if (reason !== "hubBusy") framesReceived += count;
  }
  return {
    hub: place.hub,
    zone: place.zone,
    address: link?.address || place.address,
    startedAtMs: place.startedAtMs,
    leafCount,
    onlineCount,
    framesReceived,
    framesApplied: counts.applied,
    refused,
    lostByKernel: link?.lostByKernel ?? null,
  };
}
