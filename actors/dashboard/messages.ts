/** What the dashboard actor accepts: the newest situation of each zone, events, records, links. */
import type { OfficeChange } from "../../transports/http/office/feed-contract.ts";
import type { CommandRecord } from "../hub/outbox/messages.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { LinkStatus } from "../link/messages.ts";
import type { OfficeEvent, ZoneSituation } from "../zone/messages.ts";

export type DashboardCommand =
  | ZoneSituation
  | LinkStatus
  | { readonly type: "EventRaised"; readonly event: OfficeEvent }
  | { readonly type: "CommandChanged"; readonly command: CommandRecord }
  | { readonly type: "LeafRecordChanged"; readonly row: number; readonly record: LeafRecord }
  | { readonly type: "OfficeChanged"; readonly changes: readonly OfficeChange[] };
