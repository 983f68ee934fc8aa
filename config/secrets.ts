/** A secret of 16 bytes as the settings name it: its hex digits, or the file or variable they are in. */
import { readFileSync } from "node:fs";
import { MycelError } from "../runtime/errors.ts";

export const SECRET_HELP = "allowed: 32 hex digits, file:PATH or env:NAME";

const HEX = /^[0-9a-f]{32}$/i;

export const isSecret = (text: string): boolean => HEX.test(text) || /^(file|env):./.test(text);

/** 32 hex digits; throws `E_CONFIG_INVALID` when there are none where `text` points. */
export function readSecret(
  text: string,
  path: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const where = text.slice(text.indexOf(":") + 1);
  let found: string | undefined = text;
  try {
    if (text.startsWith("file:")) found = readFileSync(where, "utf8");
    else if (text.startsWith("env:")) found = environment[where];
  } catch (cause) {
    throw new MycelError("E_CONFIG_INVALID", `${path}: cannot read ${where}.`, { path }, cause);
  }
  const digits = found?.trim() ?? "";
  if (HEX.test(digits)) return digits.toLowerCase();
  // The text itself is never told: it may be most of a secret.
  throw new MycelError("E_CONFIG_INVALID", `${path}: there are no 32 hex digits at its place.`, {
    path,
  });
}
