/** Settings of the office: who thinks, speaks, pays, and by which rules. */
import { z } from "zod";
import { modelsSchema } from "./models.ts";

const agentSchema = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether the agent thinks and acts by itself"),
  language: z
    .enum(["ja", "en"])
    .default("en")
    .describe("Language of the prompt, of tasks and of what is said"),
  batchDelayMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(3_000)
    .describe("How long events are gathered before the cycle that they start, ms"),
  everyMs: z
    .int()
    .min(1_000)
    .max(3_600_000)
    .default(30_000)
    .describe("How often the agent looks at the office without any event, ms"),
  apartMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(25_000)
    .describe("Least time from one cycle's start to the next one's, however urgent, ms"),
  promptTokensMax: z
    .int()
    .min(4_000)
    .max(1_000_000)
    .default(6_000)
    .describe(
      "No request to a model is longer, in tokens of o200k; what does not fit is summed up",
    ),
  tokensPerDayMax: z
    .int()
    .min(1_000)
    .max(1e12)
    .optional()
    .describe(
      "Tokens that agent and voice may take of models from midnight to midnight, local time; then the scripted model answers",
    ),
  costPerDayMax: z
    .number()
    .min(0.01)
    .max(1e6)
    .optional()
    .describe("The same for what they cost by the prices of `office.models`, US dollars"),
  promptFile: z
    .string()
    .min(1)
    .optional()
    .describe("Constitution of your own instead of config/prompts/; read again when it changes"),
  devices: z
    .array(
      z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}\*?$/, "a device's id, or its beginning and *"),
    )
    .max(1_000)
    .default(["swarm_hub*", "light_01", "pump_01", "window_01"])
    .describe("Devices that the agent may command; one that ends in * is a beginning"),
  idleCyclesKept: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(5_000)
    .describe("Records of cycles that made nothing; beyond it the oldest are dropped"),
  actingCyclesKept: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(50_000)
    .describe("Records of cycles that made a task, said a word or commanded a device"),
});

const hour = z.int().min(0).max(23);
const tasksSchema = z.strictObject({
  openMax: z
    .int()
    .min(1)
    .max(500)
    .default(200)
    .describe("Tasks that may be asked for at once; a further one is refused"),
  bountyMax: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(100_000)
    .describe("Highest bounty of a task, points; the agent's own bound is lower"),
  bountyXp: z
    .int()
    .min(0)
    .max(10_000)
    .default(50)
    .describe("What a task done adds to the office's total where it names nothing else"),
  quietBeforeHour: hour
    .default(7)
    .describe("Tasks of urgency 0 to 2 wait before this hour, local time"),
  quietAfterHour: hour
    .default(22)
    .describe(
      "Tasks of urgency 0 to 2 wait after this hour, local time: with 22 from 23:00 on; before 22 and after 6 are a night shift's",
    ),
  remindAfterMin: z
    .int()
    .min(1)
    .max(10_080)
    .default(60)
    .describe("A task that went out so long ago is called to mind, minutes"),
  remindEveryMin: z
    .int()
    .min(1)
    .max(10_080)
    .default(30)
    .describe("At most once in so many minutes"),
});

const moneySchema = z.strictObject({
  demurrage: z
    .boolean()
    .default(true)
    .describe("Whether wallets over 100 points lose 2 % a day, so that points go round"),
});

const voiceSchema = z.strictObject({
  engine: z
    .enum(["browser", "voicevox", "flite", "open-jtalk"])
    .default("browser")
    .describe(
      "What makes sound: the page's own speech, a VOICEVOX engine, or Debian's flite (English) or open-jtalk (Japanese)",
    ),
  url: z.url().default("http://127.0.0.1:50021").describe("Of the VOICEVOX engine"),
  voiceFile: z
    .string()
    .min(1)
    .optional()
    .describe("Voice of open-jtalk, a .htsvoice file; default: the first in /usr/share/hts-voice"),
});

export const officeSchema = z.strictObject({
  agent: agentSchema.prefault({}),
  tasks: tasksSchema.prefault({}),
  money: moneySchema.prefault({}),
  models: modelsSchema,
  voice: voiceSchema.prefault({}),
});

export type OfficeSettings = z.infer<typeof officeSchema>;
