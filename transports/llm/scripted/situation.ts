/**
 * What the scripted model understands of a prompt: which rule is met in which zone, which tasks are open, what
 * was done of late. It reads lines in the forms that the agent writes them in:
 *
 *   ### main                                                   the lines under it are of this zone
 *   - [main] high_temperature: It is 30.5 °C in main. (…)      an event
 *   - #17 [main] open environment "Cool the room down"         an open task
 *   - ✓ create_task [main] Cool the room down                  something done
 *
 * Texts in «…» are other people's words and are not read. Any other line counts as the state of no zone, so that
 * a plain sentence will do as a prompt, as in the seed.
 */
import { SCRIPTED_RULES, type ScriptedRule } from "./rules.ts";

export interface Situation {
  /** In the order of the rules, then of the lines; one a rule and zone. */
  readonly met: readonly { readonly rule: ScriptedRule; readonly zone: string | undefined }[];
  readonly tasks: readonly OpenTask[];
  /** `✓` lines, as they stand. */
  readonly done: readonly string[];
}

export interface OpenTask {
  readonly zone: string | undefined;
  readonly types: readonly string[];
}

const ZONE_HEADING = /^###\s+(\S+)/;
const OTHER_HEADING = /^#{1,2}\s/;
const EVENT = /^- \[([^\]]*)\] (?:([a-z0-9_]+): )?/;
const TASK = /^- #\S+ \[([^\]]*)\] \S+ (\S+)/;
const DONE = /^- ✓ /;
const FAILED = /^- ✗/;
const QUOTED = /«[^»]*»?/g;

/** A prompt is at most some hundred thousand characters; lines beyond this are not read. */
const LINES_MAX = 20_000;

export function readSituation(prompt: string): Situation {
  const met = new Map<string, { rule: ScriptedRule; zone: string | undefined; order: number }>();
  const tasks: OpenTask[] = [];
  const done: string[] = [];
  let zone: string | undefined;
  for (const raw of prompt.replace(QUOTED, "«»").split("\n", LINES_MAX)) {
    const line = raw.trim();
    const heading = ZONE_HEADING.exec(line);
    if (heading !== null) zone = heading[1];
    else if (OTHER_HEADING.test(line)) zone = undefined;
    else if (DONE.test(line)) done.push(line);
    else if (TASK.test(line)) tasks.push(...openTasks(line));
    else if (!FAILED.test(line)) {
      for (const found of rulesMet(line, zone)) {
        const key = `${found.order} ${found.zone ?? ""}`;
        if (!met.has(key)) met.set(key, found);
      }
    }
  }
  return { met: [...met.values()].sort((a, b) => a.order - b.order), tasks, done };
}

/** Of a tool's answer: the lines of a prompt, or JSON with `zone` and `task_types` at any depth. */
export function openTasks(text: string): readonly OpenTask[] {
  try {
    return tasksInJson(JSON.parse(text), 0);
  } catch {
    return text.split("\n", LINES_MAX).flatMap((line) => {
      const task = TASK.exec(line.trim());
      return task === null ? [] : [{ zone: task[1], types: (task[2] ?? "").split(",") }];
    });
  }
}

/** Deeper than any answer of ours. */
const JSON_DEPTH_MAX = 6;

function tasksInJson(value: unknown, depth: number): OpenTask[] {
  if (typeof value === "string" && depth < JSON_DEPTH_MAX) return [...openTasks(value)];
  if (typeof value !== "object" || value === null || depth >= JSON_DEPTH_MAX) return [];
  if (Array.isArray(value)) return value.flatMap((item) => tasksInJson(item, depth + 1));
  const fields = value as Readonly<Record<string, unknown>>;
  const types =
    fields["task_types"] ?? fields["taskTypes"] ?? fields["task_type"] ?? fields["types"];
  if (types === undefined) {
    return Object.values(fields).flatMap((item) => tasksInJson(item, depth + 1));
  }
  const zone = fields["zone"];
  return [
    {
      zone: typeof zone === "string" ? zone : undefined,
      types: Array.isArray(types) ? types.map(String) : String(types).split(","),
    },
  ];
}

function rulesMet(line: string, zoneAbove: string | undefined) {
  const event = EVENT.exec(line);
  const kind = event?.[2];
  const zone = event?.[1] ?? zoneAbove;
  return SCRIPTED_RULES.flatMap((rule, order) => {
    // A line that names its kind is met by that alone: its sentence may speak of temperatures too.
    const isMet =
      kind === undefined ? rule.words.every((word) => word.test(line)) : rule.kinds.includes(kind);
    return isMet ? [{ rule, zone, order }] : [];
  });
}
