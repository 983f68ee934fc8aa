/**
 * What happened, in the page's language: made of an event's kind and data. The node's own sentence, which is English,
 * stands where there are no words for a kind or its data lacks what they tell.
 */
import type { Event } from "../../transports/http/contract.ts";
import { channelTitle } from "./channels.ts";
import { formatAge, formatInteger, formatValue, titleOf } from "./format.ts";
import { plural, wordOf } from "./strings.ts";

/** `leafName`: as it is called now; without it the event's own names do. */
export function sentenceOf(event: Event, leafName?: string): string {
  const words = wordOf("said", event.kind, valuesOf(event, leafName));
  return words === undefined || UNFILLED.test(words) ? event.message : words;
}

const UNFILLED = /\{\w+\}/;

function valuesOf({ zone, hub, leafId, data }: Event, leafName?: string): Record<string, string> {
  const { count, source, batteryMv, durationS, reportStatus } = data;
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
    ...(leaf !== undefined && { leaf: String(leaf) }),
    ...(channel !== undefined && { channel: channelTitle(channel) }),
    ...measured("value"),
    ...measured("before"),
    ...measured("limit"),
    ...measured("change"),
    ...(typeof count === "number" && {
      people: plural(count, "header.person", "header.people"),
    }),
    ...(typeof batteryMv === "number" && { battery: `${formatInteger(batteryMv)} mV` }),
    ...(typeof durationS === "number" && { time: formatAge(durationS * 1_000) }),
    ...(typeof data["title"] === "string" && { title: data["title"] }),
    ...(typeof reportStatus === "string" && {
      report: wordOf("report", reportStatus) ?? reportStatus,
    }),
  };
}
