/** One cycle of the agent: in a line what it did, and opened what it saw, thought, asked for and got. */
import { memo, useEffect, useRef, useState } from "react";
import { sentenceOf } from "../event-sentence.ts";
import { formatClock, formatCompact, formatDuration, kindTitle, titleOf } from "../format.ts";
import { useEvents } from "../live/live.ts";
import { useCycle } from "../live/office.ts";
import type { CycleItem } from "../live/office-items.ts";
import { go } from "../navigation.ts";
import { Icon } from "../parts/icons.tsx";
import { hrefOf } from "../route.ts";
import { t, wordOf } from "../strings.ts";
import { CALL_INK, Call, toolTitle } from "./cycle-call.tsx";

const OUTCOME_DOT = {
  running: "bg-accent breathes",
  done: "bg-thread",
  stopped: "bg-warn",
  failed: "bg-bad",
} as const;
const CALL_ICON = {
  running: "clock",
  done: "check",
  failed: "error",
  refused: "close",
  skipped: "chevron",
} as const;

interface CycleCardProps {
  readonly id: string;
  readonly tabbable: boolean;
  /** Until somebody says otherwise: the newest is open. */
  readonly opensItself: boolean;
  readonly isLinked: boolean;
}

export const CycleCard = memo(function CycleCard(props: CycleCardProps) {
  const { id, tabbable, opensItself, isLinked } = props;
  const cycle = useCycle(id);
  const [wanted, setWanted] = useState<boolean>();
  const card = useRef<HTMLLIElement>(null);
  const isOpen = wanted ?? opensItself;
  useEffect(() => {
    if (isLinked) card.current?.scrollIntoView({ block: "start" });
  }, [isLinked]);
  if (cycle === undefined) return null;
  return (
    <li
      ref={card}
      data-cycle={id}
      data-outcome={cycle.outcome}
      className="relative scroll-mt-20 border-line border-l pb-3 pl-5 last:border-transparent"
    >
      <span
        aria-hidden="true"
        className={`-left-[5px] absolute top-3.5 size-2.5 rounded-full ring-4 ring-ground ${OUTCOME_DOT[cycle.outcome]}`}
      />
      <div className="panel overflow-hidden rounded-xl">
        <button
          type="button"
          data-item={id}
          tabIndex={tabbable ? 0 : -1}
          aria-expanded={isOpen}
          className="flex w-full flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2.5 text-left hover:bg-raised/60"
          onClick={() => setWanted(!isOpen)}
          onKeyDown={(event) => {
            if (event.key === "w") go(hrefOf("agent", ["why", id]));
          }}
        >
          <Icon name="chevron" className={`size-3.5 text-ink-3 ${isOpen ? "rotate-90" : ""}`} />
          <time dateTime={new Date(cycle.startedAtMs).toISOString()} className="font-medium">
            {formatClock(cycle.startedAtMs)}
          </time>
          <span className="text-ink-3 text-xs">{t(`trigger.${cycle.trigger}`)}</span>
          <Summary cycle={cycle} />
          <span className="ml-auto flex items-center gap-3 text-ink-3 text-xs">
            {cycle.endedAtMs !== null && (
              <span>{formatDuration(cycle.endedAtMs - cycle.startedAtMs)}</span>
            )}
            <span className={cycle.outcome === "failed" ? "text-bad" : undefined}>
              {t(`cycleOutcome.${cycle.outcome}`)}
            </span>
          </span>
        </button>
        {isOpen && <Opened cycle={cycle} />}
      </div>
    </li>
  );
});

/** Acts as signs; a cycle without any says so. */
function Summary({ cycle }: { cycle: CycleItem }) {
  if (cycle.calls.length === 0) {
    return (
      <span className="text-ink-3 text-xs">
        {cycle.outcome === "running" ? "…" : t("agent.nothing")}
      </span>
    );
  }
  return (
    <span className="flex flex-wrap gap-1.5">
      {cycle.calls.map((call) => (
        <span
          key={call.id}
          className={`flex items-center gap-1 rounded-full border px-2 text-2xs ${CALL_INK[call.outcome]}`}
        >
          <Icon name={CALL_ICON[call.outcome]} className="size-3" />
          {toolTitle(call.tool)}
          <span className="sr-only">: {t(`callOutcome.${call.outcome}`)}</span>
        </span>
      ))}
    </span>
  );
}

function Opened({ cycle }: { cycle: CycleItem }) {
  const wrote = cycle.models.reduce((sum, { completionTokens }) => sum + completionTokens, 0);
  return (
    <div className="grid gap-5 border-line border-t px-4 py-4">
      <Seen cycle={cycle} />
      <Rounds cycle={cycle} />
      {cycle.unfoundedClaims.length > 0 && (
        <section className="rounded-lg border border-warn/40 bg-warn/8 px-3 py-2">
          <h2 className="flex items-center gap-1.5 font-medium text-warn text-xs">
            <Icon name="warning" className="size-3.5" />
            {t("agent.claims")}
          </h2>
          <ul className="mt-1">
            {cycle.unfoundedClaims.map((claim) => (
              <li key={claim} className="text-ink-2 [overflow-wrap:anywhere]">
                «{claim}»
              </li>
            ))}
          </ul>
        </section>
      )}
      <footer className="flex flex-wrap items-center gap-x-3 gap-y-1 text-ink-3 text-xs">
        <span>{t("agent.prompt", { count: formatCompact(cycle.promptTokens) })}</span>
        {wrote > 0 && <span>{t("agent.wrote", { count: formatCompact(wrote) })}</span>}
        {[...new Set(cycle.models.map(({ model }) => model))].map((model) => (
          <span key={model}>{model}</span>
        ))}
        {cycle.reason !== null && (
          <span className={cycle.outcome === "failed" ? "text-bad" : ""}>
            {endWords(cycle.reason)}
          </span>
        )}
        <a
          href={hrefOf("agent", ["why", cycle.id])}
          className="ml-auto rounded text-accent hover:underline"
        >
          {t("explain.title")}
        </a>
      </footer>
    </div>
  );
}

