/** Codes of the wire and their names, both ways. A code without a name is `unknown_0x3f`. */
import {
  ACTUATORS,
  CHANNELS,
  COMMANDS,
  HARDWARE,
  MESSAGE_TYPES,
} from "../../firmware/wire/frame-types.ts";
import { OUTCOMES, SEALED_TYPES } from "../../firmware/wire/sealed-types.ts";

const channelCodes = Object.fromEntries(
  Object.entries(CHANNELS).map(([name, { code }]) => [name, code]),
);

const channels = twoWays(channelCodes);
const capabilities = twoWays({ ...channelCodes, ...ACTUATORS });
const hardwares = twoWays(HARDWARE);
const outcomes = twoWays(OUTCOMES);

/** `temperature`, `unknown_0x3f`; for any code 0..255. */
export const channelName = channels.nameOf;
export const channelCode = channels.codeOf;
export const capabilityName = capabilities.nameOf;
export const capabilityCode = capabilities.codeOf;
export const hardwareName = hardwares.nameOf;
export const hardwareCode = hardwares.codeOf;
/** Of a RESULT of wire v2. */
export const outcomeName = outcomes.nameOf;
export const outcomeCode = outcomes.codeOf;

/** Undefined for a code that wire v1 does not know. */
export const messageTypeName = namesOnly(MESSAGE_TYPES);
/** The same for wire v2. */
export const sealedTypeName = namesOnly(SEALED_TYPES);
export const commandName = namesOnly(
  Object.fromEntries(Object.entries(COMMANDS).map(([name, { id }]) => [name, id])) as Record<
    keyof typeof COMMANDS,
    number
  >,
);

function twoWays(codes: Readonly<Record<string, number>>) {
  const codeByName = new Map<string, number>();
  const nameByCode: string[] = [];
  for (let code = 0; code < 256; code++) {
    nameByCode.push(`unknown_0x${code.toString(16).padStart(2, "0")}`);
  }
  for (const [name, code] of Object.entries(codes)) nameByCode[code] = name;
  for (const [code, name] of nameByCode.entries()) codeByName.set(name, code);
  return {
    nameOf: (code: number): string => nameByCode[code] as string,
    codeOf: (name: string): number | undefined => codeByName.get(name),
  };
}

function namesOnly<Name extends string>(codes: Readonly<Record<Name, number>>) {
  const nameByCode = new Map<number, Name>();
  for (const name of Object.keys(codes) as Name[]) nameByCode.set(codes[name], name);
  return (code: number): Name | undefined => nameByCode.get(code);
}
