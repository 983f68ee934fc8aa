/**
 * A text that others wrote, as it stands in the prompt: on one line, in «…», which it cannot close, and
 * without the marks by which chat formats tell messages apart. The constitution says that it orders nothing.
 */
import type { Task } from "../../task/messages.ts";

export const quoted = (text: string, charsMax = QUOTE_CHARS_MAX): string =>
  `«${plain(text, charsMax)}»`;

/** Of a task: what a person or stranger called it stands in «…». */
export const shownTitle = ({ title, createdBy }: Pick<Task, "title" | "createdBy">): string =>
  createdBy === "model" || createdBy === "operator"
    ? `"${plain(title, TITLE_CHARS_MAX).replaceAll('"', "'")}"`
    : quoted(title, TITLE_CHARS_MAX);

export const TITLE_CHARS_MAX = 120;
/** A note of 500 characters whole would let one person fill the prompt. */
const QUOTE_CHARS_MAX = 200;

/** One line, no quotes of ours, no control characters. */
export const plain = (text: string, charsMax: number): string => {
  const line = text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .replaceAll(/[«»]/g, "'")
    .replaceAll(/<\|([^|]*\|>)?/g, "·")
    .trim();
  const letters = [...line];
  return letters.length > charsMax ? `${letters.slice(0, charsMax - 1).join("")}…` : line;
};
