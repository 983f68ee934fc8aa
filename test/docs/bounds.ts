/**
 * The bounds of the code, found by their names and forms in the sources, so that a new one cannot be
 * forgotten in `docs/limits.md`.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FRAME, STREAM } from "../../firmware/wire/frame-types.ts";
import { MESSAGE_BYTES_MAX } from "../../runtime/threads/shared-layout.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Constant {
  /** From the root: `actors/hub/hub.ts`. */
  readonly file: string;
  readonly name: string;
  readonly type: string;
  readonly expression: string;
}

const SOURCES = ["mycel.mjs", "{actors,config,firmware,runtime,transports,web/src}/**/*.{ts,tsx}"];
const CONSTANT = /^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: ([^=]+?))? =\s([^;]+);/gm;

export const constants: readonly Constant[] = globSync(SOURCES, { cwd: ROOT })
  .sort()
  .flatMap((file) =>
    [...withoutComments(readFileSync(`${ROOT}${file}`, "utf8")).matchAll(CONSTANT)].map(
      ([, name = "", type = "", expression = ""]) => ({ file, name, type, expression }),
    ),
  );

/** A comment within a constant may have a semicolon. */
function withoutComments(source: string): string {
  return source.replaceAll(/\/\*\*? [\s\S]*?\*\//g, "");
}

/**
 * What must be in the list: all of the kernel's limits, and elsewhere whatever is called a bound. (The
 * one mailbox called a default has its number in the kernel's limits.)
 */
export const isBound = ({ file, name, type, expression }: Constant): boolean =>
  file === "runtime/limits.ts" ||
  /_(?:MAX|MIN|KEPT)$|_MAX_|_TIMEOUT_MS$/.test(name) ||
  (/^(?:MailboxSpec|RestartIntensity|Supervision)\b/.test(type) && !/_DEFAULT$/.test(name)) ||
  expression.startsWith("{ restartsMax:");

/** Its value, worked out from the source: most bounds are not exported. */
export function evaluated(constant: Constant): unknown {
  const known: Record<string, unknown> = { FRAME, STREAM, MESSAGE_BYTES_MAX };
  for (const other of constants) {
    if (other.file !== constant.file) continue;
    if (other.name === constant.name) break;
    try {
      known[other.name] = evaluate(other.expression, known);
    } catch {
      // Built from parts that play no role in a bound.
    }
  }
  return evaluate(constant.expression, known);
}

const evaluate = (expression: string, known: Readonly<Record<string, unknown>>): unknown =>
  new Function(
    ...Object.keys(known),
    `"use strict"; return (${expression.replace(/\s(?:as const|satisfies [\w<>[\]]+)\s*$/, "")});`,
  )(...Object.values(known));
