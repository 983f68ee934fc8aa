/** Finds a node's settings: a file of the user's, or the office that comes with Mycel. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { MycelError } from "../runtime/errors.ts";
import { parseConfig } from "./parse.ts";
import type { Config } from "./schema.ts";

export const OFFICE_PRESET = fileURLToPath(new URL("./presets/office.yaml", import.meta.url));

/** Throws `E_CONFIG_INVALID` with one line a mistake. */
export function loadConfig(file: string): Config {
  const parsed = parseConfig(readText(file));
  if (parsed.ok) return parsed.value;
  const lines = parsed.error.map(
    ({ path, message }) => `  ${path === "" ? "" : `${path}: `}${message}`,
  );
  throw new MycelError(
    "E_CONFIG_INVALID",
    `${file} has ${lines.length} mistake${lines.length === 1 ? "" : "s"}:\n${lines.join("\n")}`,
    { file, mistakes: parsed.error },
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new MycelError(
      "E_CONFIG_INVALID",
      `Cannot read ${file}: check the path and its permissions.`,
      { file },
      cause,
    );
  }
}
