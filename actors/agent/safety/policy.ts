/**
 * Who may cause what: one table, provenance × kind of reason → tools. What is not in it is not allowed, so a
 * text, which is no kind of reason, causes nothing, and `model` is in no row: what a model says is never a reason
 * for what it does.
 */
import type { Provenance } from "../messages.ts";
import type { GuardedCall, ReasonKind, Warrant } from "./guard-types.ts";
import type { ActingTool } from "./sanitizer.ts";

export interface PolicyRow {
  readonly provenance: Provenance;
  readonly kind: ReasonKind;
  readonly tools: readonly ActingTool[];
  /** Only in the zone of the reason; else anywhere. */
  readonly scope: "zone" | "anywhere";
}

const ALL: readonly ActingTool[] = ["create_task", "send_device_command", "speak"];
const ASKING: readonly ActingTool[] = ["create_task", "speak"];

export const POLICY: readonly PolicyRow[] = [
  { provenance: "operator", kind: "operatorNote", tools: ALL, scope: "anywhere" },
  { provenance: "operator", kind: "call", tools: ALL, scope: "anywhere" },
  // Our own leaves, whose ids and keys an operator has given.
  { provenance: "sensor", kind: "event", tools: ALL, scope: "zone" },
  { provenance: "sensor", kind: "outOfRange", tools: ALL, scope: "zone" },
  // A device of the bus that is configured, with a password and topics of its own.
  { provenance: "device", kind: "event", tools: ALL, scope: "zone" },
  { provenance: "device", kind: "outOfRange", tools: ALL, scope: "zone" },
  // The status that somebody chose of four; people may ask for people, not move devices.
  { provenance: "person", kind: "taskReport", tools: ASKING, scope: "zone" },
  // Whoever has the bus's password may have a word said, not points spent and not devices moved.
  { provenance: "stranger", kind: "event", tools: ["speak"], scope: "zone" },
];

/** The first warrant that allows the call; it is named in the call's record. */
export function warrantFor(call: GuardedCall, warrants: readonly Warrant[]): Warrant | undefined {
  return warrants.find((warrant) =>
    POLICY.some(
      (row) =>
        row.provenance === warrant.provenance &&
        row.kind === warrant.kind &&
        (row.tools as readonly string[]).includes(call.tool) &&
        (row.scope === "anywhere" || isIn(call.zone, warrant.zone)),
    ),
  );
}

/** A call that names no zone, as most device commands do, is let through by a reason of any zone. */
const isIn = (zone: string | null, reasonZone: string | null): boolean =>
  reasonZone !== null && (zone === null || zone === reasonZone);
