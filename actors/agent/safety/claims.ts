/**
 * Sentences of a model's last answer that say it has done something, where no tool's result says so: models like to
 * report what they meant to do. Such a sentence is marked in the record and on the page; it stops nothing.
 *
 *   last answer ──sentences──▶ rows of claims ──▶ a tool of the row was done in this cycle? ──no──▶ marked
 *
 * Rather one missed than one wrongly marked: what is denied, intended, asked or told of before is no claim.
 */
import type { ToolCallRecord } from "../messages.ts";
import type { ActingTool } from "./sanitizer.ts";

interface Row {
  /** Any of them, done, makes it true. */
  readonly tools: readonly ActingTool[];
  readonly says: RegExp;
}

const DID = "(?:(?:I|we)(?:'ve| have| just| also| now| then| already)*|,|and|then)";
const PASSIVE = "(?:has|have|had)(?: now| just| also)? been|(?:was|were|is|are)(?: now| just)?";
const THING =
  "(?:air ?con(?:ditioner|ditioning)?|AC|lights?|lamps?|pumps?|windows?|fans?|heat(?:er|ing)|cooling|thermostat|temperature|blinds?|ventilation|device|LED)";
const MOVED =
  "(?:turned (?:on|off|up|down)|switched (?:on|off)|set|adjusted|lowered|raised|started|stopped|opened|closed|activated|dimmed|commanded)";
const JA_THING =
  "(?:照明|ライト|電気|エアコン|空調|ポンプ|窓|換気扇|換気|暖房|冷房|設定温度|温度|ファン|ブラインド|加湿器|デバイス|機器)";
/** Done, told politely or plainly; not asked, not if. */
const JA_DONE =
  "(?:しました|いたしました|致しました|されました|した|済みです|済み|完了です)(?!か|ら)";

const ROWS: readonly Row[] = [
  {
    tools: ["create_task"],
    says: new RegExp(
      `\\b${DID} (?:created|posted|opened|added|issued|made|raised|registered|put up|set up) [^.]{0,40}\\b(?:task|ticket|request)s?\\b`,
      "i",
    ),
  },
  {
    tools: ["create_task"],
    says: new RegExp(
      `\\b(?:task|ticket|request)s?\\b[^.]{0,60} (?:${PASSIVE}) (?:created|posted|added|issued|made|raised|registered)\\b`,
      "i",
    ),
  },
  {
    tools: ["create_task"],
    says: /^\W*(?:created|posted|added|issued) (?:an?|the|\d+|one|two)\b[^.]{0,40}\b(?:task|ticket)s?\b/i,
  },
  {
    tools: ["create_task"],
    says: new RegExp(
      `タスク[^。]{0,30}(?:作成|登録|掲示|発行|追加|投稿|作り)(?:${JA_DONE}|ました(?!か|ら))`,
    ),
  },
  { tools: ["create_task"], says: new RegExp(`(?:作成|掲示|依頼を?(?:発行|登録|出))${JA_DONE}`) },
  {
    tools: ["speak", "create_task"],
    says: new RegExp(
      `\\b${DID} (?:announced|notified|informed|told|reminded|alerted|warned|asked|spoken to|spoke to) `,
      "i",
    ),
  },
  {
    tools: ["speak", "create_task"],
    says: new RegExp(
      `\\b(?:announcement|notice|reminder|notification|alert|people|everyone|staff|occupants?)\\b[^.]{0,30} (?:${PASSIVE}) (?:made|spoken|announced|given|played|broadcast|sent|notified|informed|told|alerted|reminded)\\b`,
      "i",
    ),
  },
  {
    tools: ["speak", "create_task"],
    says: /^\W*(?:announced|notified|informed) (?:it|this|the|everyone|people|staff|that)\b/i,
  },
  {
    tools: ["speak", "create_task"],
    says: new RegExp(
      `(?:アナウンス|放送|通知|お知らせ|声かけ|声掛け|お声がけ|お伝え|案内|発話|注意喚起)を?(?:${JA_DONE})|(?:伝え|呼びかけ|呼び掛け|知らせ)ました(?!か|ら)`,
    ),
  },
  {
    tools: ["send_device_command"],
    says: new RegExp(`\\b${DID} ${MOVED} [^.]{0,30}\\b${THING}\\b`, "i"),
  },
  {
    tools: ["send_device_command"],
    says: new RegExp(
      `\\b${DID} (?:turned|switched) [^.]{0,30}\\b${THING}\\b[^.]{0,10} (?:on|off|up|down)\\b`,
      "i",
    ),
  },
  {
    tools: ["send_device_command"],
    says: new RegExp(`\\b${THING}\\b[^.]{0,20} (?:${PASSIVE}) ${MOVED}\\b`, "i"),
  },
  {
    tools: ["send_device_command"],
    says: new RegExp(`^\\W*(?:turned|switched) (?:on|off) [^.]{0,20}\\b${THING}\\b`, "i"),
  },
  {
    tools: ["send_device_command"],
    says: new RegExp(
      `${JA_THING}[^。]{0,20}(?:(?:設定|変更|起動|停止|作動|調整|操作|点灯|消灯|オンに|オフに|ONに|OFFに)${JA_DONE}|(?:つけ|点け|消し|開け|閉め|下げ|上げ|動かし|止め)ました(?!か|ら))`,
    ),
  },
];

/** Denied, intended, wished for, asked of others, or of an earlier cycle. */
const NO_CLAIM: readonly RegExp[] = [
  /\b(?:not|never|no|neither|nor|cannot|unable|without|failed|refused|skipped)\b|n't\b/i,
  /\b(?:will|would|should|could|might|may|must|shall|going to|need to|needs to|want to|plan to|if|unless|once|until|whether|before)\b/i,
  /\b(?:already|earlier|previously|existing|last cycle|minutes ago|before)\b/i,
  /(?:ません|なかった|できず|せず|不要|必要はな|失敗|拒否|予定|つもり|べき|場合|もし|ください|すでに|既に|前回|先ほど|以前|分前)/,
];

/** Of an answer, in characters: a model's last word is a sentence or three. */
const TEXT_CHARS_MAX = 8_000;
export const CLAIMS_MAX = 8;
const CLAIM_CHARS_MAX = 200;

export function unfoundedClaims(
  text: string,
  calls: readonly Pick<ToolCallRecord, "tool" | "outcome">[],
): readonly string[] {
  const done = new Set(calls.flatMap(({ tool, outcome }) => (outcome === "done" ? [tool] : [])));
  const claims: string[] = [];
  for (const sentence of sentencesOf(text.slice(0, TEXT_CHARS_MAX))) {
    if (claims.length === CLAIMS_MAX) break;
    if (/[?？]$/.test(sentence) || NO_CLAIM.some((no) => no.test(sentence))) continue;
    const isUnfounded = ROWS.some(
      ({ tools, says }) => says.test(sentence) && !tools.some((tool) => done.has(tool)),
    );
    if (isUnfounded) claims.push(sentence.slice(0, CLAIM_CHARS_MAX));
  }
  return claims;
}

/** A point within a number ends none. */
const sentencesOf = (text: string): readonly string[] =>
  text
    .split(/(?<=[。！？!?\n]|\.(?!\d))/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
