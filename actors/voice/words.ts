/**
 * Words for what the voice is to say: a model is asked for them, and plain sentences stand in for a model that
 * fails, takes too long or rambles.
 */
import type { ChatRequest, ModelPort } from "../../transports/llm/model-port.ts";
import type { Language } from "../../transports/speech/speech-port.ts";
import type { TaskWords } from "./messages.ts";

export const UTTERANCES = [
  "announcement",
  "completion",
  "task_accepted",
  "task_completed",
  "rejection",
] as const;
export type Utterance = (typeof UTTERANCES)[number];

/** The seed's: a sentence is 30 tokens, and words for a voice may be lively. */
const TOKENS_MAX = 100;
const TEMPERATURE = 0.8;
const MODEL_MS_MAX = 30_000;
/** What is said longer than this is not heard to its end. */
const WORDS_LENGTH_MAX = 160;
const REJECTION_LENGTH_MAX = 60;

export async function wordsFor(
  model: ModelPort,
  utterance: Utterance,
  language: Language,
  task: Partial<TaskWords>,
  seed: number,
): Promise<string> {
  const request = requestFor(utterance, language, task, seed);
  const answer = await model.chat(request, { signal: AbortSignal.timeout(MODEL_MS_MAX) });
  const words = answer.ok ? oneSentence(answer.value.content) : "";
  const lengthMax = utterance === "rejection" ? REJECTION_LENGTH_MAX : WORDS_LENGTH_MAX;
  return words === "" || words.length > lengthMax ? plainWords(utterance, language, task) : words;
}

/** Models like to think aloud first, to wrap their words in quotes and to go on in a second paragraph. */
const oneSentence = (content: string): string => {
  const said = content.replaceAll(/<(think(?:ing)?)>[\s\S]*?(?:<\/\1>|$)/gi, "");
  const [first = ""] = said.trim().split(/\n\s*\n/);
  const words = first.replaceAll(/\s+/g, " ").trim();
  return words.replace(/^["'「『“]+(.*?)["'」』”]+$/u, "$1");
};

const WANTED: Readonly<Record<Utterance, Readonly<Record<Language, string>>>> = {
  announcement: {
    ja: "次のタスクを職場の人に告知するアナウンスを、話し言葉で一文か二文で書いてください。",
    en: "Write the announcement of this task to the people of the office: one or two spoken sentences.",
  },
  completion: {
    ja: "次のタスクを完了してくれた人への感謝を、話し言葉で一文で書いてください。",
    en: "Write one spoken sentence of thanks for whoever completes this task.",
  },
  task_accepted: {
    ja: "タスクを引き受けてくれた人への一言を、話し言葉で書いてください。",
    en: "Write one short spoken sentence for whoever accepts a task.",
  },
  task_completed: {
    ja: "タスクを完了してくれた人への一言を、話し言葉で書いてください。",
    en: "Write one short spoken sentence for whoever completed a task.",
  },
  rejection: {
    ja: "タスクを無視した人への、責めない、少しおどけた一言を60文字以内で書いてください。",
    en: "Write one good-humoured sentence, at most 60 characters, for whoever ignores a task.",
  },
};

const KIND: Readonly<Record<Utterance, string>> = {
  announcement: "announcement",
  completion: "completed",
  task_accepted: "accepted",
  task_completed: "completed",
  rejection: "rejection",
};

function requestFor(
  utterance: Utterance,
  language: Language,
  { title, zone, bounty, urgency }: Partial<TaskWords>,
  seed: number,
): ChatRequest {
  // Titles may be anybody's words: they stand quoted, on one line.
  const quoted = title?.replaceAll(/[«»\s]+/g, " ").trim();
  const lines = [
    `Kind: ${KIND[utterance]}`,
    ...(quoted ? [`Title: «${quoted}»`] : []),
    ...(zone ? [`Zone: ${zone}`] : []),
    ...(bounty === undefined ? [] : [`Bounty: ${bounty}`]),
    ...(urgency === undefined ? [] : [`Urgency: ${urgency}`]),
  ];
  return {
    messages: [
      { role: "system", content: WANTED[utterance][language] },
      { role: "user", content: lines.join("\n") },
    ],
    tools: [],
    temperature: TEMPERATURE,
    tokensMax: TOKENS_MAX,
    seed,
  };
}

/** Urgency 4 and 3 are said first, as the seed's voice does. */
const PREFIXES: Readonly<Record<Language, readonly [emergency: string, urgent: string]>> = {
  ja: ["【緊急】", "至急、"],
  en: ["Emergency: ", "Urgent: "],
};

export function plainWords(
  utterance: Utterance,
  language: Language,
  { title = "", zone = null, bounty = 0, urgency = 0 }: Partial<TaskWords>,
): string {
  const [emergency, urgent] = PREFIXES[language];
  const prefix = urgency >= 4 ? emergency : urgency >= 3 ? urgent : "";
  const isJa = language === "ja";
  switch (utterance) {
    case "announcement": {
      if (isJa) {
        const place = zone === null ? "" : `${zone}で、`;
        return `${prefix}${place}${title}をお願いします。報酬は${bounty}ポイントです。`;
      }
      const place = zone === null ? "" : ` in ${zone}`;
      return `${prefix}${title}${place}, please. It earns ${bounty} points.`;
    }
    case "completion":
      return isJa
        ? `${title}、ありがとうございました。${bounty}ポイントをお渡しします。`
        : `Thank you: ${title} is done. You get ${bounty} points.`;
    case "task_accepted":
      return isJa ? "ありがとうございます。よろしくお願いします。" : "Thank you for taking it on.";
    case "task_completed":
      return isJa ? "お疲れさまでした。助かりました。" : "Well done, and thank you.";
    case "rejection":
      return isJa ? "わかりました。また今度お願いします。" : "All right. Another time, then.";
  }
}
