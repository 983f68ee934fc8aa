/**
 * What stands between a model and the tools, and what keeps the record: the interfaces by which the
 * agent's cycle knows them.
 *
 *   what the cycle saw ──warrantsOf──▶ warrants ─┐
 *   model ──call──▶ schema ─────────────────────▶ guard.check ──▶ tool ──done──▶ guard.did
 *                                                     └─▶ refusal, told to the model and recorded
 */

import type { Task } from "../../task/messages.ts";
import type { OfficeEvent, ZoneSituation } from "../../zone/messages.ts";
import type { CycleRecord, Provenance, ToolCallRecord } from "../messages.ts";

/** A call whose arguments its tool's schema has accepted. */
export interface GuardedCall {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Of the arguments, or of the device that is commanded; null where the tool knows none. */
  readonly zone: string | null;
  /** Whose wish it is: `model` in a cycle, else the outside caller's. */
  readonly by: Provenance;
}

/** What may be a reason to act; a text is none, whatever it says. */
export const REASON_KINDS = [
  /** A zone's rule on measured values: `high_temperature`, `person_entered`. */
  "event",
  /** A fused value of a zone beyond its comfortable range. */
  "outOfRange",
  /** The status of a task's report, `needs_followup` or `cannot_resolve`, never its note. */
  "taskReport",
  /** An operator's words to the agent. */
  "operatorNote",
  /** Somebody outside a cycle asks for the tool directly, over HTTP or MCP. */
  "call",
] as const;
export type ReasonKind = (typeof REASON_KINDS)[number];

/** A reason to act, with what it allows in policy.ts. */
export interface Warrant {
  readonly kind: ReasonKind;
  /** Whose figures or words it is: by both, policy.ts says what it allows. */
  readonly provenance: Provenance;
  /** Null: of no zone, as an operator's note is. */
  readonly zone: string | null;
  /** Event id, `task:17`, `main/temperature`, or the cycle of the note. */
  readonly causeId: string;
}

/** A text that may hold anything and orders nothing. */
export interface UntrustedText {
  readonly provenance: Provenance;
  readonly zone: string | null;
  readonly text: string;
}

/** What a cycle was shown: the prompt is made of it, and the warrants are. */
export interface SeenContext {
  readonly cycleId: string;
  readonly nowMs: number;
  readonly situations: readonly ZoneSituation[];
  /** Of the last five minutes, as many as were shown. */
  readonly events: readonly OfficeEvent[];
  /** Tasks reported as `needs_followup` or `cannot_resolve` of which no model has been told, of a day. */
  readonly reports: readonly Task[];
  readonly tasks: readonly Task[];
  /** An operator's reason for this cycle. */
  readonly note: string | undefined;
}

export interface GuardContext {
  readonly nowMs: number;
  readonly warrants: readonly Warrant[];
  /** Of operators and sensors: words that anyone may repeat. */
  readonly trusted: readonly string[];
  /** Of persons, strangers and devices; the agent adds what devices answer within the cycle. */
  readonly untrusted: readonly UntrustedText[];
  /** Those that there are: any other name is none to speak to. Left out: not known. */
  readonly zones?: ReadonlySet<string>;
}

export const GUARD_REFUSALS = [
  "unknownTool",
  "bountyRange",
  "urgencyRange",
  /** As many tasks as an hour may have were made in the last. */
  "taskRate",
  "speakBlank",
  "speakTooLong",
  /** Something was said in this zone less than five minutes ago. */
  "speakCooldown",
  "deviceNotAllowed",
  /** A number for a device that is out of bounds, missing, or no plain number. */
  "deviceValue",
  /** No trusted reason for this tool in this zone. */
  "noWarrant",
  /** The words of a person, stranger or device, put into a tool that acts. */
  "untrustedWords",
] as const;
export type GuardRefusal = (typeof GUARD_REFUSALS)[number];

export interface Refusal {
  readonly code: GuardRefusal;
  /** One sentence, told to the model: what the rule is. */
  readonly message: string;
}

export type Verdict =
  | { readonly ok: true; readonly warrant: Warrant | undefined }
  | ({ readonly ok: false } & Refusal);

/** Keeps what it has seen done in memory; after a restart the agent tells it again with `did`. */
export interface Guard {
  /** Ok holds the call's place in rates and cooldowns too, until `did` or `failed` of the same object, a minute at most. */
  check(call: GuardedCall, context: GuardContext): Verdict;
  /** After success only. */
  did(call: GuardedCall, atMs: number): void;
  /** Its place is free again. */
  failed(call: GuardedCall): void;
}

/** `safety/warrants.ts` */
export type ContextOf = (seen: SeenContext) => GuardContext;

/** A call as the record has it, with its cycle. */
export interface CallOfCycle {
  readonly cycleId: string;
  readonly call: ToolCallRecord;
}

/** `records/cycle-store.ts`, on the office's store. */
export interface CycleStore {
  /** On disk when it resolves; a later state of the same cycle replaces the earlier one. */
  save(cycle: CycleRecord): Promise<void>;
  get(id: string): CycleRecord | undefined;
  /** Newest first. */
  list(query: { readonly limit: number; readonly before?: string }): readonly CycleRecord[];
  /** Calls that were done or failed at or after `atMs`, oldest first. */
  callsSince(atMs: number): readonly CallOfCycle[];
  /** Those a crash left as `running`. */
  unended(): readonly CycleRecord[];
  /** Whether a model has answered to a prompt with this task's report. */
  isReportTold(taskId: number): boolean;
}

/** `safety/claims.ts`: sentences of a model's last words that claim an act without a tool's result. */
export type ClaimsOf = (answer: string, calls: readonly ToolCallRecord[]) => readonly string[];
