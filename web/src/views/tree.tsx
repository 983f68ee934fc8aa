/** The supervision tree as it runs: who is under whom, on which thread, and how full its mailbox is. */
import { type CSSProperties, memo, useEffect, useMemo, useRef, useState } from "react";
import type { Actor } from "../../../transports/http/contract.ts";
import { fetchActorsUnder } from "../api.ts";
import { every } from "../clock.ts";
import { formatCompact, formatDuration, formatRate } from "../format.ts";
import { useRowsWanted, useTree } from "../live/live.ts";
import { FilterText, useQueryFilter } from "../parts/filters.tsx";
import { Icon } from "../parts/icons.tsx";
import { Meter } from "../parts/meter.tsx";
import { ViewTitle } from "../parts/view-title.tsx";
import { t } from "../strings.ts";
import { ActorPanel } from "./actor-panel.tsx";
import { DeadLetters, Threads, threadName } from "./kernel.tsx";
import { type OpenByPath, type TreeRow, treeRows, withAsked } from "./tree-rows.ts";

const ASK_EVERY_MS = 2_000;
/** Open at once, of those with many alike: each is a question every other second. */
const PARENTS_ASKED_MAX = 4;

const COLUMNS =
  "grid grid-cols-[minmax(0,1fr)_3.5rem_3rem] items-center gap-x-2 md:gap-x-3 md:grid-cols-[minmax(0,1fr)_9rem_4.5rem_5.5rem_5.5rem_5rem_4.5rem_4.5rem_5rem]";

export function TreeView() {
  useRowsWanted(null, "none");
  const told = useTree();
  const [query, set] = useQueryFilter();
  const filter = query.get("q") ?? "";
  const [opened, setOpened] = useState<OpenByPath>(new Map());
  const [inspected, setInspected] = useState<string>();
  const asked = useActorsUnder(told, opened);
  const actors = useMemo(() => withAsked(told, asked), [told, asked]);
  const rows = useMemo(() => treeRows(actors, opened, filter), [actors, opened, filter]);

  if (actors.length === 0) return <p className="py-16 text-center text-ink-2">{t("tree.empty")}</p>;
  /** Of those that are only counted each would have to be asked for. */
  const setAll = (open: boolean) =>
    setOpened(
      new Map(told.map(({ path, parent, hidden }) => [path, (open && !hidden) || parent === null])),
    );
  return (
    <>
      <ViewTitle title={t("tree.title")} />
      <Threads />
      <search className="mb-3 flex flex-wrap gap-2">
        <FilterText label={t("tree.filter")} value={filter} onChange={(value) => set("q", value)} />
        <button type="button" className="button max-sm:flex-1" onClick={() => setAll(true)}>
          {t("tree.expandAll")}
        </button>
        <button type="button" className="button max-sm:flex-1" onClick={() => setAll(false)}>
          {t("tree.collapseAll")}
        </button>
      </search>
      <div className="panel overflow-hidden py-1">
        <div className={`${COLUMNS} label px-3 py-2 md:px-4`} aria-hidden="true">
          <span>{t("tree.actor")}</span>
          <span>{t("tree.mailbox")}</span>
          <span className="text-right">{t("tree.rate")}</span>
          <span className="text-right max-md:hidden">{t("tree.waitP99")}</span>
          <span className="text-right max-md:hidden">{t("tree.handlerP99")}</span>
          <span className="text-right max-md:hidden">{t("tree.processed")}</span>
          <span className="text-right max-md:hidden">{t("tree.failures")}</span>
          <span className="text-right max-md:hidden">{t("tree.restarts")}</span>
          <span className="text-right max-md:hidden">{t("tree.thread")}</span>
        </div>
        {rows.length === 0 ? (
          <p className="px-4 py-8 text-center text-ink-2">{t("tree.none")}</p>
        ) : (
          <Rows
            rows={rows}
            onToggle={(path, open) => setOpened((before) => new Map(before).set(path, open))}
            onInspect={setInspected}
          />
        )}
      </div>
      <DeadLetters />
      {inspected !== undefined && (
        <ActorPanel key={inspected} path={inspected} onClose={() => setInspected(undefined)} />
      )}
    </>
  );
}

