/**
 * One cycle as a state machine without time or I/O: think, act, observe, at most five rounds.
 *
 *   think ──answer──▶ calls? ──none──▶ end: noCalls
 *     ▲                 │
 *     │            each in its order: tool known? arguments readable? asked before? too many? guard?
 *     │                 ├── no ──▶ told to the model, recorded
 *     │                 └── yes ──▶ act ──outcome──▶ next call ──failed──▶ end: toolError
 *     └──── all answered ◀──────────┘
 *
 * Whatever the model answers, each of its calls gets one answer message, so that the chat stays one that
 * a strict provider takes; and no call reaches a tool but through `check`.
 */
import { invariant } from "../../../runtime/invariant.ts";
import { sortedJson } from "../../../runtime/sorted-json.ts";
import type {
  ChatAnswer,
  ChatMessage,
  ModelFault,
  ToolCall,
} from "../../../transports/llm/model-port.ts";
import type { ModelUse, Provenance, ToolCallRecord } from "../messages.ts";
import type { GuardedCall, Verdict } from "../safety/guard-types.ts";
import { refusalText, type ToolOutcome } from "../tool-step.ts";
import { readArguments, type ToolRow, toolNamed } from "../tools.ts";
import {
  ARGUMENTS_CHARS_MAX,
  CALLS_MAX,
  FAILURES_MAX,
  REFUSED_ROUNDS_MAX,
  RESULT_CHARS_MAX,
  ROUNDS_MAX,
  SPEAKS_MAX,
  TASKS_MAX,
  THOUGHT_CHARS_MAX,
} from "./limits.ts";

/** What the cycle wants next. */
export type CycleStep =
  | { readonly do: "think" }
  | { readonly do: "act"; readonly call: ReadyCall }
  | CycleEnd;

export interface CycleEnd {
  readonly do: "end";
  readonly outcome: "done" | "stopped" | "failed";
  /** Null: of a single call, which has an end of its own. */
  readonly reason: string | null;
}

/** A call that the guard has let pass. */
export interface ReadyCall {
  readonly record: ToolCallRecord;
  readonly row: ToolRow;
  readonly guarded: GuardedCall;
}

export interface CycleOptions {
  readonly id: string;
  /** System and user message. */
  readonly prompt: readonly ChatMessage[];
  readonly check: (call: GuardedCall) => Verdict;
  readonly deviceZone: (agentId: string) => string | undefined;
  /** Whose calls these are: `model`. */
  readonly by?: Provenance;
}

export class Cycle {
  readonly id: string;
  readonly messages: ChatMessage[];
  readonly thoughts: string[] = [];
  /** Each call of the cycle, in order. */
  readonly calls: ToolCallRecord[] = [];
  readonly models: ModelUse[] = [];
  round = 0;
  readonly #options: CycleOptions;
  /** Calls of the newest answer that wait for their turn. */
  #waiting: ToolCall[] = [];
  #running: { readonly call: ReadyCall; readonly chatId: string } | undefined;
  /** Tool and arguments of each call that was run. */
  readonly #ran = new Set<string>();
  readonly #chatIds = new Set<string>();
  #speaks = 0;
  #tasks = 0;
  #failures = 0;
  #refusedRounds = 0;
  /** Of this round. */
  #outcomes = new Set<ToolCallRecord["outcome"]>();

  constructor(options: CycleOptions) {
    this.id = options.id;
    this.#options = options;
    this.messages = [...options.prompt];
  }

