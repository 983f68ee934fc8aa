/** One task: how pressing, what for, what it pays, who is at it, and what one may do with it. */
import { memo, useEffect, useState } from "react";
import { formatAge, formatAgo, formatInteger, formatMilli, titleOf } from "../format.ts";
import { useNowS } from "../live/live.ts";
import { usePerson, useTask } from "../live/office.ts";
import type { TaskItem } from "../live/office-items.ts";
import { tellTask } from "../office-api.ts";
import { ActMessage } from "../parts/act-message.tsx";
import { Icon } from "../parts/icons.tsx";
import { useAct } from "../parts/use-act.ts";
import { hrefOf } from "../route.ts";
import { useWho } from "../session.ts";
import { type StringKey, t, wordOf } from "../strings.ts";
import { acceptTask, as, ignoreTask, listenTo } from "../task-acts.ts";
import { timeLeft } from "../task-board.ts";
import { useZoneFactor } from "../zone-factors.ts";

export const URGENCY_INK = ["text-ink-3", "text-ink-3", "text-ink-2", "text-warn", "text-bad"];
const URGENCY_EDGE = ["bg-line", "bg-line", "bg-thread", "bg-warn", "bg-bad"];

interface TaskCardProps {
  readonly id: number;
  /** The one card that Tab reaches; its buttons come after it. */
  readonly tabbable: boolean;
  onReport(id: number): void;
  onWhy(id: number): void;
}

export const TaskCard = memo(function TaskCard({ id, tabbable, onReport, onWhy }: TaskCardProps) {
  const task = useTask(id);
  const { outcome, act, isBusy } = useAct();
  const { person, may } = useWho();
  if (task === undefined) return null;
  const isMine = task.assignedTo !== null && task.assignedTo === person?.id;
  const isDone = task.state === "completed";
  const cannot = may("member")
    ? person === undefined
      ? t("me.chooseFirst")
      : undefined
    : t("me.needsMember");
  const accept = () => cannot === undefined && void act(() => acceptTask(task));
  const ignore = () => cannot === undefined && void act(() => ignoreTask(task));
  const canReport = task.state === "accepted" && (isMine || may("operator"));

  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const acts: Readonly<Record<string, (() => void) | false>> = {
      a: task.state === "open" && !isBusy && accept,
      x: task.state === "open" && !isBusy && ignore,
      c: canReport && (() => onReport(id)),
      p: () => listenTo(task),
      w: () => onWhy(id),
      Enter: task.state === "open" ? !isBusy && accept : canReport && (() => onReport(id)),
    };
    const wanted = acts[event.key];
    if (wanted === undefined || wanted === false) return;
    event.preventDefault();
    wanted();
  };
  const tab = tabbable ? 0 : -1;
  return (
    <article
      tabIndex={tab}
      data-item={`task-${id}`}
      data-task={id}
      data-state={task.state}
      aria-label={t("tasks.label", {
        id,
        title: task.title,
        urgency: t(`urgency.${task.urgency}` as StringKey),
      })}
      aria-busy={isBusy}
      aria-keyshortcuts="a x c p w"
      className={`panel skip-while-hidden relative flex w-full flex-col gap-3 overflow-hidden p-4 pl-5 ${
        isMine && !isDone ? "border-accent/50" : ""
      } ${isDone ? "bg-ground" : ""}`}
      onKeyDown={onKeyDown}
    >
      <span
        aria-hidden="true"
        className={`absolute inset-y-0 left-0 w-1 ${isDone ? "bg-accent" : URGENCY_EDGE[task.urgency]}`}
      />
      <Head task={task} />
      <div className="min-w-0">
        <h2 className="font-semibold text-base leading-snug [overflow-wrap:anywhere]">
          {task.title}
        </h2>
        {task.description !== "" && (
          <p
            className="mt-1 line-clamp-3 text-ink-2 [overflow-wrap:anywhere]"
            title={task.description}
          >
            {task.description}
          </p>
        )}
        {hasPlaceOfItsOwn(task) && (
          <p className="mt-1 flex items-center gap-1 text-ink-3 text-xs">
            <Icon name="place" className="size-3.5" />
            {task.location}
          </p>
        )}
      </div>
      <Bounty task={task} />
      <Standing task={task} isMine={isMine} />
      <div className="mt-auto flex flex-wrap items-center gap-x-1 gap-y-2 max-sm:*:px-2.5 sm:gap-x-2">
        {task.state === "open" && (
          <>
            <button
              type="button"
              tabIndex={tab}
              className="button button-accent"
              disabled={isBusy || cannot !== undefined}
              title={cannot}
              onClick={accept}
            >
              <Icon name="check" />
              {t(isBusy ? "tasks.accepting" : "tasks.accept")}
            </button>
            <button
              type="button"
              tabIndex={tab}
              className="button"
              disabled={isBusy || cannot !== undefined}
              title={cannot}
              onClick={ignore}
            >
              {t("tasks.ignore")}
            </button>
          </>
        )}
        {canReport && (
          <button
            type="button"
            tabIndex={tab}
            className={`button ${isMine ? "button-accent" : ""}`}
            onClick={() => onReport(id)}
          >
            <Icon name="check" />
            {t("tasks.complete")}
          </button>
        )}
        <span className="ml-auto flex max-sm:px-0! sm:gap-1">
          {may("operator") && task.state !== "paying" && !isDone && (
            <QuietButton
              icon="close"
              label={t("tasks.cancel")}
              tab={tab}
              onClick={() => void act(() => tellTask(id, "cancel", as()))}
            />
          )}
          <QuietButton
            icon="sound"
            label={t("tasks.listen")}
            tab={tab}
            onClick={() => listenTo(task)}
          />
          <QuietButton icon="link" label={t("tasks.why")} tab={tab} onClick={() => onWhy(id)} />
        </span>
      </div>
      <ActMessage outcome={outcome} />
    </article>
  );
});

