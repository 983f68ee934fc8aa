/** How something came about, as a picture: event, thought, act, task, payment, each under its cause. */
import { type ReactNode, useState } from "react";
import { chainWords } from "../chain-words.ts";
import { sentenceOf } from "../event-sentence.ts";
import { type ChainStep, chainOf } from "../explain-chain.ts";
import { formatClock, formatDuration, formatMilli, kindTitle, titleOf } from "../format.ts";
import { store, useEvents } from "../live/live.ts";
import { useCycleIds, useLedgerHead, usePerson, useTasks } from "../live/office.ts";
import { type ChainLine, fetchExplanation } from "../office-api.ts";
import { Icon } from "../parts/icons.tsx";
import { Sheet } from "../parts/sheet.tsx";
import { useOnce } from "../parts/use-once.ts";
import { hrefOf } from "../route.ts";
import { type StringKey, t, wordOf } from "../strings.ts";
import { reasonWords, toolTitle } from "./cycle-call.tsx";

export function ExplainPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const [told, setTold] = useState<readonly ChainLine[] | "asking" | "unknown">("asking");
  useOnce(id, async (signal) => {
    setTold("asking");
    const answer = await fetchExplanation(id, signal);
    if (!signal.aborted) setTold(answer.ok ? answer.value.lines : "unknown");
  });
  return (
    <Sheet
      id="explain-title"
      title={t("explain.title")}
      subtitle={<p className="text-ink-3">{t("explain.hint")}</p>}
      onClose={onClose}
    >
      {told === "asking" ? (
        <p className="py-12 text-center text-ink-3">{t("api.loading")}</p>
      ) : told === "unknown" ? (
        <OwnChain id={id} />
      ) : (
        <ToldChain id={id} lines={told} />
      )}
    </Sheet>
  );
}

/** As the node's records tell it: with the reading before and each entry of the ledger after. */
function ToldChain({ id, lines }: { id: string; lines: readonly ChainLine[] }) {
  return (
    <ol data-chain={id} className="pt-2">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of an answer never change places.
        <ToldLine key={index} line={line} isAsked={line.id === id} />
      ))}
    </ol>
  );
}

const LINE_ICON = {
  reading: "leaves",
  event: "events",
  cycle: "agent",
  call: "tool",
  task: "tasks",
  transfer: "wallet",
  voice: "sound",
  command: "tool",
} as const;
const LINE_TITLE = {
  reading: "explain.reading",
  event: "explain.event",
  cycle: "explain.cycle",
  call: "explain.call",
  task: "explain.task",
  transfer: "explain.transfer",
  voice: "explain.voice",
  command: "explain.command",
} as const;
/** Deeper ones stay where they can be read. */
const DEPTH_MAX = 6;

function ToldLine({ line, isAsked }: { line: ChainLine; isAsked: boolean }) {
  const words = chainWords(line, useEvents());
  const indent = { paddingLeft: `${Math.min(line.depth, DEPTH_MAX) * 1.25}rem` };
  const when = [
    line.atMs === null ? undefined : formatClock(line.atMs),
    line.tookMs === null ? undefined : t("agent.took", { time: formatDuration(line.tookMs) }),
  ]
    .filter((one) => one !== undefined)
    .join(" · ");
  const kind = line.kind in LINE_ICON ? (line.kind as keyof typeof LINE_ICON) : undefined;
  if (kind === undefined) {
    return (
      <li data-step={line.kind} style={indent}>
        <p className="mb-1.5 ml-10 whitespace-pre-wrap border-line border-l pl-3 text-ink-2 text-xs [overflow-wrap:anywhere]">
          {words}
          {when !== "" && <span className="text-ink-3"> · {when}</span>}
        </p>
      </li>
    );
  }
  return (
    <li data-step={line.kind} style={indent} className="pb-2.5">
      <div className="grid grid-cols-[2rem_1fr] gap-x-3">
        <span
          aria-hidden="true"
          className={`grid size-8 place-items-center rounded-full border ${
            isAsked
              ? "border-accent bg-accent-band text-accent"
              : "border-line bg-surface text-ink-2"
          }`}
        >
          <Icon name={LINE_ICON[kind]} className="size-4" />
        </span>
        <div className="min-w-0" aria-current={isAsked ? "true" : undefined}>
          <p className="flex flex-wrap items-baseline gap-x-2">
            <span className="label">{t(LINE_TITLE[kind])}</span>
            <span className="text-2xs text-ink-3">{when}</span>
          </p>
          <p className={`[overflow-wrap:anywhere] ${isAsked ? "font-medium" : ""}`}>{words}</p>
          {line.id !== null && (
            <p className="text-2xs text-ink-3 [overflow-wrap:anywhere]">{line.id}</p>
          )}
        </div>
      </div>
    </li>
  );
}

/** From what the page holds, where the node tells nothing (any more). */
function OwnChain({ id }: { id: string }) {
  const events = useEvents();
  const tasks = useTasks();
  const ids = useCycleIds();
  const cycles = ids.map((one) => store.office.cycle(one)).filter((one) => one !== undefined);
  const steps = chainOf(id, { events, tasks, cycles });
  if (steps.length === 0) {
    return <p className="py-12 text-center text-ink-2">{t("explain.none", { id })}</p>;
  }
  return (
    <ol data-chain={id} className="pt-2">
      {steps.map((step) => (
        <Step key={`${step.kind} ${step.id}`} step={step} isAsked={step.id === id} />
      ))}
    </ol>
  );
}

