/** What the agent is made of: whom it asks, its times, its mailbox. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import type { ModelPort } from "../../transports/llm/model-port.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import type { DevicesCommand } from "../device/messages.ts";
import type { TasksCommand } from "../task/messages.ts";
import type { VoiceCommand } from "../voice/messages.ts";
import { eventClass } from "./inbox/event-class.ts";
import type { AgentBudget, AgentCommand } from "./messages.ts";
import type { CountTokens } from "./prompt/tokens.ts";
import type { ClaimsOf, ContextOf, CycleStore, Guard } from "./safety/guard-types.ts";
import type { ScheduleTimes } from "./schedule.ts";
import type { Language } from "./tools.ts";

export interface AgentOptions {
  /** Name in its records; one agent a node so far. */
  readonly name: string;
  readonly settings: AgentSettings;
  readonly model: ModelPort;
  /** Of the day, for its state. */
  readonly budget: () => AgentBudget;
  /** The tokenizer's table is large: loaded once the agent thinks. */
  readonly loadTokens: () => Promise<CountTokens>;
  readonly guard: () => Guard;
  readonly contextOf: ContextOf;
  readonly claimsOf: ClaimsOf;
  readonly store: CycleStore;
  readonly tasks: ActorRef<TasksCommand>;
  readonly devices: ActorRef<DevicesCommand>;
  readonly voice: ActorRef<VoiceCommand>;
  readonly dashboard: ActorRef<DashboardCommand>;
  /** Zones of our hubs, by their id: where a command to one takes effect. */
  readonly hubZones: Readonly<Record<string, string>>;
}

export interface AgentSettings extends ScheduleTimes {
  readonly enabled: boolean;
  readonly language: Language;
  readonly promptTokensMax: number;
  readonly promptFile?: string | undefined;
}

/** The seed's, chapter 3.2. */
export const TEMPERATURE = 0.3;
export const ANSWER_TOKENS_MAX = 1_024;
/** What the first request of a cycle may take of the budget; answers and results need the rest. */
export const FIRST_PROMPT_SHARE = 0.7;
/**
 * A zone's newest situation replaces the one that waits; a second of 200 zones at four a second is 800.
 * Urgent events pass all that waits.
 */
export const AGENT_MAILBOX: MailboxSpec<AgentCommand> = {
  capacity: 4_096,
  overflow: "conflate",
  conflateBy: (message) =>
    message.type === "ZoneSituation"
      ? `zone ${message.zone}`
      : message.type === "TaskChanged"
        ? `task ${message.task.id}`
        : undefined,
  isControl: (message) => message.type === "EventRaised" && eventClass(message.event) === "urgent",
};
