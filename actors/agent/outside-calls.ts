/**
 * Tools for whoever asks from outside a cycle, over HTTP or MCP: each call is a cycle without a model, under the
 * same guard, with a record of the same form.
 *
 *   CallTool ──begin──▶ run ──tools──▶ end ──record on disk──▶ ToolAnswered
 */
import type { ChatAnswer } from "../../transports/llm/model-port.ts";
import { Run, type RunParts } from "./cycle/run.ts";
import type { AgentCommand, ToolAnswered } from "./messages.ts";
import { quoted } from "./prompt/quote.ts";
import type { GuardContext } from "./safety/guard-types.ts";
import { failed } from "./tool-step.ts";

/** Calls from outside that wait for their tools. */
export const OUTSIDE_CALLS_MAX = 16;

type CallTool = Extract<AgentCommand, { type: "CallTool" }>;

export class OutsideCalls {
  /** At most `OUTSIDE_CALLS_MAX`. */
  readonly #runs = new Map<string, Run>();

  get(id: string): Run | undefined {
    return this.#runs.get(id);
  }

  /** The run, and the answer that a model would have given; undefined: the asker was told to come again. */
  begin(
    message: CallTool,
    context: GuardContext,
    parts: RunParts,
  ): { readonly run: Run; readonly answer: ChatAnswer } | undefined {
    const { tool, argumentsText, by, replyTo } = message;
    const nowMs = parts.nowMs();
    if (this.#runs.size >= OUTSIDE_CALLS_MAX) {
      replyTo.tell(busy(message, nowMs));
      return undefined;
    }
    const run = new Run({
      ...parts,
      trigger: "call",
      startedAtMs: nowMs,
      prompt: [],
      promptTokens: 0,
      seen: [{ provenance: by, text: `${tool} ${quoted(argumentsText, 1_000)}` }],
      eventIds: [],
      reportIds: [],
      context,
      by,
      replyTo,
    });
    this.#runs.set(run.id, run);
    const toolCalls = [{ id: "call00001", name: tool, argumentsText }];
    const usage = { promptTokens: 0, completionTokens: 0, isExact: true, cost: 0 };
    return { run, answer: { model: "none", content: "", toolCalls, stop: "toolCalls", usage } };
  }

  end({ id }: Run): void {
    this.#runs.delete(id);
  }
}

const busy = ({ id, tool, argumentsText }: CallTool, nowMs: number): ToolAnswered => ({
  type: "ToolAnswered",
  call: {
    id,
    round: 1,
    tool: tool.slice(0, 64),
    argumentsText: argumentsText.slice(0, 1_000),
    outcome: "refused",
    reason: "busy",
    result: failed("busy", `${OUTSIDE_CALLS_MAX} calls are under way; call again in a moment.`)
      .result,
    made: [],
    startedAtMs: nowMs,
    endedAtMs: nowMs,
  },
});
