/** One call of a tool: what it asked for, why it was refused, what came of it. */
import type { CycleItem } from "../live/office-items.ts";
import { Icon } from "../parts/icons.tsx";
import { MadeLink } from "../parts/made-link.tsx";
import { language, t, wordOf } from "../strings.ts";

export const CALL_INK = {
  running: "border-accent/35 text-accent",
  done: "border-accent/35 text-accent",
  failed: "border-bad/40 text-bad",
  refused: "border-warn/40 text-warn",
  skipped: "border-line text-ink-3",
} as const;

export function Call({ call }: { call: CycleItem["calls"][number] }) {
  return (
    <div
      data-call={call.tool}
      data-outcome={call.outcome}
      className="rounded-lg border border-line px-3 py-2"
    >
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Icon name="tool" className="size-3.5 text-ink-3" />
        <span className="font-medium">{toolTitle(call.tool)}</span>
        <code className="text-ink-3 text-xs">{call.tool}</code>
        <span className={`ml-auto rounded-full border px-2 text-2xs ${CALL_INK[call.outcome]}`}>
          {t(`callOutcome.${call.outcome}`)}
        </span>
      </p>
      <Arguments text={call.argumentsText} />
      {call.reason !== null && (
        <p
          data-reason={call.reason}
          className={`mt-1.5 text-xs ${call.outcome === "done" ? "" : "text-warn"}`}
        >
          {reasonWords(call.reason)}
        </p>
      )}
      {!isToldByReason(call) && <Result text={call.result} />}
      {call.made.length > 0 && (
        <p className="mt-1.5 flex flex-wrap items-center gap-2 text-xs">
          <span className="text-ink-3">{t("agent.made")}</span>
          {call.made.map((id) => (
            <MadeLink key={id} id={id} />
          ))}
        </p>
      )}
    </div>
  );
}

/** The node says in English what its reason says in the page's language. */
const isToldByReason = ({ reason }: CycleItem["calls"][number]): boolean =>
  language() !== "en" && reason !== null && reasonWords(reason) !== reason;

/** What the tool answered, out of the envelope that the model gets. */
function Result({ text }: { text: string }) {
  const envelope = objectOf(text);
  const told = envelope?.["error"] ?? envelope?.["result"];
  if (text === "" || told === "") return null;
  if (typeof told === "object" && told !== null && !Array.isArray(told)) {
    return <Values label={t("agent.answer")} values={told as Readonly<Record<string, unknown>>} />;
  }
  const own = typeof told === "string" ? wordOf("callAnswer", told) : undefined;
  const shown =
    own ?? (told === undefined ? text : typeof told === "string" ? told : JSON.stringify(told));
  return (
    <p className="mt-1.5 line-clamp-4 text-ink-2 text-xs [overflow-wrap:anywhere]" title={shown}>
      {shown}
    </p>
  );
}

/** As a list of names and values; what is no JSON object is shown as it came. */
function Arguments({ text }: { text: string }) {
  const given = objectOf(text);
  if (given === undefined) {
    return (
      <pre className="mt-1.5 overflow-x-auto whitespace-pre-wrap text-2xs text-warn [overflow-wrap:anywhere]">
        {text}
      </pre>
    );
  }
  return <Values label={t("agent.arguments")} values={given} />;
}

interface ValuesProps {
  readonly label: string;
  readonly values: Readonly<Record<string, unknown>>;
}

function Values({ label, values }: ValuesProps) {
  // Of an empty list its count says it all.
  const entries = Object.entries(values).filter(([, value]) => !isEmptyList(value));
  if (entries.length === 0) return null;
  return (
    <dl className="mt-1.5 grid grid-cols-[auto_1fr] gap-x-3 gap-y-0.5 text-xs" aria-label={label}>
      {entries.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-ink-3">{wordOf("argument", name) ?? name}</dt>
          <dd className="line-clamp-4 min-w-0 [overflow-wrap:anywhere]">
            {valueWords(name, value)}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function valueWords(name: string, value: unknown): string {
  if (name === "state") return wordOf("taskState", String(value)) ?? String(value);
  if (name === "task_types") {
    return String(value)
      .split(",")
      .map((type) => wordOf("taskType", type.trim()) ?? type)
      .join(", ");
  }
  if (name === "tone" || typeof value === "boolean") {
    return wordOf("argumentValue", String(value)) ?? String(value);
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text === "" ? "{}" : text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

export const toolTitle = (tool: string): string => wordOf("tool", tool) ?? tool;

/** The guard's and the cycle's own reasons, else those of whom the tool asked. */
export const reasonWords = (reason: string): string =>
  wordOf("callReason", reason) ?? wordOf("refusal", reason) ?? reason;
