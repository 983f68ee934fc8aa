/**
 * The page's words in the language someone chose, else the browser's. What the node says in words of its own
 * (descriptions, texts of tasks) comes as it is; what it says by codes is worded here.
 *
 *   words/en/tasks.ts, words/ja/tasks.ts ──t("tasks.accept")──▶ components, made anew by main.tsx when the language changes
 */
import { useSyncExternalStore } from "react";
import { en, type StringKey } from "./words/en.ts";
import { ja } from "./words/ja.ts";

export type { StringKey } from "./words/en.ts";

export const WORDS = { en, ja } as const;
export type Language = keyof typeof WORDS;
export const LANGUAGES: readonly Language[] = ["en", "ja"];

const REMEMBERED = "mycel.language";
const isLanguage = (name: string | null | undefined): name is Language =>
  name !== null && name !== undefined && Object.hasOwn(WORDS, name);

const listeners = new Set<() => void>();
let current: Language = remembered() ?? ofBrowser();

export const language = (): Language => current;
export const useLanguage = (): Language => useSyncExternalStore(subscribe, language);

export function setLanguage(next: Language): void {
  current = next;
  try {
    localStorage.setItem(REMEMBERED, next);
  } catch {
    // Storage may be forbidden: the choice then lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

/** The words of `key`: `{name}` is filled from `values`, `{name|task|tasks}` is the first for exactly one. */
export function t(key: StringKey, values: Readonly<Record<string, string | number>> = {}): string {
  return WORDS[current][key].replace(
    /\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g,
    (whole, name: string, one?: string, many?: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return one === undefined || many === undefined
        ? String(value)
        : String(value) === "1"
          ? one
          : many;
    },
  );
}

/** The words of a code that the node sends (`refusal.alreadyAccepted`); undefined where there are none. */
export function wordOf(
  prefix: string,
  code: string,
  values?: Readonly<Record<string, string | number>>,
): string | undefined {
  const key = `${prefix}.${code}`;
  return Object.hasOwn(en, key) ? t(key as StringKey, values) : undefined;
}

function remembered(): Language | undefined {
  try {
    // Outside of a page (tests of pure parts) there is no such thing.
    const name = "document" in globalThis ? localStorage.getItem(REMEMBERED) : null;
    return isLanguage(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** The browser's first language that we have. */
function ofBrowser(): Language {
  const tags = navigator.languages.map((tag) => tag.split("-", 1)[0]);
  return tags.find(isLanguage) ?? "en";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
