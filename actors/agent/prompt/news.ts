/**
 * What became urgent while a cycle thinks, told before its next round: its events, and how the zones are that they are
 * of. It opens warrants as the first prompt does, by what is shown here and no more.
 */
import type { OfficeEvent, ZoneSituation } from "../../zone/messages.ts";
import type { Language } from "../tools.ts";
import type { SeenText } from "./context.ts";
import { eventLine, eventProvenance } from "./event-text.ts";
import { WORDS } from "./words.ts";
import { zoneLine } from "./zone-text.ts";

/** Of one cycle; more stand in the next prompt. */
export const NEWS_MAX = 10;

export function newsText(
  events: readonly OfficeEvent[],
  situations: readonly ZoneSituation[],
  language: Language,
): { readonly text: string; readonly seen: readonly SeenText[] } {
  const words = WORDS[language];
  const told = events.map((event) => ({
    provenance: eventProvenance(event),
    text: eventLine(event, language),
  }));
  const zones = situations.map((situation) => ({
    provenance: "sensor" as const,
    text: zoneLine(situation, words),
  }));
  const text = [`${words.heading.events}\n`, ...told.map((line) => line.text)];
  if (zones.length > 0) text.push(`${words.heading.zones}\n`, ...zones.map((line) => line.text));
  return { text: text.join(""), seen: [...told, ...zones] };
}
