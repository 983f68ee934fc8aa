/** What is asked of people: cards of what is to be done, what waits for its moment, what has ended. */
import { useCallback, useEffect, useMemo, useState } from "react";
import { formatClock, formatInteger, titleOf } from "../format.ts";
import { useNowS, useRowsWanted, useZoneNames } from "../live/live.ts";
import { usePerson, useTask, useTasks } from "../live/office.ts";
import { go, useRoute } from "../navigation.ts";
import { fetchTaskStats, type TaskStats, tellTask } from "../office-api.ts";
import { ActMessage } from "../parts/act-message.tsx";
import { FilterSelect, FilterText, useQueryFilter } from "../parts/filters.tsx";
import { Icon } from "../parts/icons.tsx";
import { PersonChooser } from "../parts/person-chooser.tsx";
import { useAct } from "../parts/use-act.ts";
import { useRovingFocus } from "../parts/use-roving-focus.ts";
import { ViewTitle } from "../parts/view-title.tsx";
import { hrefOf } from "../route.ts";
import { useWho } from "../session.ts";
import { t, wordOf } from "../strings.ts";
import { as } from "../task-acts.ts";
import { DONE_SHOWN_MS, taskBoard } from "../task-board.ts";
import { ExplainPanel } from "./explain-panel.tsx";
import { TaskCard, URGENCY_INK, useFocusKept } from "./task-card.tsx";
import { TaskCreateDialog } from "./task-create.tsx";
import { TaskReportDialog } from "./task-report.tsx";

export function TasksView() {
  useRowsWanted(null, "none");
  const { query, rest } = useRoute();
  const { person, may } = useWho();
  const board = useBoard(person?.id);
  const [reporting, setReporting] = useState<number>();
  const [creating, setCreating] = useState(false);
  const onReport = useCallback((id: number) => setReporting(id), []);
  const onWhy = useCallback((id: number) => go(hrefOf("tasks", ["why", `task:${id}`])), []);
  const isFiltered = query.size > 0;

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.key !== "n" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!may("operator") || target.matches("input, textarea, select")) return;
      if (document.querySelector("dialog[open]") !== null) return;
      event.preventDefault();
      setCreating(true);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [may]);

  return (
    <>
      <ViewTitle title={t("view.tasks")}>
        <Stats />
      </ViewTitle>
      <Bar onCreate={() => setCreating(true)} />
      {board.cards.length === 0 ? (
        <Nothing isFiltered={isFiltered} />
      ) : (
        <Cards ids={board.cards.map(({ id }) => id)} onReport={onReport} onWhy={onWhy} />
      )}
      {board.queued.length > 0 && (
        <section aria-labelledby="queued" className="panel mt-6 overflow-hidden">
          <header className="flex flex-wrap items-baseline gap-x-3 px-4 pt-3 pb-1">
            <h2 id="queued" className="font-medium">
              {t("tasks.queue")}
            </h2>
            <p className="text-ink-3 text-xs">{t("tasks.queueHint")}</p>
          </header>
          <ul className="divide-y divide-line">
            {board.queued.map(({ id }) => (
              <QueuedTask key={id} id={id} />
            ))}
          </ul>
        </section>
      )}
      <Folded title={t("tasks.ignored", { count: board.ignored.length })} ids={board.ignored} />
      <Folded title={t("tasks.ended")} ids={board.ended} />
      {reporting !== undefined && (
        <TaskReportDialog id={reporting} onClose={() => setReporting(undefined)} />
      )}
      {creating && <TaskCreateDialog onClose={() => setCreating(false)} />}
      {rest[0] === "why" && rest[1] !== undefined && (
        <ExplainPanel id={rest[1]} onClose={() => go(hrefOf("tasks", [], query))} />
      )}
    </>
  );
}

/** Made anew when a task changes its place, and when one has been done for long enough. */
function useBoard(personId: number | undefined) {
  const tasks = useTasks();
  const { query } = useRoute();
  const nowS = useNowS();
  const leaving = tasks
    .filter(({ state }) => state === "completed")
    .filter(({ completedAtMs }) => nowS * 1_000 - (completedAtMs ?? 0) < DONE_SHOWN_MS).length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the clock matters when a done one leaves.
  return useMemo(
    () =>
      taskBoard(tasks, {
        nowMs: nowS * 1_000,
        personId,
        filter: {
          text: query.get("q") ?? "",
          zone: query.get("zone") ?? "",
          type: query.get("type") ?? "",
        },
      }),
    [tasks, query, personId, leaving],
  );
}

function Stats() {
  const tasks = useTasks();
  const [stats, setStats] = useState<TaskStats>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list may be another count.
  useEffect(() => {
    const abort = new AbortController();
    void fetchTaskStats(abort.signal).then((answer) => {
      if (answer.ok) setStats(answer.value);
    });
    return () => abort.abort();
  }, [tasks]);
  if (stats === undefined) return null;
  return (
    <p className="text-ink-3" data-stats>
      {t("tasks.stats", {
        active: formatInteger(stats.tasks_active),
        queued: formatInteger(stats.tasks_queued),
        done: formatInteger(stats.tasks_completed),
        hour: formatInteger(stats.tasks_completed_last_hour),
      })}
    </p>
  );
}