/** Asks for what is below the open ones of which the feed only counts, as often as it tells the rest. */
function useActorsUnder(
  told: readonly Actor[],
  opened: OpenByPath,
): ReadonlyMap<string, readonly Actor[]> {
  const [asked, setAsked] = useState<ReadonlyMap<string, readonly Actor[]>>(new Map());
  const paths = told
    .filter(({ path, hidden }) => (hidden ?? 0) > 0 && opened.get(path) === true)
    .map(({ path }) => path)
    .slice(0, PARENTS_ASKED_MAX);
  const wanted = paths.join("\n");
  useEffect(() => {
    const abort = new AbortController();
    const ask = async () => {
      const answers = await Promise.all(
        wanted
          .split("\n")
          .filter(Boolean)
          .map(async (path) => [path, await fetchActorsUnder(path, abort.signal)] as const),
      );
      if (abort.signal.aborted) return;
      setAsked(
        new Map(answers.flatMap(([path, one]) => (one.ok ? [[path, one.value.actors]] : []))),
      );
    };
    void ask();
    const stop = wanted === "" ? () => {} : every(ASK_EVERY_MS, () => void ask());
    return () => {
      stop();
      abort.abort();
    };
  }, [wanted]);
  return asked;
}

interface RowsProps {
  readonly rows: readonly TreeRow[];
  onToggle(path: string, open: boolean): void;
  onInspect(path: string): void;
}

