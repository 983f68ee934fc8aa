/** A secret of 16 bytes as the settings name it: its hex digits, or the file or variable they are in. */
import { readFileSync } from "node:fs";
import { MycelError } from "../runtime/errors.ts";

export const SECRET_HELP = "allowed: 32 hex digits, file:PATH or env:NAME";

const HEX = /^[0-9a-f]{32}$/i;

export const isSecret = (text: string): boolean => HEX.test(text) || /^(file|env):./.test(text);

/** A key as a provider gives it, of one line; undefined when there is none at `place`, `env:NAME` or `file:PATH`. */
export function readKey(
  place: string,
  path: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const where = place.slice(place.indexOf(":") + 1);
  try {
    const found = place.startsWith("file:") ? readFileSync(where, "utf8") : environment[where];
    const key = found?.trim() ?? "";
    return key === "" || /[^\x21-\x7e]/.test(key) ? undefined : key;
  } catch (cause) {
    throw new MycelError("E_CONFIG_INVALID", `${path}: cannot read ${where}.`, { path }, cause);
  }
}

/** 32 hex digits; throws `E_CONFIG_INVALID` when there are none where `text` points. */
export function readSecret(
  text: string,
  path: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const digits = resolve(text, path, environment);
  if (HEX.test(digits)) return digits.toLowerCase();
  // The text itself is never told: it may be most of a secret.
  throw new MycelError("E_CONFIG_INVALID", `${path}: there are no 32 hex digits at its place.`, {
    path,
  });
}

function resolve(
  text: string,
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const where = text.slice(text.indexOf(":") + 1);
  let found: string | undefined = text;
  try {
    if (text.startsWith("file:")) found = readFileSync(where, "utf8");
    else if (text.startsWith("env:")) found = environment[where];
  } catch (cause) {
    throw new MycelError("E_CONFIG_INVALID", `${path}: cannot read ${where}.`, { path }, cause);
  }
  return found?.trim() ?? "";
}

const HASH = /^scrypt(?:\$\d{1,9}){3}(?:\$[A-Za-z0-9+/=]{22,128}){2}$/;

export const HASH_HELP =
  "allowed: scrypt$… as `mycel mqtt-user add` prints it, file:PATH or env:NAME";

export const isHash = (text: string): boolean => HASH.test(text) || /^(file|env):./.test(text);

/** A password's hash; throws `E_CONFIG_INVALID` when there is none where `text` points. */
export function readHash(
  text: string,
  path: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const found = resolve(text, path, environment);
  if (HASH.test(found)) return found;
  throw new MycelError("E_CONFIG_INVALID", `${path}: there is no scrypt$… hash at its place.`, {
    path,
  });
}
