/**
 * The seed's table of limits, outside the model: what no reason whatever allows. A value out of bounds is
 * refused and never bent into them, so that the model learns what it asked for was not done.
 *
 *   call ──▶ rows of its tool, the first that objects ──▶ {code, message} | nothing
 *
 * Rates and cooldowns are in limits-kept.ts, since they have a memory.
 */
import { isName } from "../../zone/messages.ts";
import { numbersWithin } from "./device-numbers.ts";
import type { GuardedCall, Refusal } from "./guard-types.ts";

/** Points; the seed's largest reward, for heavy work. */
export const BOUNTY_MAX = 5_000;
/** 0 can wait … 4 emergency. */
export const URGENCY_MAX = 4;
/** Of a spoken sentence, by code points of its composed form (NFC): seven seconds of speech. */
export const SPEAK_CHARS_MAX = 70;
/** °C that an office may be set to. */
export const SET_TEMPERATURE_MIN = 18;
export const SET_TEMPERATURE_MAX = 28;
/** Seconds; a pump that runs on empties a tank. */
export const RUN_PUMP_S_MAX = 60;

/** Tools that change something, each needing a warrant; all others only look. */
export const ACTING_TOOLS = ["create_task", "send_device_command", "speak"] as const;
export type ActingTool = (typeof ACTING_TOOLS)[number];
export const isActing = (tool: string): tool is ActingTool =>
  (ACTING_TOOLS as readonly string[]).includes(tool);

export interface SanitizerSettings {
  /** The setting `office.agent.devices`: ids; one that ends in `*` is a beginning. */
  readonly devices: readonly string[];
}

interface Row {
  readonly tool: ActingTool;
  readonly code: Refusal["code"];
  /** A sentence where it objects. */
  readonly objects: (
    args: Readonly<Record<string, unknown>>,
    settings: SanitizerSettings,
  ) => string | undefined;
}

const ROWS: readonly Row[] = [
  { tool: "create_task", code: "bountyRange", objects: whole("bounty", 0, BOUNTY_MAX) },
  { tool: "create_task", code: "urgencyRange", objects: whole("urgency", 0, URGENCY_MAX) },
  {
    tool: "speak",
    code: "speakBlank",
    objects: ({ message }) =>
      typeof message !== "string" || isBlank(message) ? "message must not be blank." : undefined,
  },
  {
    tool: "speak",
    code: "speakTooLong",
    objects: ({ message }) => {
      const length = spokenLength(String(message));
      return length > SPEAK_CHARS_MAX
        ? `message has ${length} characters; at most ${SPEAK_CHARS_MAX} are said.`
        : undefined;
    },
  },
  {
    tool: "send_device_command",
    code: "deviceNotAllowed",
    objects: ({ agent_id: id }, { devices }) =>
      typeof id === "string" && isName(id) && devices.some((device) => isThis(device, id))
        ? undefined
        : "This device is not on the list of those that may be commanded.",
  },
  {
    tool: "send_device_command",
    code: "deviceValue",
    objects: numbersWithin("set_temperature", SET_TEMPERATURE_MIN, SET_TEMPERATURE_MAX, "°C"),
  },
  {
    tool: "send_device_command",
    code: "deviceValue",
    objects: numbersWithin("run_pump", 0, RUN_PUMP_S_MAX, "s"),
  },
];

/** Undefined: within all limits. A tool without rows, such as a query, has none to keep. */
export function beyondLimits(call: GuardedCall, settings: SanitizerSettings): Refusal | undefined {
  for (const { tool, code, objects } of ROWS) {
    if (tool !== call.tool) continue;
    const message = objects(call.args, settings);
    if (message !== undefined) return { code, message };
  }
  return undefined;
}

/** Left out is fine, the tool has a default; text that looks like a number is none. */
function whole(argument: string, min: number, max: number): Row["objects"] {
  return (args) => {
    const value = args[argument];
    if (value === undefined) return undefined;
    return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : `${argument} must be a whole number from ${min} to ${max}.`;
  };
}

export const spokenLength = (text: string): number => [...text.normalize("NFC")].length;

/** Also where it is all spaces of other widths, or characters that show nothing. */
const isBlank = (text: string): boolean =>
  /^[\s\p{C}\p{Z}\p{M}\u2800\u3164\u115f\u1160]*$/u.test(text);

const isThis = (device: string, id: string): boolean =>
  device.endsWith("*") ? id.startsWith(device.slice(0, -1)) : id === device;
