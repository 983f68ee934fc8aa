/** The words of a prompt in both languages. Forms of lines are the same in both; headings and units differ. */
import type { ZoneSituation } from "../../zone/messages.ts";
import { type ComfortChannel, type OutOfRange, sideOf } from "../comfort.ts";
import type { Language } from "../tools.ts";

export interface Words {
  readonly heading: Readonly<
    Record<"note" | "zones" | "events" | "reports" | "tasks" | "actions", string>
  >;
  readonly none: string;
  readonly people: (situation: ZoneSituation) => string;
  readonly peopleLabel: string;
  /** Label and value of a channel that every office has. */
  readonly channel: Readonly<Record<ComfortChannel, (value: number) => readonly [string, string]>>;
  readonly door: (isOpen: boolean) => readonly [string, string];
  readonly alert: (found: OutOfRange) => string;
  readonly report: (id: number, status: string) => string;
  readonly minutesAgo: (minutes: number) => string;
  readonly more: (count: number, what: string) => string;
  readonly moreZones: (count: number, occupied: number, outOfRange: number) => string;
  readonly moreTasks: (count: number) => string;
  /** Words that one line of a zone joins its values with. */
  readonly comma: string;
}

const round = (value: number, digits: number): string => value.toFixed(digits);

const EN: Words = {
  heading: {
    note: "## Note of the operator",
    zones: "## Zones",
    events: "## Events",
    reports: "## Task reports",
    tasks: "## Active tasks",
    actions: "## Actions of the last 30 minutes",
  },
  none: "none",
  peopleLabel: "People",
  people: ({ occupancy, witness }) => {
    if (witness === undefined) return "unknown";
    if (occupancy === 0) return "nobody";
    return occupancy === 1 ? "1 person" : `${occupancy} people`;
  },
  channel: {
    temperature: (value) => ["Temperature", `${round(value, 1)} °C (${comfort(value, "en")})`],
    humidity: (value) => ["Humidity", `${round(value, 0)} %`],
    co2: (value) => [
      "CO2",
      `${round(value, 0)} ppm${sideOf("co2", value) === "high" ? " ⚠️ needs fresh air" : ""}`,
    ],
    illuminance: (value) => ["Light", `${round(value, 0)} lux`],
  },
  door: (isOpen) => ["Door", isOpen ? "open" : "closed"],
  alert: ({ channel, value, min, max, is }) => {
    const [label, text] = EN.channel[channel](value);
    const limits = Number.isFinite(max) ? `${min}-${max}` : `at least ${min}`;
    return `⚠️ ${label} too ${is}: ${text.split(" (")[0]?.split(" ⚠️")[0]} (should be ${limits})`;
  },
  report: (id, status) => `Task #${id} was reported as ${status}`,
  minutesAgo: (minutes) => (minutes < 1 ? "just now" : `${minutes} min ago`),
  more: (count, what) => `… ${count} more: ${what}`,
  moreZones: (count, occupied, outOfRange) =>
    `… ${count} more zones: ${occupied} with people, ${count - occupied} without, ${outOfRange === 0 ? "all in range" : `${outOfRange} out of range`}`,
  moreTasks: (count) => `… ${count} more`,
  comma: ", ",
};

const JA: Words = {
  heading: {
    note: "## オペレーターからの指示",
    zones: "## ゾーンの状態",
    events: "## 最近のイベント",
    reports: "## 対応が必要なタスク報告",
    tasks: "## アクティブなタスク",
    actions: "## 直近30分のアクション履歴",
  },
  none: "なし",
  peopleLabel: "状態",
  people: ({ occupancy, witness }) => {
    if (witness === undefined) return "在室不明";
    return occupancy === 0 ? "無人" : `${occupancy}人在室`;
  },
  channel: {
    temperature: (value) => ["気温", `${round(value, 1)}℃ (${comfort(value, "ja")})`],
    humidity: (value) => ["湿度", `${round(value, 0)}%`],
    co2: (value) => [
      "CO2",
      `${round(value, 0)}ppm${sideOf("co2", value) === "high" ? " ⚠️換気必要" : ""}`,
    ],
    illuminance: (value) => ["照度", `${round(value, 0)}lux`],
  },
  door: (isOpen) => ["ドア", isOpen ? "開" : "閉"],
  alert: ({ channel, value, min, max, is }) => {
    const [label, text] = JA.channel[channel](value);
    const limits = Number.isFinite(max) ? `${min}-${max}` : `${min}以上`;
    const name = ALERTS_JA[channel][is] ?? label;
    return `⚠️ ${name}: ${text.split(" (")[0]?.split(" ⚠️")[0]}（基準: ${limits}）`;
  },
  report: (id, status) => `タスク #${id} の報告: ${status}`,
  minutesAgo: (minutes) => (minutes < 1 ? "たった今" : `${minutes}分前`),
  more: (count, what) => `… 他${count}件: ${what}`,
  moreZones: (count, occupied, outOfRange) =>
    `… 他${count}ゾーン（在室${occupied}、無人${count - occupied}、${outOfRange === 0 ? "すべて基準内" : `基準外${outOfRange}`}）`,
  moreTasks: (count) => `… 他${count}件`,
  comma: "、",
};

const ALERTS_JA: Readonly<Record<ComfortChannel, Partial<Record<"high" | "low", string>>>> = {
  temperature: { high: "高温", low: "低温" },
  humidity: { high: "高湿度", low: "低湿度" },
  co2: { high: "CO2濃度超過" },
  illuminance: { low: "照度不足" },
};

/** The seed's words: cold, comfortable, hot. */
const COMFORT_WORDS = {
  en: { low: "cold", fine: "comfortable", high: "hot" },
  ja: { low: "寒い", fine: "快適", high: "暑い" },
} as const;

const comfort = (value: number, language: Language): string =>
  COMFORT_WORDS[language][sideOf("temperature", value) ?? "fine"];

export const WORDS: Readonly<Record<Language, Words>> = { en: EN, ja: JA };
