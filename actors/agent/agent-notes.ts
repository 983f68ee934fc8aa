/** What the agent sends itself: times that have come, and what its promises and questions have ended in. */
import type { ActorContext } from "../../runtime/actor-context.ts";
import type { Result } from "../../runtime/result.ts";
import type { ChatAnswer, ModelFault } from "../../transports/llm/model-port.ts";
import type { TasksListed } from "../task/messages.ts";
import type { ReadyCall } from "./cycle/cycle.ts";
import type { AgentCommand } from "./messages.ts";
import type { CountTokens } from "./prompt/tokens.ts";
import type { ToolOutcome } from "./tool-step.ts";

export type AgentNote =
  | { readonly type: "CycleDue" }
  | { readonly type: "ShowCycle" }
  | { readonly type: "AskTasks" }
  | { readonly type: "TokensLoaded"; readonly count: CountTokens }
  | TasksListed
  | {
      readonly type: "ModelAnswered";
      readonly runId: string;
      readonly result: Result<ChatAnswer, ModelFault>;
    }
  | { readonly type: "CallRecorded"; readonly runId: string; readonly call: ReadyCall }
  | {
      readonly type: "ToolEnded";
      readonly runId: string;
      readonly call: ReadyCall;
      readonly outcome: ToolOutcome;
    }
  | { readonly type: "RecordSaved" }
  | { readonly type: "RecordLost"; readonly runId: string; readonly cause: unknown };

export type AgentContext = ActorContext<AgentCommand | AgentNote>;
