/**
 * An event as a line of the prompt: `- [main] high_temperature: sentence (EVENT-ID)`. What a person wrote
 * stands in «…», whatever the event's own sentence does with it.
 */
import { REPORT_STATUSES } from "../../task/messages.ts";
import type { OfficeEvent } from "../../zone/messages.ts";
import type { Provenance } from "../messages.ts";
import { provenanceOf } from "../safety/warrants.ts";
import type { Language } from "../tools.ts";
import { plain, quoted } from "./quote.ts";

const SENTENCE_CHARS_MAX = 240;

export function eventLine(event: OfficeEvent, language: Language): string {
  const { zone, kind, id } = event;
  return `- [${zone ?? "node"}] ${kind}: ${sentence(event, language)} (${id})\n`;
}

/** A report carries a person's words, whoever brings it. */
export const eventProvenance = (event: OfficeEvent): Provenance =>
  event.kind === "task_report" ? "person" : provenanceOf(event);

function sentence(event: OfficeEvent, language: Language): string {
  const { kind, data } = event;
  if (kind === "task_report") return reportSentence(data, language);
  const japanese = language === "ja" ? JAPANESE[kind]?.(data) : undefined;
  const said = japanese ?? event.message;
  // It holds the name of an unknown device, who chose it.
  return provenanceOf(event) === "stranger"
    ? quoted(said, SENTENCE_CHARS_MAX)
    : plain(said, SENTENCE_CHARS_MAX);
}

type Data = OfficeEvent["data"];

function reportSentence(data: Data, language: Language): string {
  // An MQTT client may write a report of its own: the status is one of four, or it is a text.
  const status = String(data["reportStatus"]);
  const known = (REPORT_STATUSES as readonly string[]).includes(status)
    ? status
    : quoted(status, 40);
  const title = quoted(String(data["title"] ?? ""), 120);
  const note = String(data["completionNote"] ?? "");
  const said = note === "" ? "" : ` ${quoted(note)}`;
  return language === "ja"
    ? `${title} の報告: ${known}${said}`
    : `${title} was reported as ${known}${said}`;
}

const number = (value: Data[string] | undefined, digits = 1): string =>
  typeof value === "number" ? String(Number(value.toFixed(digits))) : "?";

/** Which limit was exceeded stands in the data; without a row the event's own English sentence is taken. */
const JAPANESE: Partial<Record<OfficeEvent["kind"], (data: Data) => string>> = {
  person_entered: ({ count }) => `入室がありました（現在${number(count)}人）`,
  person_exited: ({ count }) => `退室がありました（現在${number(count)}人）`,
  co2_threshold_exceeded: ({ value, limit }) =>
    `CO2濃度が${number(value, 0)}ppmに達しました（上限${number(limit)}ppm、換気推奨）`,
  high_temperature: ({ value, limit }) =>
    `気温が${number(value)}℃になり、上限${number(limit)}℃を超えました`,
  temp_spike: ({ value, before }) => `気温が${number(before)}℃から${number(value)}℃に急変しました`,
  sedentary_alert: ({ durationS }) =>
    `同じ姿勢が${number(typeof durationS === "number" ? durationS / 60 : undefined, 0)}分続いています`,
  sensor_tamper: ({ source, channel, change }) =>
    `センサー異常: ${String(source)} の ${String(channel)} が急に${number(change)}変化しました`,
  door_opened: ({ source }) => `ドア ${String(source)} が開きました`,
  door_closed: ({ source }) => `ドア ${String(source)} が閉まりました`,
};
