/**
 * Frames as lines of JSON: what `mycel frame decode` prints, and what `mycel frame encode` takes, the
 * same object with or without its `ok` and `version`.
 */
import { z } from "zod";
import {
  COMMANDS,
  type CommandName,
  FRAME,
  MESSAGE_TYPES,
  type MessageTypeName,
} from "../../firmware/wire/frame-types.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { Frame } from "./frame.ts";
import { fromHex } from "./hex.ts";
import { capabilityCode, channelCode, hardwareCode } from "./names.ts";

/** One line without its newline. Made by hand for reports, since `JSON.stringify(-0)` is `0`. */
export function frameLine(frame: Frame): string {
  if (frame.type !== "SENSOR_REPORT") return JSON.stringify({ ok: true, ...frame });
  const { readings, ...head } = frame;
  const items = readings.map(
    ({ channel, value }) => `{"channel":${JSON.stringify(channel)},"value":${numberText(value)}}`,
  );
  return `${JSON.stringify({ ok: true, ...head }).slice(0, -1)},"readings":[${items.join(",")}]}`;
}

const numberText = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

/** Checks an object of unknown origin; the refusal is one sentence that names the field. */
export function parseFrame(input: unknown): Result<Frame, string> {
  const head = headSchema.safeParse(input);
  if (!head.success) return err(sentence(head.error));

  const type = head.data.type;
  const parsed = schemaFor(type, head.data.command).safeParse(input);
  if (!parsed.success) return err(sentence(parsed.error));
  const { ok: _, ...frame } = parsed.data as Frame & { ok?: true };
  return ok({ ...frame, version: FRAME.version });
}

function schemaFor(type: MessageTypeName | number, command: CommandName | number | undefined) {
  if (typeof type === "number") return opaqueSchema;
  if (type !== "COMMAND") return schemas[type];
  return typeof command === "string" ? commandSchemas[command] : opaqueCommandSchema;
}

const whole = (max: number) => {
  const error = `must be a whole number 0..${max}`;
  return z.number({ error }).int({ error }).min(0, { error }).max(max, { error });
};
const u8 = whole(0xff);
const u16 = whole(0xffff);
const u32 = whole(0xffffffff);

const float32 = z
  .number({ error: "must be a number" })
  .refine((value) => Number.isFinite(Math.fround(value)), { error: "is too large for a float32" });

const named = (codeOf: (name: string) => number | undefined, known: string) =>
  z
    .string({ error: `must be ${known}, or unknown_0x and two hex digits` })
    .refine((name) => codeOf(name) !== undefined, {
      error: `must be ${known}, or unknown_0x and two hex digits for a code without a name`,
    });

const hex = (bytesMax: number) =>
  z
    .string({ error: "must be a text of hex digits" })
    .refine((text) => fromHex(text) !== undefined, { error: "must be pairs of hex digits" })
    .refine((text) => (fromHex(text)?.length ?? 0) <= bytesMax, {
      error: `must have at most ${bytesMax} bytes`,
    });

const typeNames = Object.keys(MESSAGE_TYPES) as MessageTypeName[];
const commandNames = Object.keys(COMMANDS) as CommandName[];

const headSchema = z.looseObject(
  {
    type: z.union([z.enum(typeNames), u8], {
      error: `must be one of ${typeNames.join(", ")} or a number 0..255`,
    }),
    leafId: u8,
    command: z
      .union([z.enum(commandNames), u8], {
        error: `must be one of ${commandNames.join(", ")} or a number 0..255`,
      })
      .optional(),
  },
  { error: "must be a JSON object" },
);

const frameOf = <Type extends z.ZodType, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({
    ok: z.literal(true, { error: "must be true, or left out" }).optional(),
    version: z.literal(FRAME.version, { error: `must be ${FRAME.version}` }).optional(),
    type,
    leafId: u8,
    ...shape,
  });

const schemas = {
  SENSOR_REPORT: frameOf(z.literal("SENSOR_REPORT"), {
    readings: z
      .array(z.strictObject({ channel: named(channelCode, "a channel's name"), value: float32 }), {
        error: "must be a list of {channel, value}",
      })
      .max(FRAME.readingsMax, { error: `must hold at most ${FRAME.readingsMax} readings` }),
  }),
  HEARTBEAT: frameOf(z.literal("HEARTBEAT"), { batteryMv: u16, uptimeS: u32 }),
  WAKE_NOTIFY: frameOf(z.literal("WAKE_NOTIFY"), { wokenLeafId: u8 }),
  REGISTER: frameOf(z.literal("REGISTER"), {
    hardware: named(hardwareCode, "a hardware's name"),
    capabilities: z
      .array(named(capabilityCode, "a capability's name"), { error: "must be a list of names" })
      .max(FRAME.capabilitiesMax, { error: `must hold at most ${FRAME.capabilitiesMax} names` }),
  }),
  CONFIG: frameOf(z.literal("CONFIG"), { payloadHex: hex(FRAME.payloadBytesMax) }),
  TIME_SYNC: frameOf(z.literal("TIME_SYNC"), { unixS: u32 }),
  ACK: frameOf(z.literal("ACK"), {}),
  WAKE: frameOf(z.literal("WAKE"), {}),
};

/** Any type by its number, known ones too: for test benches that need a particular payload. */
const opaqueSchema = frameOf(u8, { payloadHex: hex(FRAME.payloadBytesMax) });

const commandOf = <Args extends z.ZodRawShape>(name: CommandName, args: Args) =>
  frameOf(z.literal("COMMAND"), {
    command: z.literal(name),
    args: z.strictObject(args, { error: "must be an object" }),
  });

const commandSchemas = {
  set_state: commandOf("set_state", { on: z.boolean({ error: "must be true or false" }) }),
  set_pwm: commandOf("set_pwm", { duty: u16 }),
  read_now: commandOf("read_now", {}),
  set_interval: commandOf("set_interval", { intervalS: u16 }),
  deep_sleep: commandOf("deep_sleep", { sleepMs: u32 }),
  reset: commandOf("reset", {}),
};

const opaqueCommandSchema = frameOf(z.literal("COMMAND"), {
  command: z.number({
    error: `must be one of ${commandNames.join(", ")} or a number 0..255`,
  }),
  argsHex: hex(FRAME.argBytesMax),
});

/** The first mistake as a sentence: `readings[0].value is too large for a float32.` */
function sentence(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "The frame is not understood.";
  const path = issue.path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
  if (issue.code === "unrecognized_keys") {
    const where = path === "" ? "a frame of this type" : path;
    return `${issue.keys.join(", ")} does not belong in ${where}.`;
  }
  return `${path === "" ? "The frame" : path} ${issue.message}.`;
}
