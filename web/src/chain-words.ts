/** A line of an explanation in the page's language: its code's words, filled in with the words of its values' codes. */
import type { Event } from "../../transports/http/contract.ts";
import type { ChainLine } from "../../transports/http/office/explain-contract.ts";
import { channelTitle } from "./channels.ts";
import { sentenceOf } from "./event-sentence.ts";
import { commandTitle, formatValue, kindTitle, refusalWords, titleOf } from "./format.ts";
import { t, wordOf } from "./strings.ts";

/** What the node said in English, or others said in theirs, where there are no words for it. */
export function chainWords({ id, said, text }: ChainLine, events: readonly Event[]): string {
  if (said === undefined) return text;
  const event = said.code === "event" ? events.find((one) => one.id === id) : undefined;
  if (event !== undefined) return `${kindTitle(event.kind)}: ${sentenceOf(event)}`;
  const { code, values } = said;
  const worded = Object.entries(values).map(([name, value]) => [name, valueWords(name, value)]);
  const channel = values["channel"];
  const filled = {
    ...Object.fromEntries(worded),
    ...(typeof channel === "string" && {
      channel: channelTitle(channel),
      value: formatValue(channel, Number(values["value"])),
    }),
  };
  const words = wordOf("chain", code, filled);
  return words?.replaceAll(/ +/g, " ").replace(/ (?=[:：]|$)/g, "") ?? text;
}

/** Values of these names are codes of the page's words; others are names and texts. */
const CODED: ReadonlySet<string> = new Set([
  ...["trigger", "cycleOutcome", "callOutcome", "tool", "provenance", "taskState", "urgency"],
  ...["waits", "report", "transferKind", "account", "commandState"],
]);

function valueWords(name: string, value: string | number): string | number {
  const code = String(value);
  if (code === "") return name === "person" ? t("chain.somebody") : "";
  switch (name) {
    case "zone":
      return titleOf(code);
    case "event":
      return kindTitle(code);
    case "command":
      return commandTitle(value);
    case "refusal":
      return refusalWords(code);
    case "callReason":
      return wordOf("callReason", code) ?? refusalWords(code);
    case "cycleReason": {
      const [reason = "", fault = ""] = code.split(":").map((part) => part.trim());
      return wordOf(name, reason, { fault: wordOf("modelFault", fault) ?? fault }) ?? code;
    }
    default:
      return CODED.has(name) ? (wordOf(name, code) ?? value) : value;
  }
}
