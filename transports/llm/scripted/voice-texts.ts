/**
 * Sentences for the voice, as a model without tools is asked for them. The kind is told by words of the prompt,
 * in both languages; a task's lines `Title:`, `Zone:`, `Bounty:`, `Urgency:` (タイトル, 場所, 報酬, 緊急度) are used
 * where they stand.
 */
import { CLOSINGS, type Language } from "./rules.ts";

interface VoiceOrder {
  readonly system: string;
  readonly prompt: string;
  readonly language: Language;
  /** Chooses among like sentences. */
  readonly turn: number;
}

type Kind = "rejection" | "completed" | "accepted" | "announcement";

/** The order is the seed's: a prompt about an ignored task speaks of the task too. */
const KINDS: readonly (readonly [Kind, RegExp])[] = [
  ["rejection", /reject|ignor|declin|拒否|無視|断ら/i],
  ["completed", /complet|finish|完了/i],
  ["accepted", /accept|受諾|受注|引き受け/i],
  ["announcement", /announc|task|アナウンス|告知|タスク|お知らせ/i],
];

export function voiceText(order: VoiceOrder): string {
  const kind =
    kindIn(/^\s*(?:kind|種類)\s*[:：]\s*(.+)$/im.exec(order.prompt)?.[1] ?? "") ??
    kindIn(order.system) ??
    kindIn(order.prompt);
  if (kind === undefined) return CLOSINGS.normal[order.language];
  return kind === "announcement"
    ? announcement(order)
    : pick(SENTENCES[kind][order.language], order.turn);
}

const kindIn = (text: string): Kind | undefined => KINDS.find(([, words]) => words.test(text))?.[0];

function announcement({ prompt, language }: VoiceOrder): string {
  const title = field(prompt, "title|タイトル") ?? "";
  const zone = field(prompt, "zone|location|場所|ゾーン");
  const bounty = field(prompt, "bounty|報酬");
  const urgency = Number(field(prompt, "urgency|緊急度") ?? 0);
  if (language === "ja") {
    const before = urgency >= 4 ? "【緊急】" : urgency >= 3 ? "至急、" : "";
    const where = zone === undefined ? "" : `${zone}で、`;
    const pay = bounty === undefined ? "" : `報酬は${bounty}ポイントです。`;
    return `${before}${where}${title === "" ? "お願いがあります" : `「${title}」をお願いします`}。${pay}`;
  }
  const before = urgency >= 4 ? "Urgent! " : urgency >= 3 ? "As soon as you can: " : "";
  const where = zone === undefined ? "" : ` in ${zone}`;
  const pay = bounty === undefined ? "" : ` It pays ${bounty} points.`;
  return `${before}${title === "" ? "there is a task for you" : title}${where}, please.${pay}`;
}

const field = (prompt: string, names: string): string | undefined =>
  new RegExp(`^[-\\s]*(?:${names})\\s*[:：]\\s*«?([^»\\n]{1,200})»?\\s*$`, "im")
    .exec(prompt)?.[1]
    ?.trim();

/** Ten beginnings by ten ends: the seed keeps a hundred rejections, at most 60 characters each. */
const pick = (
  [begins, ends]: readonly [readonly string[], readonly string[]],
  turn: number,
): string => {
  const count = begins.length * ends.length;
  const index = ((Math.trunc(turn) % count) + count) % count || 0;
  return `${begins[index % begins.length] ?? ""}${ends[Math.floor(index / begins.length)] ?? ""}`;
};

type Sentences = Readonly<Record<Language, readonly [readonly string[], readonly string[]]>>;

const SENTENCES: Readonly<Record<Exclude<Kind, "announcement">, Sentences>> = {
  rejection: {
    ja: [
      [
        "そうですか。",
        "残念です。",
        "わかりました。",
        "おやおや。",
        "なるほど。",
        "お忙しいですね。",
        "承知しました。",
        "あらら。",
        "ふむ。",
        "仕方ありません。",
      ],
      [
        "また声をかけますね。",
        "気が向いたらお願いします。",
        "別の方に聞いてみます。",
        "部屋はまだ待っています。",
        "私には手がないのです。",
        "報酬は逃げませんよ。",
        "次は期待しています。",
        "少し休んでからでも。",
        "忘れたころにまた来ます。",
        "センサーが泣いています。",
      ],
    ],
    en: [
      [
        "I see. ",
        "Too bad. ",
        "All right. ",
        "Oh dear. ",
        "Fair enough. ",
        "You are busy. ",
        "Understood. ",
        "Well, well. ",
        "Hmm. ",
        "Never mind. ",
      ],
      [
        "I shall ask again.",
        "Whenever you feel like it.",
        "I shall ask someone else.",
        "The room can wait a little.",
        "I have no hands, you know.",
        "The points stay where they are.",
        "Next time, I hope.",
        "Perhaps after a rest.",
        "I shall be back.",
        "My sensors are in tears.",
      ],
    ],
  },
  completed: {
    ja: [
      ["ありがとうございます。", "お疲れさまでした。", "助かりました。"],
      ["おかげで快適になります。", "報酬をお渡しします。", "記録しておきます。"],
    ],
    en: [
      ["Thank you. ", "Well done. ", "That helps. "],
      ["The room is the better for it.", "Your points are on their way.", "I have put it down."],
    ],
  },
  accepted: {
    ja: [
      ["ありがとうございます。", "承りました。", "助かります。"],
      ["よろしくお願いします。", "お気をつけて。", "お待ちしています。"],
    ],
    en: [
      ["Thank you. ", "Good. ", "That is kind. "],
      ["It is yours now.", "Take care.", "I shall wait for your report."],
    ],
  },
};