function Bar({ onCreate }: { onCreate: () => void }) {
  const zones = useZoneNames();
  const tasks = useTasks();
  const [query, set] = useQueryFilter();
  const { may } = useWho();
  const types = useMemo(() => [...new Set(tasks.flatMap((one) => one.taskTypes))].sort(), [tasks]);
  return (
    <div className="mb-4 flex flex-wrap items-center gap-2">
      <search className="flex min-w-0 flex-1 basis-full flex-wrap gap-2 lg:basis-72">
        <FilterText
          label={t("tasks.filter")}
          value={query.get("q") ?? ""}
          onChange={(q) => set("q", q)}
        />
        <FilterSelect
          label={t("tasks.zone")}
          all={t("tasks.allZones")}
          value={query.get("zone") ?? ""}
          options={zones.map((zone) => [zone, titleOf(zone)])}
          onChange={(zone) => set("zone", zone)}
        />
        <FilterSelect
          label={t("tasks.type")}
          all={t("tasks.allTypes")}
          value={query.get("type") ?? ""}
          options={types.map((type) => [type, wordOf("taskType", type) ?? titleOf(type)])}
          onChange={(type) => set("type", type)}
        />
      </search>
      <PersonChooser />
      <button
        type="button"
        className="button ml-auto"
        disabled={!may("operator")}
        title={may("operator") ? undefined : t("me.needsOperator")}
        aria-keyshortcuts="n"
        onClick={onCreate}
      >
        <Icon name="plus" />
        {t("tasks.new")}
      </button>
    </div>
  );
}

interface CardsProps {
  readonly ids: readonly number[];
  onReport(id: number): void;
  onWhy(id: number): void;
}

function Cards({ ids, onReport, onWhy }: CardsProps) {
  const roving = useRovingFocus();
  useFocusKept(ids.join());
  const active = ids.find((id) => `task-${id}` === roving.active) ?? ids[0];
  return (
    <ul
      aria-label={t("tasks.list")}
      className="grid grid-cols-1 gap-3 sm:gap-4 md:grid-cols-2 xl:grid-cols-3 2xl:grid-cols-4"
      {...roving.handlers}
    >
      {ids.map((id) => (
        <li key={id} className="flex min-w-0">
          <TaskCard id={id} tabbable={id === active} onReport={onReport} onWhy={onWhy} />
        </li>
      ))}
    </ul>
  );
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  return (
    <div className="panel grid justify-items-center gap-2 py-14 text-center">
      <Icon name="check" className="size-8 text-accent" />
      <p>{t(isFiltered ? "tasks.noMatch" : "tasks.none")}</p>
      {isFiltered ? (
        <a className="button" href={hrefOf("tasks")}>
          {t("leaves.clear")}
        </a>
      ) : (
        <p className="text-ink-3 text-xs">{t("tasks.noneHint")}</p>
      )}
    </div>
  );
}

function QueuedTask({ id }: { id: number }) {
  const task = useTask(id);
  const { may } = useWho();
  const { outcome, act, isBusy } = useAct();
  if (task === undefined) return null;
  const acts = (["dispatch", "cancel"] as const).map((name) => (
    <button
      key={name}
      type="button"
      className="button"
      disabled={isBusy || !may("operator")}
      title={may("operator") ? undefined : t("me.needsOperator")}
      aria-label={`${t(`tasks.${name}`)}: ${task.title}`}
      onClick={() => void act(() => tellTask(id, name, as()))}
    >
      {t(`tasks.${name}`)}
    </button>
  ));
  return (
    <li data-queued={id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
      <span className={`w-16 text-xs ${URGENCY_INK[task.urgency]}`}>
        {wordOf("urgency", String(task.urgency))}
      </span>
      <div className="min-w-0 flex-1 basis-56">
        <p className="[overflow-wrap:anywhere]">
          {task.title}
          {task.zone !== null && (
            <span className="text-ink-3 text-xs"> · {titleOf(task.zone)}</span>
          )}
        </p>
        <p className="text-ink-3 text-xs">
          {wordOf("waits", task.dispatchReason) ?? task.dispatchReason}
        </p>
        <ActMessage outcome={outcome} />
      </div>
      <span className="text-accent">
        {formatInteger(task.bounty)} <span className="text-xs">{t("points.unit")}</span>
      </span>
      <span className="flex gap-2">{acts}</span>
    </li>
  );
}

function Folded({ title, ids }: { title: string; ids: readonly { readonly id: number }[] }) {
  if (ids.length === 0) return null;
  return (
    <details className="mt-4">
      <summary className="rounded text-ink-2">{title}</summary>
      <ul className="panel mt-2 divide-y divide-line">
        {ids.map(({ id }) => (
          <EndedTask key={id} id={id} />
        ))}
      </ul>
    </details>
  );
}

function EndedTask({ id }: { id: number }) {
  const task = useTask(id);
  const person = usePerson(task?.assignedTo ?? 0);
  if (task === undefined) return null;
  return (
    <li data-ended={id} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 px-4 py-2">
      <span className="text-ink-3 text-xs">
        {task.completedAtMs === null ? "–" : formatClock(task.completedAtMs)}
      </span>
      <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{task.title}</span>
      <span className="text-ink-3 text-xs">
        {[
          wordOf("taskState", task.state),
          person?.displayName,
          task.reportStatus === null ? undefined : t(`report.${task.reportStatus}`),
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
      <a
        href={hrefOf("tasks", ["why", `task:${id}`])}
        className="rounded text-accent text-xs hover:underline"
      >
        {t("tasks.why")}
      </a>
    </li>
  );
}
