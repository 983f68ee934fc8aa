/**
 * Thousands of leaves in a real leaf table without an actor: each reports once a second, values wander, and a few
 * leaves are in trouble. Cheap enough that what a test looks at is the page.
 */
import type { Board } from "../../actors/dashboard/board.ts";
import { FLAG } from "../../actors/leaf/leaf-row.ts";
import type { RowWriter } from "../../actors/leaf/row-writer.ts";
import { CHANNELS } from "../../firmware/wire/frame-types.ts";
import type { Hub, Leaf, NodeInfo } from "../../transports/http/contract.ts";
import { leafBoard } from "./leaf-board.ts";
import { chance } from "./office-model.ts";

export interface LeafField {
  readonly board: Board;
  /** A quarter of the leaves report. */
  beat(): void;
}

const LEAVES_PER_HUB = 250;
const HUBS_PER_ZONE = 8;
const BEATS = 4;
/** Of a thousand leaves so many are offline, weak, strangers, in quarantine. */
const TROUBLES = [6, 9, 11, 12] as const;

export function leafField(count: number, node: NodeInfo, nowMs: () => number): LeafField {
  const run = String(node.startedAtMs);
  const { board, table, putLeaf } = leafBoard({ rowsMax: count, run, nowMs });
  const hubs: Hub[] = [];
  const values = new Float32Array(count);
  const writers = Array.from({ length: count }, (_, row) => table.writer(row));
  const isHeard = new Uint8Array(count);
  let beats = 0;
  board.setNode(node);

  for (let row = 0; row < count; row++) {
    const hubNo = Math.floor(row / LEAVES_PER_HUB);
    const hub = `swarm_hub_${String(hubNo + 1).padStart(3, "0")}`;
    const zoneNo = Math.floor(hubNo / HUBS_PER_ZONE);
    const zone = `hall_${String(zoneNo + 1).padStart(2, "0")}`;
    if (row % LEAVES_PER_HUB === 0) hubs.push(hubOf(hub, zone, node.startedAtMs));
    const trouble = TROUBLES.findIndex((upTo) => chance("trouble", row) * 1_000 < upTo);
    const leafId = row % LEAVES_PER_HUB;
    isHeard[row] = trouble === 0 ? 0 : 1;
    values[row] = 19 + 5 * chance("zone", zoneNo) + 2 * chance("hub", hubNo) + chance("leaf", row);
    const leaf: Leaf = {
      hub,
      leafId,
      name: trouble === 2 ? `leaf_${leafId}` : `climate_${leafId}`,
      zone,
      online: trouble !== 0,
      lastSeenMs: nowMs() - (trouble === 0 ? 3_600_000 : Math.floor(1_000 * chance("seen", row))),
      batteryMv: trouble === 1 ? 2_310 : 2_700 + Math.round(300 * chance("battery", row)),
      readings: {},
      hardware: trouble === 2 ? null : "esp32",
      capabilities: ["temperature", "humidity"],
      standing: trouble === 2 ? "stranger" : "adopted",
      claimedHardware: null,
      lowBattery: trouble === 1,
      quarantined: trouble === 3,
      frames: 0,
      refused: 0,
    };
    putLeaf(row, leaf);
    report(row, leaf.lastSeenMs);
  }
  board.setHubs(hubs);

  function report(row: number, atMs: number): void {
    values[row] = (values[row] as number) + 0.1 * (chance(row, beats) - 0.5);
    const writer = writers[row] as RowWriter;
    writer.begin();
    writer.setReading(CHANNELS.temperature.code, values[row] as number, atMs);
    writer.setReading(CHANNELS.humidity.code, 90 - 2 * (values[row] as number), atMs);
    writer.setSeen(atMs);
    if (isHeard[row] === 1) writer.setFlags(FLAG.online, 0);
    writer.countApplied();
    writer.end();
  }

  return {
    board,
    beat: () => {
      beats += 1;
      const atMs = nowMs();
      for (let row = beats % BEATS; row < count; row += BEATS) {
        if (isHeard[row] === 1) report(row, atMs);
      }
    },
  };
}

const hubOf = (hub: string, zone: string, startedAtMs: number): Hub => ({
  hub,
  zone,
  address: "udp://127.0.0.1:5701",
  startedAtMs,
  leafCount: LEAVES_PER_HUB,
  onlineCount: LEAVES_PER_HUB,
  framesReceived: 0,
  framesApplied: 0,
  refused: {},
  lostByKernel: 0,
});