/** By whose words they are: what may move the agent and what may not is told apart at a glance. */
function Seen({ cycle }: { cycle: CycleItem }) {
  const groups = new Map<CycleItem["seen"][number]["provenance"], string[]>();
  for (const { provenance, text } of cycle.seen) {
    groups.set(provenance, [...(groups.get(provenance) ?? []), text]);
  }
  return (
    <section aria-label={t("agent.saw")}>
      <h2 className="label mb-1.5">{t("agent.saw")}</h2>
      <CausingEvents ids={cycle.eventIds} />
      <div className="grid">
        {[...groups].map(([provenance, texts]) => (
          <details key={provenance} className="group" data-provenance={provenance}>
            <summary className="flex min-h-6 items-baseline gap-2 rounded py-1 text-xs">
              <Icon name="chevron" className="size-3 self-center text-ink-3 group-open:rotate-90" />
              <span className={`shrink-0 ${IS_TRUSTED[provenance] ? "text-accent" : "text-warn"}`}>
                {t(`provenance.${provenance}`)}
              </span>
              <span className="text-ink-3">{t(`provenance.${provenance}.hint`)}</span>
            </summary>
            <div className="mt-1 ml-5 max-h-80 overflow-y-auto rounded-lg bg-raised/60 px-3 py-2">
              <p className="whitespace-pre-wrap text-ink-2 text-xs [overflow-wrap:anywhere]">
                {texts.join("\n")}
              </p>
            </div>
          </details>
        ))}
      </div>
    </section>
  );
}

const IS_TRUSTED: Readonly<Record<CycleItem["seen"][number]["provenance"], boolean>> = {
  operator: true,
  sensor: true,
  person: false,
  device: false,
  model: false,
  stranger: false,
};

/** Few are the cause; a storm of them is told by its number. */
const EVENTS_SHOWN = 6;

function CausingEvents({ ids }: { ids: readonly string[] }) {
  const events = useEvents();
  if (ids.length === 0) return null;
  const shown = ids.slice(0, EVENTS_SHOWN);
  return (
    <ul aria-label={t("agent.events")} className="mb-2 flex flex-wrap gap-1.5">
      {shown.map((id) => {
        const event = events.find((one) => one.id === id);
        return (
          <li key={id}>
            <a
              href={hrefOf("agent", ["why", id])}
              data-cause={id}
              className="flex items-center gap-1.5 rounded-full border border-line px-2.5 py-0.5 text-xs hover:border-thread"
              title={event === undefined ? id : sentenceOf(event)}
            >
              <Icon name="events" className="size-3.5 text-ink-3" />
              {event === undefined ? t("explain.event") : kindTitle(event.kind)}
              {event?.zone != null && <span className="text-ink-3">{titleOf(event.zone)}</span>}
            </a>
          </li>
        );
      })}
      {ids.length > shown.length && (
        <li className="text-ink-3 text-xs">
          {t("agent.more", { count: ids.length - shown.length })}
        </li>
      )}
    </ul>
  );
}

/** A thought and the calls that came of it, round by round. */
function Rounds({ cycle }: { cycle: CycleItem }) {
  const count = Math.max(cycle.thoughts.length, ...cycle.calls.map(({ round }) => round), 0);
  const isRunning = cycle.outcome === "running";
  return (
    <ol className="grid gap-3">
      {Array.from({ length: count }, (_, index) => index + 1).map((round) => (
        <li key={round} className="grid gap-1.5">
          <h2 className="label">{t("agent.round", { round })}</h2>
          <Thought
            text={cycle.thoughts[round - 1] ?? ""}
            isGrowing={isRunning && round === cycle.thoughts.length}
          />
          {cycle.calls
            .filter((call) => call.round === round)
            .map((call) => (
              <Call key={call.id} call={call} />
            ))}
        </li>
      ))}
    </ol>
  );
}

function Thought({ text, isGrowing }: { text: string; isGrowing: boolean }) {
  if (text === "" && !isGrowing) return null;
  return (
    <p
      data-thought
      aria-live={isGrowing ? "polite" : undefined}
      className="max-h-96 overflow-y-auto whitespace-pre-wrap [overflow-wrap:anywhere]"
    >
      {text}
      {isGrowing && (
        <span
          aria-hidden="true"
          className="breathes ml-0.5 inline-block h-4 w-1.5 translate-y-0.5 bg-accent"
        />
      )}
    </p>
  );
}

/** Why it ended; of a model's fault its code too, as `modelFailed: timeout`. */
function endWords(reason: string): string {
  const [code = "", fault = ""] = reason.split(": ", 2);
  return wordOf("cycleReason", code, { fault: wordOf("modelFault", fault) ?? fault }) ?? reason;
}
