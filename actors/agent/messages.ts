/**
 * What the agent accepts, and the record of a cycle: what it saw, what it asked, what happened.
 *
 *   zones ──ZoneSituation, EventRaised──▶ agent ──tools──▶ tasks, devices, voice
 *   tasks ──TaskChanged────────────────▶   └──CycleRecord──▶ store, dashboard
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { TaskChanged } from "../task/messages.ts";
import type { OfficeEvent, ZoneSituation } from "../zone/messages.ts";

/**
 * Whose words or figures something is. `person` and `stranger` are texts that may hold anything and order
 * nothing: a person's note in a task, the payload of an unknown device.
 */
export const PROVENANCES = ["operator", "sensor", "person", "device", "model", "stranger"] as const;
export type Provenance = (typeof PROVENANCES)[number];

export type AgentCommand =
  | ZoneSituation
  | { readonly type: "EventRaised"; readonly event: OfficeEvent }
  | TaskChanged
  /** An operator wants a cycle now, and may say why; at least 25 s after the last all the same. */
  | {
      readonly type: "StartCycle";
      readonly note: string;
      readonly replyTo: ActorRef<CycleAnswer>;
    }
  /** Somebody outside a cycle wants a tool: the MCP server, an HTTP request. The same rules hold. */
  | {
      readonly type: "CallTool";
      /** The asker's own. */
      readonly id: string;
      readonly tool: string;
      /** JSON of an object. */
      readonly argumentsText: string;
      readonly by: Provenance;
      readonly replyTo: ActorRef<ToolAnswered>;
    }
  | { readonly type: "GetAgent"; readonly replyTo: ActorRef<AgentState> }
  /** Cycles before that id, newest first. */
  | {
      readonly type: "GetCycles";
      readonly limit: number;
      readonly before: string | undefined;
      readonly replyTo: ActorRef<CyclesListed>;
    }
  | {
      readonly type: "GetCycle";
      readonly id: string;
      readonly replyTo: ActorRef<CycleFound>;
    };

export interface ToolAnswered {
  readonly type: "ToolAnswered";
  readonly call: ToolCallRecord;
}

export interface AgentState {
  readonly type: "AgentState";
  readonly isEnabled: boolean;
  readonly running: string | null;
  /** When the next cycle begins if nothing happens before; null: never by itself. */
  readonly nextCycleAtMs: number | null;
  readonly counts: AgentCounts;
  readonly budget: AgentBudget;
}

/** What the node's models took since midnight, for the agent and the voice, local time; null: there is no ceiling. */
export interface AgentBudget {
  readonly tokens: number;
  readonly tokensMax: number | null;
  /** US dollars. */
  readonly cost: number;
  readonly costMax: number | null;
  /** The scripted model answers until `renewsAtMs`. */
  readonly isReached: boolean;
  readonly renewsAtMs: number;
}

/** Since the actor's start, for `/metrics`. */
export interface AgentCounts {
  readonly cycles: Readonly<Record<string, number>>;
  /** Timer cycles in which nothing was new and nothing out of range: no model was asked. */
  readonly quiet: number;
  readonly rounds: number;
  /** By outcome. */
  readonly calls: Readonly<Record<string, number>>;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Events that found no room, by what they were; and how many wait now. */
  readonly eventsDropped: Readonly<Record<string, number>>;
  readonly eventsKept: number;
  /** Answers of models and tools that came after their cycle's end. */
  readonly lateAnswers: number;
}

export interface CyclesListed {
  readonly type: "CyclesListed";
  readonly cycles: readonly CycleRecord[];
}

export interface CycleFound {
  readonly type: "CycleFound";
  readonly cycle: CycleRecord | undefined;
}

export type CycleAnswer =
  | { readonly type: "CycleDue"; readonly atMs: number }
  | { readonly type: "CycleRefused"; readonly reason: "agentOff" };

/** One call of a tool: what was asked, what the rules said, what came back. */
export interface ToolCallRecord {
  readonly id: string;
  readonly round: number;
  readonly tool: string;
  /** As the model gave it; undefined parse shows in `refusal`. */
  readonly argumentsText: string;
  /** `running`: started, and its end not heard of yet; a crash leaves it so. */
  readonly outcome: "running" | "done" | "failed" | "refused" | "skipped";
  /** Code of the rule that refused or skipped it, or of the failure. */
  readonly reason: string | null;
  /** The reason by which a call that acts was allowed. */
  readonly warrant?: {
    readonly kind: string;
    readonly provenance: Provenance;
    readonly zone: string | null;
    readonly causeId: string;
  };
  /** What the model was told, at most 2,000 characters. */
  readonly result: string;
  /** Ids of what it made: `task:17`, `command:…`, `voice:…`. */
  readonly made: readonly string[];
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
}

export interface ModelUse {
  readonly model: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** US dollars; 0 for local models. */
  readonly cost: number;
  readonly ms: number;
}

/** A cycle, kept in the store and shown live as it grows. */
export interface CycleRecord {
  /** `cycle-…`, unique on this node, sorted by time. */
  readonly id: string;
  readonly agent: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** `call`: no model's cycle, a single call from outside. */
  readonly trigger: "events" | "timer" | "operator" | "call";
  /** Ids of the events that it was shown, the causes of what it did first. */
  readonly eventIds: readonly string[];
  /** What it saw: the prompt's texts with whose they are. */
  readonly seen: readonly { readonly provenance: Provenance; readonly text: string }[];
  /** Tasks of whose reports it was told; left out: of none. */
  readonly reportIds?: readonly number[];
  readonly promptTokens: number;
  /** What it thought, round by round. */
  readonly thoughts: readonly string[];
  readonly calls: readonly ToolCallRecord[];
  readonly models: readonly ModelUse[];
  readonly outcome: "running" | "done" | "stopped" | "failed";
  /** Why it ended: `noCalls`, `roundsMax`, `toolError`, `allSkipped`, `modelFailed: …` */
  readonly reason: string | null;
  /** Sentences of the last answer that claim an act without a tool's result. */
  readonly unfoundedClaims: readonly string[];
}
