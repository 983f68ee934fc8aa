/** What the dashboard actor accepts: the newest situation of each zone, events, hub records. */
import type { LeafRecord } from "../leaf/messages.ts";
import type { OfficeEvent, ZoneSituation } from "../zone/messages.ts";

export type DashboardCommand =
  | ZoneSituation
  | { readonly type: "EventRaised"; readonly event: OfficeEvent }
  | { readonly type: "LeafRecordChanged"; readonly row: number; readonly record: LeafRecord };
