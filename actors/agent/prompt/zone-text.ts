/** A zone as the prompt shows it: a block of lines, or one line where room is short. */
import type { ZoneSituation } from "../../zone/messages.ts";
import { COMFORT, outOfRange } from "../comfort.ts";
import type { Words } from "./words.ts";

/** Channels shown beside the four that comfort is about; a zone may have as many as its devices invent. */
const OTHER_CHANNELS_MAX = 6;
const CHANNEL_NAME_CHARS_MAX = 32;

export function zoneBlock(situation: ZoneSituation, words: Words): string {
  const lines = [`### ${situation.zone}`, `- ${words.peopleLabel}: ${words.people(situation)}`];
  const { readings } = situation;
  for (const { channel } of COMFORT) {
    const fused = readings[channel];
    if (fused === undefined) continue;
    const [label, value] = words.channel[channel](fused.value);
    lines.push(`- ${label}: ${value}`);
  }
  if (readings["door"] !== undefined) {
    const [label, value] = words.door(readings["door"].value !== 0);
    lines.push(`- ${label}: ${value}`);
  }
  for (const [channel, fused] of otherChannels(situation)) {
    lines.push(`- ${channel.slice(0, CHANNEL_NAME_CHARS_MAX)}: ${Number(fused.value.toFixed(1))}`);
  }
  for (const found of outOfRange(situation)) lines.push(`- ${words.alert(found)}`);
  return `${lines.join("\n")}\n`;
}

export function zoneLine(situation: ZoneSituation, words: Words): string {
  const values = COMFORT.flatMap(({ channel }) => {
    const fused = situation.readings[channel];
    return fused === undefined ? [] : [words.channel[channel](fused.value)[1]];
  });
  return `- ${situation.zone}: ${[words.people(situation), ...values].join(words.comma)}\n`;
}

const SHOWN: ReadonlySet<string> = new Set([
  ...COMFORT.map(({ channel }) => channel),
  "door",
  "motion", // is in the count of people
]);

/** A foreign device names its channels as it likes: only names are let through. */
const otherChannels = ({ readings }: ZoneSituation) =>
  Object.entries(readings)
    .filter(([channel]) => !SHOWN.has(channel) && /^[a-z0-9_]+$/i.test(channel))
    .slice(0, OTHER_CHANNELS_MAX);
