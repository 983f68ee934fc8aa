/**
 * What the scripted model does about what: rows in the seed's order, the first match of a zone first. A row is
 * met by an event's kind in a line `- [zone] kind: …`, or by a line that matches all words of one language.
 */
export type Language = "ja" | "en";
type Texts = Readonly<Record<Language, string>>;

export type ScriptedAct =
  | {
      readonly tool: "create_task";
      readonly title: Texts;
      readonly description: Texts;
      readonly bounty: number;
      readonly urgency: number;
      readonly taskTypes: string;
    }
  | { readonly tool: "speak"; readonly message: Texts; readonly tone: string };

export interface ScriptedRule {
  readonly kinds: readonly string[];
  /** A line must match every one of them. */
  readonly words: readonly RegExp[];
  /** What it says it thinks. */
  readonly thought: Texts;
  readonly act: ScriptedAct;
}

/** Bounties by the seed's table 2; the first is that of its chapter 11. */
export const SCRIPTED_RULES: readonly ScriptedRule[] = [
  {
    kinds: ["high_temperature"],
    words: [/temperature|気温|温度|室温|高温/i, /\bhot\b|above|高|暑|\b3\d(\.\d+)?\s*(°C|℃|度)/i],
    thought: {
      en: "It is too hot; people can cool the room.",
      ja: "高温です。人に室温を下げてもらいます。",
    },
    act: {
      tool: "create_task",
      title: { en: "Cool the room down", ja: "室温を下げてください" },
      description: {
        en: "It is hotter than it should be. Please switch on the air conditioning or open a window.",
        ja: "室温が基準を超えています。エアコンをつけるか、窓を開けてください。",
      },
      bounty: 1_500,
      urgency: 3,
      taskTypes: "environment",
    },
  },
  {
    kinds: ["co2_threshold_exceeded"],
    words: [/co2|二酸化炭素/i, /ventilat|above|換気|超|\b[1-9]\d{3,}\s*ppm/i],
    thought: {
      en: "The air is used up; it needs changing.",
      ja: "CO2濃度が高いため、換気が必要です。",
    },
    act: {
      tool: "create_task",
      title: { en: "Air the room", ja: "換気をしてください" },
      description: {
        en: "There is too much CO2 in the air. Please open a window for a while.",
        ja: "CO2濃度が基準を超えています。しばらく窓を開けてください。",
      },
      bounty: 1_000,
      urgency: 2,
      taskTypes: "environment",
    },
  },
  {
    kinds: [],
    words: [/coffee|コーヒー/i, /empty|out of|refill|\b0\b|空|補充|切れ/i],
    thought: { en: "The coffee is running out.", ja: "コーヒー豆がなくなりました。" },
    act: {
      tool: "create_task",
      title: { en: "Refill the coffee beans", ja: "コーヒー豆を補充してください" },
      description: {
        en: "The coffee machine has no beans left. Please refill it.",
        ja: "コーヒーマシンの豆がありません。補充をお願いします。",
      },
      bounty: 1_000,
      urgency: 1,
      taskTypes: "supply",
    },
  },
  {
    kinds: [],
    words: [/humidity|湿度/i, /\blow\b|\bdry\b|below|低|乾燥/i],
    thought: { en: "The air is too dry.", ja: "空気が乾燥しています。" },
    act: {
      tool: "create_task",
      title: { en: "Moisten the air", ja: "加湿をしてください" },
      description: {
        en: "The air is too dry. Please switch on the humidifier.",
        ja: "湿度が基準を下回っています。加湿器をつけてください。",
      },
      bounty: 1_200,
      urgency: 2,
      taskTypes: "environment",
    },
  },
  {
    kinds: ["sedentary_alert"],
    words: [/sedentary|not moved|座り|姿勢/i],
    thought: { en: "Someone has been sitting for long.", ja: "長く座り続けている人がいます。" },
    act: {
      tool: "speak",
      message: {
        en: "You have been sitting for quite a while. How about a little stretch?",
        ja: "長く座っていますね。少し立って、体を伸ばしませんか。",
      },
      tone: "caring",
    },
  },
  {
    kinds: ["sensor_tamper"],
    words: [/tamper|急変|いたずら/i],
    thought: {
      en: "A sensor jumped as if someone had touched it.",
      ja: "センサーの値が急に変わりました。",
    },
    act: {
      tool: "speak",
      message: {
        en: "My sensor just had a surprise. Is someone playing with it?",
        ja: "センサーがびっくりしています。どなたか触りましたか。",
      },
      tone: "humorous",
    },
  },
  {
    kinds: ["person_entered"],
    words: [/someone entered|入室/i],
    thought: { en: "Someone came in; a greeting is due.", ja: "入室がありました。挨拶します。" },
    act: {
      tool: "speak",
      message: {
        en: "Hello! I keep an eye on the room for you.",
        ja: "こんにちは。お部屋の環境を見守っています。",
      },
      tone: "neutral",
    },
  },
];

export const CLOSINGS = {
  normal: {
    en: "All is within its normal range; there is nothing to do.",
    ja: "環境は正常範囲内です。対応の必要はありません。",
  },
  alreadyAsked: {
    en: "This is being taken care of already.",
    ja: "すでに対応中の件です。新たな対応は行いません。",
  },
  done: {
    en: "That is set going; I keep watching.",
    ja: "対応を実行しました。引き続き監視します。",
  },
  failed: {
    en: "That did not succeed; I keep watching.",
    ja: "対応できませんでした。引き続き監視します。",
  },
} as const satisfies Readonly<Record<string, Texts>>;
