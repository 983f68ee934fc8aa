/**
 * The agent's tools as data: a name, what the model is told, a schema of the arguments, and which actor
 * does it. A new tool is a new row here, and a line of the guard's table that says who may cause it.
 *
 *   model's text ──JSON──▶ schema ──args──▶ guard ──▶ row.run ──message──▶ tasks, devices, voice
 *
 * Names and parameters are the seed's, table 1. Ranges that are rules of the house (bounty, urgency,
 * temperature) are the guard's; the schema says what can be read at all.
 */
import { z } from "zod";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { isJsonObject, type JsonObject } from "../../runtime/json-object.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { ToolSpec } from "../../transports/llm/model-port.ts";
import type { DeviceAnswer, DevicesCommand } from "../device/messages.ts";
import type { TaskAnswer, TasksCommand, TasksListed } from "../task/messages.ts";
import { TONES, type VoiceAnswer, type VoiceCommand } from "../voice/messages.ts";
import type { Provenance } from "./messages.ts";
import { shownTitle } from "./prompt/quote.ts";
import { heardTask } from "./safety/warrants.ts";
import { askActor, done, failed, type ToolStep } from "./tool-step.ts";

export type Language = "ja" | "en";

/** What a row may reach. */
export interface ToolWorld {
  readonly cycleId: string;
  /** Of the call, unique on this node: a repeat of it makes nothing twice. */
  readonly callId: string;
  readonly by: Provenance;
  readonly tasks: ActorRef<TasksCommand>;
  readonly devices: ActorRef<DevicesCommand>;
  readonly voice: ActorRef<VoiceCommand>;
  /** What the agent knows of a zone, as text; undefined: there is no such zone. */
  readonly zoneStatus: (zone: string) => string | undefined;
  readonly zones: () => readonly string[];
}

export interface ToolRow<S extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly description: Readonly<Record<Language, string>>;
  readonly args: S;
  /** Which zone a call is about; `deviceZone` knows those of our hubs. */
  readonly zoneOf: (
    args: z.output<S>,
    deviceZone: (agentId: string) => string | undefined,
  ) => string | null;
  readonly run: (args: z.output<S>, world: ToolWorld) => ToolStep;
  /** What an act was about, for the list of past actions; undefined: it only looks. */
  readonly tells?: (args: z.output<S>) => string;
}

const tool = <S extends z.ZodType>(row: ToolRow<S>): ToolRow => row as unknown as ToolRow;

/** A durable commit on a slow disk takes a second; the treasury and the voice are asked before. */
const TASK_ANSWER_MS_MAX = 20_000;
/** A device has 10 s of its own, and the bus a moment. */
const DEVICE_ANSWER_MS_MAX = 12_000;
/** A sentence is synthesised within the engine's own 10 s. */
const VOICE_ANSWER_MS_MAX = 12_000;
const TITLE_CHARS_MAX = 120;
const TEXT_CHARS_MAX = 1_000;
const ARGUMENTS_CHARS_MAX = 2_000;
/** Their JSON stays below what a result may take. */
const TASKS_LISTED_MAX = 10;

const zone = z.string().min(1).max(64);

/** JSON of an object in a text, as the seed hands arguments on to a device. */
const jsonObject = z
  .string()
  .max(ARGUMENTS_CHARS_MAX)
  .transform((text, ctx): Readonly<Record<string, unknown>> => {
    const parsed = parseObject(text);
    if (parsed.ok) return parsed.value;
    ctx.issues.push({ code: "custom", message: parsed.error, input: text });
    return z.NEVER;
  });

