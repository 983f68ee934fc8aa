/** What a change of a leaf's record is called in the event log: one sentence, and its weight. */
import { unreachable } from "../../runtime/invariant.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { EventKind, OfficeEvent } from "../zone/messages.ts";

export type RecordEventKind = Extract<
  EventKind,
  | "leaf_registered"
  | "leaf_rebooted"
  | "leaf_disputed"
  | "leaf_adopted"
  | "leaf_added"
  | "leaf_renamed"
  | "leaf_moved"
>;

export const severityOf = (kind: RecordEventKind): OfficeEvent["severity"] =>
  kind === "leaf_disputed" ? "warning" : "info";

export function sentenceOf(
  kind: RecordEventKind,
  record: LeafRecord,
  before: LeafRecord | undefined,
): string {
  const leaf = `${record.hub}.${record.name}`;
  const hardware = record.hardware ?? "unknown hardware";
  switch (kind) {
    case "leaf_registered":
      return before?.standing === "disputed"
        ? `An operator agreed that ${hardware} takes over ${leaf} in ${record.zone}.`
        : `${leaf} in ${record.zone} registered as ${hardware}.`;
    case "leaf_rebooted":
      return `${leaf} in ${record.zone} started again.`;
    case "leaf_disputed":
      return `${record.claimedHardware} claims the id of ${leaf} in ${record.zone}, which is ${hardware}; an operator has to decide.`;
    case "leaf_adopted":
      if (before?.standing === "disputed")
        return `${leaf} in ${record.zone} stays ${hardware}: an operator refused ${before.claimedHardware}.`;
      return `${leaf} was adopted and counts in ${record.zone} now.`;
    case "leaf_added":
      return `${leaf} was added to ${record.zone}.`;
    case "leaf_renamed":
      return `${before?.name} of ${record.hub} is called ${record.name} now.`;
    case "leaf_moved":
      return `${leaf} moved from ${before?.zone} to ${record.zone}.`;
    default:
      return unreachable(kind);
  }
}