interface QuietButtonProps {
  readonly icon: Parameters<typeof Icon>[0]["name"];
  readonly label: string;
  readonly tab: number;
  onClick(): void;
}

function QuietButton({ icon, label, tab, onClick }: QuietButtonProps) {
  return (
    <button
      type="button"
      tabIndex={tab}
      aria-label={label}
      title={label}
      className="button size-8.5 border-transparent bg-transparent p-0 text-ink-3 hover:text-ink"
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

function Head({ task }: { task: TaskItem }) {
  return (
    <header className="flex items-center gap-2 text-xs">
      <span className={`font-medium ${URGENCY_INK[task.urgency]}`} data-urgency={task.urgency}>
        {t(`urgency.${task.urgency}` as StringKey)}
      </span>
      {task.zone !== null && (
        <a
          href={hrefOf("tasks", [], { zone: task.zone })}
          tabIndex={-1}
          className="truncate rounded text-ink-2 hover:text-ink hover:underline"
        >
          {titleOf(task.zone)}
        </a>
      )}
      {task.taskTypes.map((type) => (
        <span key={type} className="rounded-full border border-line px-2 text-2xs text-ink-3">
          {wordOf("taskType", type) ?? titleOf(type)}
        </span>
      ))}
      <span className="ml-auto text-ink-3">#{task.id}</span>
    </header>
  );
}

function Bounty({ task }: { task: TaskItem }) {
  const factor = useZoneFactor(task.zone);
  return (
    <p className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5">
      <span data-bounty={task.bounty}>
        <span className="sr-only">{t("tasks.bounty", { points: task.bounty })}</span>
        <span aria-hidden="true">
          <span className="font-light text-2xl text-accent tracking-tight">
            {formatInteger(task.bounty)}
          </span>{" "}
          <span className="text-ink-3 text-xs">{t("points.unit")}</span>
        </span>
      </span>
      {factor > 1 && (
        <span className="text-accent text-xs">
          {t("tasks.multiplier", { factor: factor.toFixed(2) })}
        </span>
      )}
      <span className="ml-auto text-ink-3 text-xs">
        {t("tasks.minutes", { count: task.estimatedMinutes })}
        {task.minPeople > 1 && ` · ${t("tasks.people", { count: task.minPeople })}`}
      </span>
    </p>
  );
}

/** How long it still has, who is at it, or how it ended. */
function Standing({ task, isMine }: { task: TaskItem; isMine: boolean }) {
  const nowMs = useNowS() * 1_000;
  const person = usePerson(task.assignedTo ?? 0);
  const name = person?.displayName ?? `#${task.assignedTo}`;
  switch (task.state) {
    case "open":
      return <TimeLeft task={task} nowMs={nowMs} />;
    case "accepted":
    case "paying":
      return (
        <div className="flex items-center gap-2 text-xs" data-assigned={task.assignedTo}>
          <Initial name={name} isMine={isMine} />
          <span className={isMine ? "text-accent" : "text-ink-2"}>
            {isMine ? t("tasks.acceptedByYou") : t("tasks.acceptedBy", { name })}
          </span>
          <span className="text-ink-3">
            {task.state === "paying"
              ? t("tasks.paying")
              : t("tasks.acceptedAgo", { ago: formatAgo(nowMs - (task.acceptedAtMs ?? nowMs)) })}
          </span>
        </div>
      );
    default:
      return (
        <div className="grid gap-0.5 text-xs">
          <p className="flex items-center gap-1.5 text-accent">
            <Icon name="check" className="size-3.5" />
            {task.assignedTo === null ? t("tasks.doneBySomeone") : t("tasks.doneBy", { name })}
            {task.paidMilli !== null && (
              <a
                href={hrefOf("wallet", task.assignedTo === null ? [] : [task.assignedTo])}
                className="rounded text-ink-2 underline decoration-line underline-offset-2 hover:text-accent"
              >
                {t("tasks.paid", { points: formatMilli(task.paidMilli) })}
              </a>
            )}
          </p>
          {task.reportStatus !== null && (
            <p className="text-ink-2">{t(`report.${task.reportStatus}`)}</p>
          )}
          {task.completionNote !== "" && (
            <p className="line-clamp-2 text-ink-3 [overflow-wrap:anywhere]">
              {t("tasks.note", { note: task.completionNote })}
            </p>
          )}
        </div>
      );
  }
}

function TimeLeft({ task, nowMs }: { task: TaskItem; nowMs: number }) {
  const share = timeLeft(task, nowMs);
  const leftMs = task.expiresAtMs - nowMs;
  const ink = share < 0.1 ? "bg-bad" : share < 0.33 ? "bg-warn" : "bg-thread";
  return (
    <div className="flex items-center gap-2 text-ink-3 text-xs">
      <Icon name="clock" className="size-3.5" />
      <span>{leftMs <= 0 ? t("tasks.overdue") : t("tasks.left", { age: formatAge(leftMs) })}</span>
      <span aria-hidden="true" className="h-1 flex-1 overflow-hidden rounded-full bg-raised">
        <span className={`block h-full rounded-full ${ink}`} style={{ width: `${share * 100}%` }} />
      </span>
    </div>
  );
}

export function Initial({ name, isMine = false }: { name: string; isMine?: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={`grid size-5 shrink-0 place-items-center rounded-full font-semibold text-2xs ${
        isMine ? "bg-accent text-on-accent" : "bg-raised text-ink-2"
      }`}
    >
      {[...name][0]?.toUpperCase()}
    </span>
  );
}

/** The focus follows a card whose place on the board has changed under it. */
export function useFocusKept(key: string): void {
  const [last, setLast] = useState<string>();
  useEffect(() => {
    const onFocus = () => {
      const item = document.activeElement?.closest<HTMLElement>("[data-task]")?.dataset["item"];
      if (item !== undefined) setLast(item);
    };
    addEventListener("focusin", onFocus);
    return () => removeEventListener("focusin", onFocus);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when cards have moved.
  useEffect(() => {
    if (last === undefined || document.activeElement !== document.body) return;
    document.querySelector<HTMLElement>(`[data-item="${CSS.escape(last)}"]`)?.focus();
  }, [key, last]);
}

/** The agent names the zone where it knows no better. */
const hasPlaceOfItsOwn = ({ location, zone }: TaskItem): boolean =>
  location !== null && location !== "" && location !== zone;
