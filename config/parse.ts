/** YAML text to a `Config`, or every mistake in it with its path. */
import { parseDocument, type YAMLParseError } from "yaml";
import type { z } from "zod";
import { err, ok, type Result } from "../runtime/result.ts";
import { findContradictions, type Mistake } from "./contradictions.ts";
import { type Config, configSchema } from "./schema.ts";

export function parseConfig(text: string): Result<Config, readonly Mistake[]> {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    return err(document.errors.map((error) => ({ path: "", message: sentence(error) })));
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    // The library's message has the value: it may be a password that begins with *.
    return err([{ path: "", message: BAD_ALIAS }]);
  }
  return validateConfig(value ?? {});
}

const BAD_ALIAS =
  "an alias (*name) has no anchor (&name) above it, or stands for too much; a text that begins with * needs quotes";

/** What went wrong and where, without the text that is there: it may be a secret. */
function sentence({ message, linePos }: YAMLParseError): string {
  const what = message.split(/(?<! ): | at line \d|\n/, 1)[0] ?? "";
  const at = linePos?.[0];
  return at === undefined ? what : `${what} at line ${at.line}, column ${at.col}`;
}

export function validateConfig(value: unknown): Result<Config, readonly Mistake[]> {
  const parsed = configSchema.safeParse(value);
  const contradictions = findContradictions(value);
  if (parsed.success && contradictions.length === 0) return ok(parsed.data);
  return err([...(parsed.error?.issues.flatMap(mistakesOf) ?? []), ...contradictions]);
}

function mistakesOf(issue: z.core.$ZodIssue): Mistake[] {
  return issue.code === "unrecognized_keys"
    ? issue.keys.map((key) => ({ path: dotted([...issue.path, key]), message: "no such setting" }))
    : [{ path: dotted(issue.path), message: issue.message }];
}

function dotted(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number"
        ? `${text}[${part}]`
        : text === ""
          ? String(part)
          : `${text}.${String(part)}`,
    "",
  );
}
