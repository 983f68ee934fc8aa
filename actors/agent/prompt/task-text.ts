/** Tasks, reports and the agent's own acts as lines of the prompt. */
import type { Task } from "../../task/messages.ts";
import type { CallOfCycle } from "../safety/guard-types.ts";
import { readArguments, toolNamed } from "../tools.ts";
import { plain, quoted, shownTitle, TITLE_CHARS_MAX } from "./quote.ts";
import type { Words } from "./words.ts";

/** `- #17 [main] open environment "Title"`; a title that a person or stranger gave stands in «…». */
export function taskLine(task: Task): string {
  const types = task.taskTypes.map((type) => plain(type, 24)).join(",");
  return `- #${task.id} [${zoneName(task.zone)}] ${task.state} ${types} ${shownTitle(task)}\n`;
}

export function reportLine(task: Task, words: Words): string {
  const note = task.completionNote === "" ? "" : ` ${quoted(task.completionNote)}`;
  const report = words.report(task.id, task.reportStatus ?? "?");
  return `- [${zoneName(task.zone)}] ${report}: ${quoted(task.title, TITLE_CHARS_MAX)}${note}\n`;
}

/** `- ✓ create_task [main] "Title" (3 min ago)`; undefined for a call that only looked. */
export function actionLine({ call }: CallOfCycle, nowMs: number, words: Words): string | undefined {
  const row = toolNamed(call.tool);
  if (row?.tells === undefined) return undefined;
  const args = readArguments(row, call.argumentsText);
  const zone = args.ok ? row.zoneOf(args.value, () => undefined) : null;
  const what = args.ok
    ? ` "${plain(row.tells(args.value), TITLE_CHARS_MAX).replaceAll('"', "'")}"`
    : "";
  const mark = call.outcome === "done" ? "✓" : "✗";
  const why = call.reason === null ? "" : ` ${call.reason}`;
  const ago = words.minutesAgo(Math.floor((nowMs - call.startedAtMs) / 60_000));
  return `- ${mark} ${call.tool} [${zoneName(zone)}]${what}${why} (${ago})\n`;
}

const zoneName = (zone: string | null): string => (zone === null ? "-" : plain(zone, 64));
