/** What is said about a task where no voice has better words: plain sentences, spoken by the page itself. */
import type { Spoken, Task } from "./messages.ts";

export type Language = "ja" | "en";

interface Texts {
  readonly announcement: string;
  readonly completion: string;
  readonly reminder: string;
}

/** Urgency 4 and 3 are said first, as the seed's voice does. */
const PREFIXES: Readonly<Record<Language, readonly [emergency: string, urgent: string]>> = {
  ja: ["【緊急】", "至急、"],
  en: ["Emergency: ", "Urgent: "],
};

export function textsOf(
  { title, zone, bounty, urgency }: Pick<Task, "title" | "zone" | "bounty" | "urgency">,
  language: Language,
): Texts {
  const [emergency, urgent] = PREFIXES[language];
  const prefix = urgency >= 4 ? emergency : urgency >= 3 ? urgent : "";
  if (language === "ja") {
    const place = zone === null ? "" : `${zone}で、`;
    return {
      announcement: `${prefix}${place}${title}をお願いします。報酬は${bounty}ポイントです。`,
      completion: `${title}、ありがとうございました。${bounty}ポイントをお渡しします。`,
      reminder: `${prefix}${title}がまだ残っています。お願いできますか。`,
    };
  }
  const place = zone === null ? "" : ` in ${zone}`;
  return {
    announcement: `${prefix}${title}${place}, please. It earns ${bounty} points.`,
    completion: `Thank you: ${title} is done. You get ${bounty} points.`,
    reminder: `${prefix}${title}${place} is still to be done. Can somebody help?`,
  };
}

/** Without sound: the page's own speech says it. */
export const silent = (text: string): Spoken => ({ text, audioUrl: null, durationS: null });
