/** What the routes of agent-routes.ts need of a node. */
import type { Result } from "../../../runtime/result.ts";
import type { AgentStateItem, CycleItem, ToolCallItem, ToolItem } from "./agent-contract.ts";

export interface AgentView {
  state(): Promise<Result<AgentStateItem, string>>;
  /** Newest first. */
  cycles(query: {
    readonly limit: number;
    readonly before: string | undefined;
  }): Promise<Result<CycleItem[], string>>;
  cycle(id: string): Promise<Result<CycleItem, string>>;
  /** When the cycle that was asked for begins. */
  start(note: string): Promise<Result<{ readonly atMs: number }, string>>;
  tools(): Promise<Result<ToolItem[], string>>;
  /** By the same rules as the model's calls; what was refused or failed stands in the answer. */
  call(
    tool: string,
    args: Readonly<Record<string, unknown>>,
  ): Promise<Result<ToolCallItem, string>>;
}