function Rows({ rows, onToggle, onInspect }: RowsProps) {
  const [wanted, setWanted] = useState<string>();
  const holder = useRef<HTMLDivElement>(null);
  const at = Math.max(
    0,
    rows.findIndex((row) => row.actor.path === wanted),
  );
  const active = rows[at]?.actor.path;

  const focusRow = (index: number) => {
    const path = rows[Math.min(Math.max(index, 0), rows.length - 1)]?.actor.path;
    if (path === undefined) return;
    setWanted(path);
    holder.current?.querySelector<HTMLElement>(`[data-item="${CSS.escape(path)}"]`)?.focus();
  };

  const onKeyDown = (event: React.KeyboardEvent) => {
    const row = rows[at];
    if (row === undefined) return;
    const parent = rows.findIndex((one) => one.actor.path === row.actor.parent);
    const closed = row.below > 0 && !row.open;
    const opened = row.below > 0 && row.open;
    switch (event.key) {
      case "ArrowDown":
        focusRow(at + 1);
        break;
      case "ArrowUp":
        focusRow(at - 1);
        break;
      case "Home":
        focusRow(0);
        break;
      case "End":
        focusRow(rows.length - 1);
        break;
      case "ArrowRight":
        if (closed) onToggle(row.actor.path, true);
        else focusRow(at + 1);
        break;
      case "ArrowLeft":
        if (opened) onToggle(row.actor.path, false);
        else if (parent >= 0) focusRow(parent);
        break;
      case "Enter":
      case " ":
        if (closed || opened) onToggle(row.actor.path, closed);
        else onInspect(row.actor.path);
        break;
      case "i":
        onInspect(row.actor.path);
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  return (
    <div ref={holder} role="tree" aria-label={t("tree.title")} onKeyDown={onKeyDown}>
      {rows.map((row) => (
        <ActorRow
          key={row.actor.path}
          row={row}
          tabbable={row.actor.path === active}
          onFocus={setWanted}
          onToggle={onToggle}
          onInspect={onInspect}
        />
      ))}
    </div>
  );
}

interface ActorRowProps {
  readonly row: TreeRow;
  readonly tabbable: boolean;
  onFocus(path: string): void;
  onToggle(path: string, open: boolean): void;
  onInspect(path: string): void;
}

const ActorRow = memo(function ActorRow(props: ActorRowProps) {
  const { row, tabbable, onFocus, onToggle, onInspect } = props;
  const { actor, level, open, below } = row;
  const hasChildren = below > 0;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it handles the keys of all rows.
    <div
      role="treeitem"
      tabIndex={tabbable ? 0 : -1}
      data-item={actor.path}
      aria-level={level}
      aria-posinset={row.place}
      aria-setsize={row.siblings}
      aria-expanded={hasChildren ? open : undefined}
      title={actor.path}
      onFocus={() => onFocus(actor.path)}
      onClick={() => (hasChildren ? onToggle(actor.path, !open) : onInspect(actor.path))}
      className={`${COLUMNS} skip-while-hidden px-3 md:px-4 hover:bg-raised focus-visible:outline-offset-[-2px] min-h-7.5 [contain-intrinsic-size:auto_1.875rem] cursor-pointer`}
    >
      <span className="flex min-w-0 items-center self-stretch">
        <span className="guides" style={{ "--levels": level - 1 } as CSSProperties} />
        <span className="flex w-5 shrink-0 justify-center text-ink-3">
          {hasChildren ? (
            <Icon
              name="chevron"
              className={`size-3.5 motion-safe:transition-transform ${open ? "rotate-90" : ""}`}
            />
          ) : (
            <span className="size-1.5 rounded-full bg-thread" />
          )}
        </span>
        <span className="ml-1 truncate">{nameOf(actor)}</span>
        {hasChildren && !open && (
          <span className="ml-2 shrink-0 text-2xs text-ink-3">
            {formatCompact(below)}
            <span className="max-sm:hidden"> {t("tree.below")}</span>
          </span>
        )}
      </span>
      <Mailbox actor={actor} />
      <span className="text-right text-ink-2">
        {t("rate.perSecond", { rate: formatRate(actor.rate ?? undefined) })}
      </span>
      <button
        type="button"
        tabIndex={-1}
        title={t("tree.details")}
        className="col-span-2 grid grid-cols-subgrid text-right text-ink-2 hover:text-accent max-md:hidden"
        onClick={(event) => {
          event.stopPropagation();
          onInspect(actor.path);
        }}
      >
        <span className="sr-only">{t("tree.details")}</span>
        <Time ms={actor.times?.wait.p99Ms} />
        <Time ms={actor.times?.handler.p99Ms} />
      </button>
      <span className="text-right text-ink-2 max-md:hidden">{formatCompact(actor.processed)}</span>
      <Trouble count={actor.failures} label={t("tree.failures")} />
      <Trouble count={actor.restarts} label={t("tree.restarts")} />
      <span className="text-right text-ink-3 max-md:hidden">{threadName(actor.thread)}</span>
    </div>
  );
}, sameRow);

/** The whole tree comes anew each second; most of its rows say what they said before. */
function sameRow(before: ActorRowProps, next: ActorRowProps): boolean {
  const a = before.row;
  const b = next.row;
  return (
    before.tabbable === next.tabbable &&
    a.open === b.open &&
    a.below === b.below &&
    a.level === b.level &&
    a.place === b.place &&
    a.siblings === b.siblings &&
    a.actor.times?.wait.p99Ms === b.actor.times?.wait.p99Ms &&
    a.actor.times?.handler.p99Ms === b.actor.times?.handler.p99Ms &&
    (Object.keys(a.actor) as (keyof Actor)[]).every(
      (key) => key === "times" || a.actor[key] === b.actor[key],
    )
  );
}

function Time({ ms }: { ms: number | undefined }) {
  return <span>{ms === undefined ? "–" : formatDuration(ms)}</span>;
}

function Mailbox({ actor }: { actor: Actor }) {
  const { mailboxDepth: depth, mailboxCapacity: capacity } = actor;
  return (
    <span className="flex items-center gap-2">
      <Meter value={depth} max={capacity} label={t("tree.depth", { depth, capacity })} />
      <span
        className={`w-6 shrink-0 text-right md:w-9 text-xs ${depth > 0 ? "text-ink-2" : "text-ink-3"}`}
      >
        {formatCompact(depth)}
      </span>
      <span className="w-11 shrink-0 text-ink-3 text-xs max-md:hidden">
        / {formatCompact(capacity)}
      </span>
    </span>
  );
}

function Trouble({ count, label }: { count: number; label: string }) {
  return (
    <span
      className={`text-right max-md:hidden ${count > 0 ? "text-warn" : "text-ink-3"}`}
      title={label}
    >
      {formatCompact(count)}
    </span>
  );
}

const nameOf = (actor: Actor): string =>
  actor.parent === null ? actor.path : (actor.path.split("/").filter(Boolean).at(-1) ?? actor.path);
