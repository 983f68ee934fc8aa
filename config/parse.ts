/** YAML text to a `Config`, or every mistake in it with its path. */
import { parseDocument } from "yaml";
import type { z } from "zod";
import { err, ok, type Result } from "../runtime/result.ts";
import { findContradictions, type Mistake } from "./contradictions.ts";
import { type Config, configSchema } from "./schema.ts";

export function parseConfig(text: string): Result<Config, readonly Mistake[]> {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    return err(
      document.errors.map((error) => ({ path: "", message: error.message.split("\n")[0] ?? "" })),
    );
  }
  return validateConfig(document.toJS({ maxAliasCount: 100 }) ?? {});
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