export const TOOLS: readonly ToolRow[] = [
  tool({
    name: "create_task",
    description: {
      en: "Ask people for something that only hands can do: it appears on the task board and is announced. Look at the active tasks first.",
      ja: "人の手が必要な作業をタスクボードに掲示し、音声で知らせる。先に既存のタスクを確認すること。",
    },
    args: z.strictObject({
      title: z.string().trim().min(1).max(TITLE_CHARS_MAX).describe("Short, says what to do"),
      description: z.string().trim().min(1).max(TEXT_CHARS_MAX).describe("Why, and how"),
      bounty: z.int().default(1_000).describe("Points, 500 to 5000, by effort"),
      urgency: z.int().default(2).describe("0 can wait … 4 emergency"),
      zone: zone.optional().describe("Zone id as in the zones' headings"),
      task_types: z
        .string()
        .max(200)
        .default("general")
        .describe("Comma-separated: environment, supply, cleaning, urgent, general"),
    }),
    zoneOf: (args) => args.zone ?? null,
    tells: (args) => args.title,
    run: (args, world) =>
      askActor<TasksCommand, TaskAnswer>({
        target: world.tasks,
        request: (replyTo) => ({
          type: "CreateTask",
          requestId: world.callId,
          draft: {
            title: args.title,
            description: args.description,
            location: args.zone ?? null,
            zone: args.zone ?? null,
            bounty: args.bounty,
            urgency: args.urgency,
            taskTypes: taskTypes(args.task_types),
            minPeople: 1,
            estimatedMinutes: 10,
            expiresAtMs: null,
          },
          createdBy: world.by,
          causeId: world.cycleId,
          replyTo,
        }),
        timeoutMs: TASK_ANSWER_MS_MAX,
        read: (answer) =>
          answer.type === "TaskRefused"
            ? failed(answer.reason, `The task board refused it: ${answer.reason}.`)
            : done(
                {
                  task_id: answer.task.id,
                  state: answer.task.state,
                  // An open task of the same purpose was brought up to date instead.
                  ...(answer.duplicate && { updated_existing: true }),
                },
                [`task:${answer.task.id}`],
              ),
      }),
  }),
  tool({
    name: "send_device_command",
    description: {
      en: "Call a tool of a device, such as a hub's leaf_command or an air conditioner's set_temperature.",
      ja: "デバイスのツールを呼び出す（例: ハブの leaf_command、エアコンの set_temperature）。",
    },
    args: z.strictObject({
      agent_id: z.string().min(1).max(64).describe("Device id, as swarm_hub_01 or light_01"),
      tool_name: z.string().min(1).max(64).describe("Tool of that device"),
      arguments: jsonObject.default({}).describe("Arguments as JSON text"),
    }),
    zoneOf: (args, deviceZone) => deviceZone(args.agent_id) ?? null,
    tells: (args) => `${args.agent_id} ${args.tool_name}`,
    run: (args, world) =>
      askActor<DevicesCommand, DeviceAnswer>({
        target: world.devices,
        request: (replyTo) => ({
          type: "CallDevice",
          id: world.callId,
          agentId: args.agent_id,
          tool: args.tool_name,
          args: args.arguments,
          replyTo,
        }),
        timeoutMs: DEVICE_ANSWER_MS_MAX,
        read: (answer) =>
          answer.type === "DeviceAnswered"
            ? done(answer.result, madeBy(answer, `device:${args.agent_id}/${world.callId}`))
            : failed(answer.reason, answer.message),
      }),
  }),
  tool({
    name: "get_zone_status",
    description: {
      en: "All that is known of one zone now: people, readings, last events.",
      ja: "ゾーンの現在の状態（在室、測定値、最近のイベント）を取得する。",
    },
    args: z.strictObject({ zone_id: zone.describe("Zone id") }),
    zoneOf: (args) => args.zone_id,
    run: (args, world) => {
      const status = world.zoneStatus(args.zone_id);
      if (status !== undefined) return { answer: done(status) };
      const known = world.zones().slice(0, 20).join(", ");
      return { answer: failed("zoneUnknown", `No zone ${args.zone_id}; there are: ${known}.`) };
    },
  }),
  tool({
    name: "speak",
    description: {
      en: "Say one sentence aloud; for advice that needs no action. Not for reporting that all is well.",
      ja: "行動を求めない短い声かけを音声で行う。正常時の報告には使わない。",
    },
    args: z.strictObject({
      message: z
        .string()
        .max(TEXT_CHARS_MAX)
        .describe("What is said, at most 70 characters, as people speak"),
      zone: zone.optional().describe("Zone that it is for"),
      tone: z.enum(TONES).default("neutral").describe("How it is said"),
    }),
    zoneOf: (args) => args.zone ?? null,
    tells: (args) => args.message,
    run: (args, world) =>
      askActor<VoiceCommand, VoiceAnswer>({
        target: world.voice,
        request: (replyTo) => ({
          type: "Speak",
          text: args.message,
          zone: args.zone ?? null,
          tone: args.tone,
          causeId: world.cycleId,
          replyTo,
        }),
        timeoutMs: VOICE_ANSWER_MS_MAX,
        read: (answer) =>
          answer.type === "Spoken"
            ? done("said", answer.event === null ? [] : [`voice:${answer.event.id}`])
            : failed(answer.reason, `It was not said: ${answer.reason}.`),
      }),
  }),
  tool({
    name: "get_active_tasks",
    description: {
      en: "The tasks that are open now. Call it before create_task.",
      ja: "現在のタスク一覧を取得する。create_task の前に必ず確認すること。",
    },
    args: z.strictObject({}),
    zoneOf: () => null,
    run: (_args, world) =>
      askActor<TasksCommand, TasksListed>({
        target: world.tasks,
        request: (replyTo) => ({ type: "GetTasks", replyTo }),
        timeoutMs: TASK_ANSWER_MS_MAX,
        read: ({ tasks }) => {
          const listed = tasks.slice(0, TASKS_LISTED_MAX);
          const rows = listed.map((task) => ({
            id: task.id,
            title: shownTitle(task),
            zone: task.zone,
            task_types: task.taskTypes,
            state: task.state,
            urgency: task.urgency,
          }));
          const result = done({ count: tasks.length, tasks: rows });
          return { ...result, heard: listed.flatMap(heardTask) };
        },
      }),
  }),
];