const LOOK = {
  event: { icon: "events", title: "explain.event" },
  cycle: { icon: "agent", title: "explain.cycle" },
  made: { icon: "tool", title: "explain.call" },
  task: { icon: "tasks", title: "explain.task" },
  payment: { icon: "wallet", title: "explain.transfer" },
} as const satisfies Record<ChainStep["kind"], { icon: string; title: StringKey }>;

function Step({ step, isAsked }: { step: ChainStep; isAsked: boolean }) {
  const { icon, title } = LOOK[step.kind];
  return (
    <li
      data-step={step.kind}
      className="group relative grid grid-cols-[2.5rem_1fr] gap-x-3 pb-4 last:pb-0"
    >
      {/* The thread from cause to effect. */}
      <span
        aria-hidden="true"
        className="absolute top-10 bottom-0 left-5 w-px bg-thread group-last:hidden"
      />
      <span
        className={`grid size-10 place-items-center rounded-full border ${
          isAsked ? "border-accent bg-accent-band text-accent" : "border-line bg-surface text-ink-2"
        }`}
      >
        <Icon name={icon} className="size-5" />
      </span>
      <div
        className={`panel min-w-0 rounded-xl px-4 py-2.5 ${isAsked ? "border-accent/50" : ""}`}
        aria-current={isAsked ? "true" : undefined}
      >
        <p className="label">{t(title)}</p>
        <Told step={step} />
      </div>
    </li>
  );
}

function Told({ step }: { step: ChainStep }) {
  switch (step.kind) {
    case "event":
      return step.event === undefined ? (
        <Missing id={step.id} />
      ) : (
        <Lines
          title={`${kindTitle(step.event.kind)}${step.event.zone === null ? "" : ` · ${titleOf(step.event.zone)}`}`}
          text={sentenceOf(step.event)}
          foot={[formatClock(step.event.atMs), step.id]}
        />
      );
    case "cycle":
      return step.cycle === undefined ? (
        <Missing id={step.id} />
      ) : (
        <Lines
          href={hrefOf("agent", [step.id])}
          title={t("agent.open", { time: formatClock(step.cycle.startedAtMs) })}
          text={step.cycle.thoughts.at(0) ?? ""}
          foot={[
            t(`trigger.${step.cycle.trigger}`),
            t(`cycleOutcome.${step.cycle.outcome}`),
            step.cycle.endedAtMs === null
              ? undefined
              : formatDuration(step.cycle.endedAtMs - step.cycle.startedAtMs),
          ]}
        >
          <ul className="mt-1.5 grid gap-0.5 text-xs">
            {step.cycle.calls.map((call) => (
              <li key={call.id} className="flex items-baseline gap-2">
                <span className="text-ink-2">{toolTitle(call.tool)}</span>
                <span className={call.outcome === "done" ? "text-accent" : "text-warn"}>
                  {t(`callOutcome.${call.outcome}`)}
                </span>
                <span className="truncate text-ink-3">
                  {call.reason !== null && reasonWords(call.reason)}
                </span>
              </li>
            ))}
          </ul>
        </Lines>
      );
    case "made":
      return <p className="[overflow-wrap:anywhere]">{step.id}</p>;
    case "task":
      return (
        <Lines
          href={hrefOf("tasks", [], { q: step.task.title })}
          title={`#${step.task.id} ${step.task.title}`}
          text={wordOf("waits", step.task.dispatchReason) ?? step.task.dispatchReason}
          foot={[
            wordOf("taskState", step.task.state),
            t(`provenance.${step.task.createdBy}`),
            formatClock(step.task.createdAtMs),
          ]}
        />
      );
    case "payment":
      return <Payment step={step} />;
  }
}

function Payment({ step }: { step: Extract<ChainStep, { kind: "payment" }> }) {
  const { task } = step;
  const person = usePerson(task.assignedTo ?? 0);
  const head = useLedgerHead();
  return (
    <Lines
      href={hrefOf("wallet", task.assignedTo === null ? [] : [task.assignedTo])}
      title={`${formatMilli(task.paidMilli ?? 0)} ${t("points.unit")} → ${person?.displayName ?? `#${task.assignedTo}`}`}
      text={task.reportStatus === null ? "" : t(`report.${task.reportStatus}`)}
      foot={[
        task.completedAtMs === null ? undefined : formatClock(task.completedAtMs),
        head === undefined ? undefined : `${head.hash.slice(0, 12)}…`,
      ]}
    />
  );
}

interface LinesProps {
  readonly href?: string;
  readonly title: string;
  readonly text: string;
  readonly foot: readonly (string | undefined)[];
  readonly children?: ReactNode;
}

function Lines({ href, title, text, foot, children }: LinesProps) {
  return (
    <>
      <p className="font-medium [overflow-wrap:anywhere]">
        {href === undefined ? (
          title
        ) : (
          <a href={href} className="rounded hover:text-accent hover:underline">
            {title}
          </a>
        )}
      </p>
      {text !== "" && <p className="line-clamp-3 text-ink-2 [overflow-wrap:anywhere]">{text}</p>}
      {children}
      <p className="mt-1 text-2xs text-ink-3 [overflow-wrap:anywhere]">
        {foot.filter((one) => one !== undefined).join(" · ")}
      </p>
    </>
  );
}

function Missing({ id }: { id: string }) {
  return (
    <p className="text-ink-3">
      {t("explain.missing")} <span className="text-2xs [overflow-wrap:anywhere]">{id}</span>
    </p>
  );
}
