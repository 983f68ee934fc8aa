/**
 * The system message: a file of the operator's, or the one that comes with Mycel. Looked at before each
 * cycle and read again when it has changed; a file that cannot be read leaves the last text in force.
 */
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Language } from "./tools.ts";

/** A prompt that is longer leaves no room for the office. */
export const CONSTITUTION_CHARS_MAX = 20_000;

const bundled = (language: Language): string =>
  fileURLToPath(new URL(`../../config/prompts/constitution.${language}.md`, import.meta.url));

export interface ConstitutionText {
  readonly text: string;
  /** Why the file was not taken; undefined: it was. */
  readonly fault: string | undefined;
}

export function constitution(language: Language, file: string | undefined): () => ConstitutionText {
  let text = "";
  let changedAtMs = Number.NaN;
  return () => {
    const path = file ?? bundled(language);
    try {
      const { mtimeMs } = statSync(path);
      if (mtimeMs !== changedAtMs) {
        const read = readFileSync(path, "utf8").trim();
        if (read === "") return fallback(`${path} is empty`);
        if (read.length > CONSTITUTION_CHARS_MAX) {
          return fallback(`${path} is longer than ${CONSTITUTION_CHARS_MAX} characters`);
        }
        text = read;
        changedAtMs = mtimeMs;
      }
      return { text, fault: undefined };
    } catch (cause) {
      return fallback(`${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`);
    }
  };

  function fallback(fault: string): ConstitutionText {
    if (text === "") text = readFileSync(bundled(language), "utf8").trim();
    return { text, fault };
  }
}
