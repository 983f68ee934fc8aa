/** A leaf as the API shows it, from its record and its row. */

import { shortestFloat32 } from "../../transports/frame/float32.ts";
import { channelName } from "../../transports/frame/names.ts";
import type { Leaf } from "../../transports/http/contract.ts";
import type { LeafRow } from "../leaf/leaf-table.ts";
import type { LeafRecord } from "../leaf/messages.ts";

export function leafOf(record: LeafRecord, row: LeafRow): Leaf {
  const readings: Leaf["readings"] = {};
  for (let slot = 0; slot < row.slotsUsed; slot++) {
    readings[channelName(row.channels[slot] ?? 0)] = {
      value: shortestFloat32(row.values[slot] ?? 0),
      atMs: row.atMs[slot] ?? 0,
    };
  }
  return {
    hub: record.hub,
    leafId: record.leafId,
    name: record.name,
    zone: record.zone,
    online: row.online,
    lastSeenMs: row.lastSeenMs,
    batteryMv: row.batteryMv === 0 ? null : row.batteryMv,
    readings,
    hardware: record.hardware ?? null,
    capabilities: [...record.capabilities],
    standing: record.standing,
    claimedHardware: record.claimedHardware ?? null,
    lowBattery: row.lowBattery,
    quarantined: row.quarantined,
    frames: row.frames,
    refused: row.refused,
  };
}
