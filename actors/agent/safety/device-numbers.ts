/**
 * Numbers in the arguments of a device's tool, wherever they lie and however they are spelled. A device may
 * read `"9e1"`, `[90]` or `{"args": {"value": "90"}}` as 90, so every number that goes with a limited tool must be
 * within its limits; what has digits and is no plain number is refused.
 */

/** As deep as a command has reason to be. */
export const ARGUMENTS_DEPTH_MAX = 8;
/** Name who is meant, not how much. */
const NAMING = new Set(["agentid", "leafid", "leaf", "hub", "id", "zone", "deviceid"]);
/** By the name of a number, or beside it: 60 minutes are not 60 s. */
const OTHER_UNITS =
  /^(f|k|degf|degk|ms|m|h|d)$|fahrenheit|kelvin|minute|hour|week|(^|[a-z])(mins?|hrs?|days?)$|temp(erature)?[fk]$/;
const PLAIN_NUMBER = /^[+-]?\d{1,9}(\.\d{1,9})?(e[+-]?\d{1,2})?$/i;

interface Found {
  /** Whether the limited tool's name is a value or a key somewhere. */
  isNamed: boolean;
  readonly numbers: number[];
  /** What may be read as a number, but is not plainly one. */
  odd: string | undefined;
}

/** How often: what is within bounds once is not so sixty times. */
const AGAIN = /repeat|times|cycles|loops|rounds/;

/** A row of the sanitizer: of `tool_name`, or of a tool that hands on, as a hub's `leaf_command` does. */
export function numbersWithin(
  deviceTool: string,
  min: number,
  max: number,
  unit: string,
): (args: Readonly<Record<string, unknown>>) => string | undefined {
  const name = bare(deviceTool);
  const range = `${deviceTool} takes ${min} to ${max} ${unit}`;
  return (args) => {
    const found: Found = { isNamed: false, numbers: [], odd: undefined };
    walk(args, "", name, 0, found);
    if (!found.isNamed) return undefined;
    if (found.odd !== undefined) return `${range}; ${found.odd} is no plain number of ${unit}.`;
    const beyond = found.numbers.find((number) => !(number >= min && number <= max));
    if (beyond !== undefined) return `${range}, not ${beyond}.`;
    return found.numbers.length === 0 ? `${range}; it names no number.` : undefined;
  };
}

function walk(value: unknown, key: string, name: string, depth: number, found: Found): void {
  if (depth > ARGUMENTS_DEPTH_MAX) {
    found.isNamed = true;
    found.odd = "something nested this deep";
    return;
  }
  switch (typeof value) {
    case "number":
      if (!NAMING.has(key)) found.numbers.push(value);
      return;
    case "string":
      readText(value, key, name, found);
      return;
    case "object":
      if (value === null) return;
      for (const [inner, each] of Object.entries(value)) {
        const innerKey = Array.isArray(value) ? key : bare(inner);
        if (innerKey.includes(name)) found.isNamed = true;
        if (OTHER_UNITS.test(innerKey) || AGAIN.test(innerKey)) found.odd = quoted(inner);
        walk(each, innerKey, name, depth + 1, found);
      }
      return;
    default:
  }
}

function readText(text: string, key: string, name: string, found: Found): void {
  if (bare(text).includes(name)) {
    found.isNamed = true;
    // A name alone; with anything that has digits beside it, it is not.
    if (/\p{N}/u.test(text)) found.odd = quoted(text);
    return;
  }
  if (NAMING.has(key)) return;
  if (OTHER_UNITS.test(bare(text))) found.odd = quoted(text);
  const plain = text.normalize("NFKC").trim();
  if (PLAIN_NUMBER.test(plain)) found.numbers.push(Number(plain));
  else if (/\p{N}|∞|^[+-]?(nan|inf(inity)?)$/iu.test(plain)) found.odd = quoted(text);
}

/** `Set-Temperature`, `setTemperature` and `set_temperature` are one name to some device. */
const bare = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "");

const quoted = (text: string): string => JSON.stringify(text.slice(0, 40));