/** A hub says which command it gave its leaf; of another device's tool only the call is known. */
const madeBy = (
  { made = [] }: Extract<DeviceAnswer, { type: "DeviceAnswered" }>,
  call: string,
): readonly string[] => (made.length > 0 ? made : [call]);

export const toolNamed = (name: string): ToolRow | undefined =>
  TOOLS.find((row) => row.name === name);

/** For the model: the schema of what it has to write, defaults told. */
export const toolSpecs = (language: Language): readonly ToolSpec[] =>
  TOOLS.map((row) => ({
    name: row.name,
    description: row.description[language],
    parameters: parametersOf(row),
  }));

function parametersOf(row: ToolRow): Readonly<Record<string, unknown>> {
  const { $schema: _own, ...schema } = z.toJSONSchema(row.args, {
    io: "input",
    // "An integer that a double can hold" tells a model nothing.
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  return schema;
}

/** What the model wrote, read by the row's schema; the error is a sentence for the model. */
export function readArguments(
  row: ToolRow,
  text: string,
): Result<Readonly<Record<string, unknown>>, string> {
  // Some servers write nothing where a tool has no parameters.
  const parsed = parseObject(text.trim() === "" ? "{}" : text);
  if (!parsed.ok) return err(`The arguments of ${row.name} are ${parsed.error}: ${cut(text)}`);
  const read = row.args.safeParse(parsed.value);
  if (read.success) return ok(read.data as Readonly<Record<string, unknown>>);
  const issues = read.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join(".") || "arguments"}: ${issue.message}`);
  return err(`The arguments of ${row.name} are refused: ${issues.join("; ")}.`);
}

function parseObject(text: string): Result<JsonObject, string> {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? ok(value) : err("no JSON object");
  } catch {
    return err("no JSON");
  }
}

const taskTypes = (text: string): readonly string[] => {
  const types = text
    .split(",")
    .map((type) => type.trim().toLowerCase())
    .filter((type) => type !== "");
  return types.length === 0 ? ["general"] : [...new Set(types)];
};

const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
