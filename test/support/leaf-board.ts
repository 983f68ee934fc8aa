/** The real board over a real leaf table, filled by hand instead of by actors. */
import { Board } from "../../actors/dashboard/board.ts";
import type { KernelReading } from "../../actors/dashboard/kernel-view.ts";
import { FLAG } from "../../actors/leaf/leaf-row.ts";
import { createLeafTable, type LeafTable, openLeafTable } from "../../actors/leaf/leaf-table.ts";
import type { OfficeEvent, ZoneSituation } from "../../actors/zone/messages.ts";
import { channelCode } from "../../transports/frame/names.ts";
import type { Event, Leaf, Zone } from "../../transports/http/contract.ts";

export interface LeafBoard {
  readonly board: Board;
  readonly table: LeafTable;
  /** As its actor and its hub would write it. */
  putLeaf(row: number, leaf: Leaf): void;
  /** Readings and state alone, as a frame changes them. */
  putReadings(row: number, leaf: Leaf): void;
  putZone(zone: Zone): void;
  addEvent(event: Event): void;
  putKernel(reading: Omit<KernelReading, "types">): void;
}

export function leafBoard(options: {
  readonly rowsMax: number;
  readonly run: string;
  readonly nowMs: () => number;
}): LeafBoard {
  const table = openLeafTable(createLeafTable({ rowsMax: options.rowsMax }));
  const board = new Board(table, options);
  const officeEvent = (event: Event): OfficeEvent =>
    ({
      ...event,
      zone: event.zone ?? undefined,
      hub: event.hub ?? undefined,
      leafId: event.leafId ?? undefined,
    }) as OfficeEvent;

  const putReadings = (row: number, leaf: Leaf): void => {
    const writer = table.writer(row);
    writer.begin();
    const { present: _present, standing: _standing, ...states } = FLAG;
    for (const [name, bit] of Object.entries(states)) {
      const isSet = leaf[name as "online"];
      writer.setFlags(isSet ? bit : 0, isSet ? 0 : bit);
    }
    writer.setSeen(leaf.lastSeenMs);
    writer.setBattery(leaf.batteryMv ?? 0);
    for (const [channel, { value, atMs }] of Object.entries(leaf.readings)) {
      writer.setReading(channelCode(channel) ?? 0x3f, value, atMs);
    }
    writer.countApplied();
    writer.end();
  };

  return {
    board,
    table,
    putReadings,
    putLeaf: (row, leaf) => {
      const { hub, leafId, name, zone, capabilities, standing } = leaf;
      table.writer(row).claim(0, leafId, standing);
      putReadings(row, leaf);
      board.setRecord(row, {
        hub,
        leafId,
        name,
        zone,
        capabilities,
        standing,
        hardware: leaf.hardware ?? undefined,
        claimedHardware: leaf.claimedHardware ?? undefined,
      });
    },
    putZone: (zone) =>
      board.setZone({
        ...zone,
        type: "ZoneSituation",
        witness: zone.witness ?? undefined,
        air: (zone.air ?? undefined) as ZoneSituation["air"],
        events: zone.events.map(officeEvent),
      }),
    addEvent: (event) => board.addEvent(officeEvent(event)),
    putKernel: (reading) => board.setKernel({ ...reading, types: new Map() }),
  };
}