  answered(answer: ChatAnswer, ms: number, nowMs: number): CycleStep {
    this.round += 1;
    const { model, usage } = answer;
    this.models.push({
      model,
      promptTokens: usage.promptTokens,
      completionTokens: usage.completionTokens,
      cost: usage.cost,
      ms,
    });
    const content = answer.content.slice(0, THOUGHT_CHARS_MAX);
    this.thoughts.push(content);
    const calls = answer.toolCalls.slice(0, CALLS_MAX).map((call) => this.#named(call));
    const toolCalls = calls.map((call) => ({ ...call, name: nameOf(call.name) }));
    this.messages.push({ role: "assistant", content, toolCalls });
    if (calls.length === 0) return end("done", "noCalls");
    this.#waiting = [...calls];
    this.#outcomes = new Set();
    return this.#next(nowMs);
  }

  modelFailed(fault: ModelFault): CycleStep {
    return end("failed", `modelFailed: ${fault.code}`);
  }

  /**
   * News before the next round. They stand below the newest result: many chat templates take no user's turn between a
   * result and what the model makes of it.
   */
  tell(text: string): void {
    const last = this.messages.at(-1);
    if (last?.role !== "tool") this.messages.push({ role: "user", content: text });
    else
      this.messages[this.messages.length - 1] = { ...last, content: `${last.content}\n\n${text}` };
  }

  /** Of the call that the last step named. */
  callEnded(outcome: ToolOutcome, nowMs: number): CycleStep {
    const running = this.#running;
    invariant(running !== undefined, `cycle ${this.id}: an outcome belongs to a running call`);
    this.#running = undefined;
    const { record } = running.call;
    const { heard: _words, ...told } = outcome;
    const result = cut(outcome.result, RESULT_CHARS_MAX);
    const ended = { ...told, result, endedAtMs: nowMs };
    this.calls[this.calls.indexOf(record)] = { ...record, ...ended };
    this.#answer(running.chatId, result);
    this.#outcomes.add(outcome.outcome);
    this.#failures = outcome.outcome === "failed" ? this.#failures + 1 : 0;
    return this.#next(nowMs);
  }

  #next(nowMs: number): CycleStep {
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      const ready = this.#judge(call, nowMs);
      if (ready === undefined) continue;
      this.#running = { call: ready, chatId: call.id };
      return { do: "act", call: ready };
    }
    return this.#afterRound();
  }

  #afterRound(): CycleStep {
    const ran = this.#outcomes.has("done") || this.#outcomes.has("failed");
    if (this.#failures >= FAILURES_MAX) return end("stopped", "toolError");
    if (!ran && !this.#outcomes.has("refused")) return end("done", "allSkipped");
    this.#refusedRounds = ran ? 0 : this.#refusedRounds + 1;
    if (this.#refusedRounds >= REFUSED_ROUNDS_MAX) return end("stopped", "refusedAgain");
    if (this.round >= ROUNDS_MAX) return end("stopped", "roundsMax");
    return { do: "think" };
  }

  /** The call, if it may be run; else it is recorded and answered here. */
  #judge(call: ToolCall, nowMs: number): ReadyCall | undefined {
    const at = { call, nowMs };
    if (this.#failures >= FAILURES_MAX) {
      return this.#refuse(at, "skipped", "afterError", "Not run: a tool before it failed.");
    }
    const row = toolNamed(call.name);
    if (row === undefined) {
      return this.#refuse(at, "refused", "unknownTool", `Unknown tool: ${cut(call.name, 64)}`);
    }
    const args = readArguments(row, call.argumentsText);
    if (!args.ok) return this.#refuse(at, "refused", "badArguments", args.error);
    const key = `${row.name} ${sortedJson(args.value)}`;
    if (this.#ran.has(key)) {
      const why = "Not run: the same call with the same arguments was made in this cycle.";
      return this.#refuse(at, "skipped", "repeated", why);
    }
    if (row.name === "speak" && this.#speaks >= SPEAKS_MAX) {
      return this.#refuse(at, "skipped", "speaksMax", "Not said: one sentence a cycle.");
    }
    if (row.name === "create_task" && this.#tasks >= TASKS_MAX) {
      return this.#refuse(at, "skipped", "tasksMax", `Not created: ${TASKS_MAX} tasks a cycle.`);
    }
    const guarded: GuardedCall = {
      tool: row.name,
      args: args.value,
      zone: row.zoneOf(args.value, this.#options.deviceZone),
      by: this.#options.by ?? "model",
    };
    const verdict = this.#options.check(guarded);
    if (!verdict.ok) return this.#refuse(at, "refused", verdict.code, verdict.message);
    this.#ran.add(key);
    if (row.name === "speak") this.#speaks += 1;
    if (row.name === "create_task") this.#tasks += 1;
    const { warrant } = verdict;
    const record = this.#record(at, "running", null, "", null, warrant && { warrant });
    return { record, row, guarded };
  }

  #refuse(
    at: { readonly call: ToolCall; readonly nowMs: number },
    outcome: "refused" | "skipped",
    reason: string,
    message: string,
  ): undefined {
    const result = cut(refusalText(message), RESULT_CHARS_MAX);
    this.#record(at, outcome, reason, result, at.nowMs);
    this.#answer(at.call.id, result);
    this.#outcomes.add(outcome);
  }

  #record(
    { call, nowMs }: { readonly call: ToolCall; readonly nowMs: number },
    outcome: ToolCallRecord["outcome"],
    reason: string | null,
    result: string,
    endedAtMs: number | null,
    allowed: Pick<ToolCallRecord, "warrant"> = {},
  ): ToolCallRecord {
    const record: ToolCallRecord = {
      ...allowed,
      id: `${this.id}.${this.calls.length + 1}`,
      round: this.round,
      tool: cut(call.name, 64),
      argumentsText: cut(compact(call.argumentsText), ARGUMENTS_CHARS_MAX),
      outcome,
      reason,
      result,
      made: [],
      startedAtMs: nowMs,
      endedAtMs,
    };
    this.calls.push(record);
    return record;
  }

  #answer(toolCallId: string, content: string): void {
    this.messages.push({ role: "tool", toolCallId, content });
  }

  /** Providers refuse a chat in which a call has no id, or another's. Nine letters: as Mistral wants it. */
  #named(call: ToolCall): ToolCall {
    let { id } = call;
    for (let n = 1; !/^[\w-]{1,64}$/.test(id) || this.#chatIds.has(id); n += 1) {
      id = `call${String(n).padStart(5, "0")}`;
    }
    this.#chatIds.add(id);
    return id === call.id ? call : { ...call, id };
  }
}

const end = (outcome: "done" | "stopped" | "failed", reason: string): CycleStep => ({
  do: "end",
  outcome,
  reason,
});

/** A made-up name, as it goes back to a model: providers refuse a chat in which a tool's name has other signs. */
const nameOf = (name: string): string => name.replaceAll(/[^\w-]/g, "_").slice(0, 64) || "_";

/** What is written in escapes, `\u3042` for each letter of Japanese, is a sixth as long; a cut text could not be read back. */
function compact(json: string): string {
  if (json.length <= ARGUMENTS_CHARS_MAX) return json;
  try {
    return JSON.stringify(JSON.parse(json));
  } catch {
    return json;
  }
}

export const cut = (text: string, charsMax: number): string =>
  text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text;
