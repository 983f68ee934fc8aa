/**
 * The arguments of `leaf_command` as the seed's agents write them, as an order that a hub takes.
 *
 *   {leaf_id: "leaf_3" | 3 | "3", command: "set_state", args: {state: "on"}} ──▶ {leaf, command, args}
 *
 * What does not fit is told in a sentence of the seed's form; nothing is guessed, since a relay switched
 * by mistake is worse than one that is not switched.
 */
import { COMMANDS, type CommandName } from "../../firmware/wire/frame-types.ts";
import { err, ok, type Result } from "../../runtime/result.ts";

export interface LeafWords {
  /** Its id or its name. */
  readonly leaf: string;
  readonly command: CommandName;
  readonly args: Readonly<Record<string, number | boolean>>;
  /** How long the command may wait for its leaf; undefined: as long as the asker waits. */
  readonly expiresS: number | undefined;
}

/** A day: who wants more uses the API. */
const EXPIRES_S_MAX = 86_400;
const NAME_LENGTH_MAX = 64;

/** Names under which the seed's agents and our own wire know an argument, with what it is counted in. */
const NUMBERS: Partial<Record<CommandName, Readonly<Record<string, number>>>> = {
  set_pwm: { duty: 1, value: 1 },
  set_interval: { seconds: 1, interval: 1, interval_sec: 1, intervalS: 1 },
  deep_sleep: { ms: 1, duration_ms: 1, sleepMs: 1, seconds: 1_000 },
};

export function readLeafWords(given: Readonly<Record<string, unknown>>): Result<LeafWords, string> {
  const leaf = leafOf(given["leaf_id"]);
  if (leaf === undefined) return err("leaf_id must be a leaf's name or number");
  const command = given["command"];
  if (typeof command !== "string" || !Object.hasOwn(COMMANDS, command)) {
    return err(`unknown command: ${textOf(command)}`);
  }
  const words = given["args"] ?? {};
  if (typeof words !== "object" || Array.isArray(words)) return err("args must be an object");
  const args = argsOf(command as CommandName, words as Readonly<Record<string, unknown>>);
  if (!args.ok) return args;
  const expiresS = given["expires_s"];
  if (expiresS !== undefined && !isWithin(expiresS, 1, EXPIRES_S_MAX)) {
    return err(`expires_s must be a number of seconds from 1 to ${EXPIRES_S_MAX}`);
  }
  return ok({
    leaf,
    command: command as CommandName,
    args: args.value,
    expiresS: expiresS as number | undefined,
  });
}

function argsOf(
  command: CommandName,
  words: Readonly<Record<string, unknown>>,
): Result<LeafWords["args"], string> {
  const { field } = COMMANDS[command];
  if (field === undefined) return ok({});
  if (field === "on") {
    const on = onOrOff(words["state"] ?? words["on"]);
    if (on === undefined) return err(`${command} wants args {"state": "on"} or {"state": "off"}`);
    return ok({ on });
  }
  const names = NUMBERS[command] ?? {};
  for (const [name, factor] of Object.entries(names)) {
    const value = numberOf(words[name]);
    if (value === undefined) continue;
    const whole = Math.round(value * factor);
    const max = 256 ** COMMANDS[command].bytes - 1;
    if (!isWithin(whole, 0, max)) return err(`${name} must be from 0 to ${max / factor}`);
    return ok({ [field]: whole });
  }
  return err(`${command} wants a number in args: ${Object.keys(names).join(" or ")}`);
}

/** A number, or text; `swarm_hub_01.leaf_3`, as in topics, is the hub's caller's business. */
function leafOf(given: unknown): string | undefined {
  if (typeof given === "number") return Number.isInteger(given) ? String(given) : undefined;
  if (typeof given !== "string") return undefined;
  const text = given.trim();
  if (text === "" || text.length > NAME_LENGTH_MAX) return undefined;
  return /^\d+$/.test(text) ? String(Number(text)) : text;
}

/** The seed's "on", true and 1; and what plainly says the contrary. */
function onOrOff(given: unknown): boolean | undefined {
  const word = typeof given === "string" ? given.trim().toLowerCase() : given;
  if (word === "on" || word === true || word === 1 || word === "1" || word === "true") return true;
  const isOff = word === "off" || word === false || word === 0 || word === "0" || word === "false";
  return isOff ? false : undefined;
}

function numberOf(given: unknown): number | undefined {
  const value = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

const isWithin = (value: unknown, min: number, max: number): boolean =>
  typeof value === "number" && value >= min && value <= max;

const textOf = (value: unknown): string =>
  (typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing")).slice(
    0,
    NAME_LENGTH_MAX,
  );
