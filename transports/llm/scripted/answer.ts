/**
 * The scripted model's answer: a function of the request alone, but for `turn`, which varies texts as a warm
 * model would.
 *
 *   tools given:   get_active_tasks ▶ create_task, speak ▶ a closing text
 *   none given:    a sentence for the voice
 */
import type { ChatMessage, ChatRequest, ToolCall } from "../model-port.ts";
import { CLOSINGS, type Language, type ScriptedAct } from "./rules.ts";
import { type OpenTask, openTasks, readSituation, type Situation } from "./situation.ts";
import { voiceText } from "./voice-texts.ts";

export interface ScriptedAnswer {
  readonly content: string;
  readonly toolCalls: readonly ToolCall[];
}

/** The seed's constitution: two tasks a cycle at most, one speak. */
const ACTS_MAX: Readonly<Record<ScriptedAct["tool"], number>> = { create_task: 2, speak: 1 };

export function answerScripted(
  request: ChatRequest,
  turn: number,
  language: Language = languageOf(request.messages),
): ScriptedAnswer {
  const { messages } = request;
  const newest = messages.findLastIndex((message) => newsOf(message) !== undefined);
  const prompt = newsOf(messages[newest]) ?? "";
  if (request.tools.length === 0) {
    const system = messages.find((message) => message.role === "system")?.content ?? "";
    return text(voiceText({ system, prompt, language, turn: request.seed ?? turn }));
  }

  const results = new Map(
    messages.flatMap((message) =>
      message.role === "tool" ? [[message.toolCallId, message.content] as const] : [],
    ),
  );
  const calls = messages.flatMap((message) =>
    message.role === "assistant" ? message.toolCalls : [],
  );
  const isAct = (call: ToolCall): boolean => call.name !== "get_active_tasks";
  const acted = messages
    .slice(newest + 1)
    .flatMap((message) => (message.role === "assistant" ? message.toolCalls.filter(isAct) : []));
  if (acted.length > 0) {
    const isFailed = acted.every((call) => isFailure(results.get(call.id)));
    return text(CLOSINGS[isFailed ? "failed" : "done"][language]);
  }

  const offered = new Set(request.tools.map((tool) => tool.name));
  const situation = readSituation(prompt);
  if (situation.met.length === 0) return text(CLOSINGS.normal[language]);
  const listing = calls.find((call) => call.name === "get_active_tasks");
  const listed = listing === undefined ? [] : openTasks(headOf(results.get(listing.id) ?? ""));
  const due = dueActs(situation, listed, calls.filter(isAct), offered, language);
  const first = due[0];
  if (first === undefined) return text(CLOSINGS.alreadyAsked[language]);
  if (listing === undefined && offered.has("get_active_tasks")) {
    return { content: first.thought, toolCalls: [call("get_active_tasks", {}, calls.length)] };
  }
  return {
    content: first.thought,
    toolCalls: due.map((act, index) => call(act.tool, act.args, calls.length + index)),
  };
}

/** What tells of the office: a user's words, and what the agent was told below a result. */
function newsOf(message: ChatMessage | undefined): string | undefined {
  if (message?.role === "user") return message.content;
  if (message?.role !== "tool") return undefined;
  const at = message.content.indexOf(NEWS);
  return at < 0 ? undefined : message.content.slice(at);
}

const headOf = (result: string): string => result.split(NEWS, 1)[0] ?? "";

const NEWS = "\n\n## ";

interface DueAct {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly thought: string;
}

function dueActs(
  { met, tasks, done }: Situation,
  listed: readonly OpenTask[],
  before: readonly ToolCall[],
  offered: ReadonlySet<string>,
  language: Language,
): readonly DueAct[] {
  const open = [...tasks, ...listed, ...before.flatMap((call) => openTasks(call.argumentsText))];
  const left = { ...ACTS_MAX };
  for (const { name } of before) if (name === "speak" || name === "create_task") left[name]--;
  const due: DueAct[] = [];
  for (const { rule, zone } of met) {
    const { act } = rule;
    if (!offered.has(act.tool) || left[act.tool] <= 0) continue;
    if (isTakenCareOf(act, zone, open, done)) continue;
    left[act.tool]--;
    due.push({
      tool: act.tool,
      args: argsOf(act, zone, language),
      thought: rule.thought[language],
    });
    // What was just decided counts as open for the rows after it.
    if (act.tool === "create_task") open.push({ zone, types: act.taskTypes.split(",") });
  }
  return due;
}

/** Names of tools in the words that the agent shows for what it did. */
const inZone = (line: string, tool: string, zone: string | undefined): boolean =>
  line.startsWith(`- ✓ ${tool} `) && (zone === undefined || line.includes(`[${zone}]`));

function isTakenCareOf(
  act: ScriptedAct,
  zone: string | undefined,
  open: readonly OpenTask[],
  done: readonly string[],
): boolean {
  if (act.tool === "speak") return done.some((line) => inZone(line, "speak", zone));
  const types = act.taskTypes.split(",");
  const isOpen = open.some(
    (task) =>
      (task.zone ?? zone) === zone && task.types.some((type) => types.includes(type.trim())),
  );
  const titles = Object.values(act.title);
  return (
    isOpen ||
    done.some(
      (line) => inZone(line, "create_task", zone) && titles.some((title) => line.includes(title)),
    )
  );
}

function argsOf(
  act: ScriptedAct,
  zone: string | undefined,
  language: Language,
): Readonly<Record<string, unknown>> {
  const where = zone === undefined ? {} : { zone };
  return act.tool === "speak"
    ? { message: act.message[language], ...where, tone: act.tone }
    : {
        title: act.title[language],
        description: act.description[language],
        bounty: act.bounty,
        urgency: act.urgency,
        ...where,
        task_types: act.taskTypes,
      };
}

const text = (content: string): ScriptedAnswer => ({ content, toolCalls: [] });

const call = (name: string, args: Readonly<Record<string, unknown>>, index: number): ToolCall => ({
  id: `call_${index + 1}_${name}`,
  name,
  argumentsText: JSON.stringify(args),
});

/** Whether a tool's answer tells of a failure: JSON with `success: false` or an `error`, or a text that begins so. */
function isFailure(result: string | undefined): boolean {
  if (result === undefined) return true;
  try {
    const answer: unknown = JSON.parse(headOf(result));
    if (typeof answer !== "object" || answer === null) return false;
    const fields = answer as Readonly<Record<string, unknown>>;
    return fields["success"] === false || (fields["error"] ?? null) !== null;
  } catch {
    return /^\s*(error|refused|failed|エラー|拒否|失敗)/i.test(result);
  }
}

/** Kana tell Japanese; the constitution decides where there is one, since others' texts are in any language. */
function languageOf(messages: readonly ChatMessage[]): Language {
  const system = messages.find((message) => message.role === "system");
  const judged = system ?? messages.findLast((message) => message.role === "user");
  return /[\u3040-\u30ff]/.test(judged?.content ?? "") ? "ja" : "en";
}
