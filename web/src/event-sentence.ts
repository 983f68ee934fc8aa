/**
 * What happened, in the page's language: made of an event's kind and data. The node's own sentence, which is English,
 * stands where there are no words for a kind or its data lacks what they tell.
 */
import type { Event } from "../../transports/http/contract.ts";
import { channelTitle } from "./channels.ts";
import {
  commandTitle,
  formatAge,
  formatInteger,
  formatValue,
  refusalWords,
  titleOf,
} from "./format.ts";
import { language, t, wordOf } from "./strings.ts";

/** `leafName`: as it is called now; without it the event's own names do. */
export function sentenceOf(event: Event, leafName?: string): string {
  const isUnanswered = event.kind === "command_expired" && event.data["sent"] === true;
  const said = isUnanswered ? "command_unanswered" : event.kind;
  const words = wordOf("said", said, valuesOf(event, leafName));
  return words === undefined || UNFILLED.test(words) ? event.message : words;
}

/** The node's own sentence, which says a little more; for those who read the node's language. */
export const ownWordsOf = (event: Event): string | undefined =>
  language() === "en" ? event.message : undefined;

const UNFILLED = /\{\w+\}/;

function valuesOf({ zone, hub, leafId, data }: Event, leafName?: string): Record<string, string> {
  const { count, source, batteryMv, durationS, quarantineMs, reportStatus } = data;
  const channel = typeof data["channel"] === "string" ? data["channel"] : undefined;
  const measured = (name: string): Record<string, string> => {
    const value = data[name];
    if (channel === undefined || typeof value !== "number") return {};
    return { [name]: formatValue(channel, value) };
  };
  const leaf =
    leafName ?? source ?? (hub === null || leafId === null ? undefined : `${hub} ${leafId}`);
  return {
    ...(zone !== null && { zone: titleOf(zone) }),
    ...(hub !== null && { hub }),
    ...(leaf !== undefined && { leaf: String(leaf) }),
    ...(channel !== undefined && { channel: channelTitle(channel) }),
    ...measured("value"),
    ...measured("before"),
    ...measured("limit"),
    ...measured("change"),
    ...(typeof count === "number" && {
      people: t("header.people", { count }),
    }),
    ...(typeof batteryMv === "number" && { battery: `${formatInteger(batteryMv)} mV` }),
    ...(typeof durationS === "number" && { time: formatAge(durationS * 1_000) }),
    ...(typeof quarantineMs === "number" && { time: formatAge(quarantineMs) }),
    ...(typeof data["code"] === "string" && { code: data["code"] }),
    ...(data["command"] !== undefined && { command: commandTitle(String(data["command"])) }),
    ...(typeof data["reason"] === "string" && { reason: refusalWords(data["reason"]) }),
    ...(typeof data["title"] === "string" && { title: data["title"] }),
    ...(typeof reportStatus === "string" && {
      report: wordOf("report", reportStatus) ?? reportStatus,
    }),
  };
}
