/** Tells of a task that is reported done: the zone, whose event reaches the agent, and the bus, as the seed has it. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { BusCommand } from "../bus/messages.ts";
import type { ZoneCommand } from "../zone/messages.ts";
import type { Task } from "./messages.ts";

export interface ReportReaders {
  readonly bus: () => ActorRef<BusCommand>;
  readonly zone: (zone: string) => ActorRef<ZoneCommand>;
}

/** The first system's zone of what has none. */
const NO_ZONE = "main";

export function tellReport(
  { id, zone: place, title, reportStatus: status, completionNote }: Task,
  atMs: number,
  { bus, zone: zoneOf }: ReportReaders,
): void {
  const zone = place ?? NO_ZONE;
  const reportStatus = status ?? "no_issue";
  const report = { taskId: `${id}`, title, reportStatus, completionNote };
  zoneOf(zone).tell({ type: "AcceptTaskReport", atMs, ...report });
  bus().tell({ type: "PublishTaskReport", zone, ...report });
}
