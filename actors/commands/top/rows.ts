/** What `mycel top` shows of a node's actors: which, in what order, and in what words. */
import type { Actor, Kernel } from "../../../transports/http/contract.ts";
import { duration, shortName, threadName } from "../actor-names.ts";

export const SORTS = {
  r: { name: "rate", of: (actor) => actor.rate ?? 0 },
  d: { name: "depth", of: (actor) => actor.mailboxDepth },
  w: { name: "wait p99", of: (actor) => actor.times?.wait.p99Ms ?? 0 },
  h: { name: "handler p99", of: (actor) => actor.times?.handler.p99Ms ?? 0 },
  f: { name: "failures", of: (actor) => actor.failures + actor.restarts },
} as const satisfies Record<string, { name: string; of: (actor: Actor) => number }>;

export type SortKey = keyof typeof SORTS;

export interface Shown {
  readonly sort: SortKey;
  readonly filter: string;
  /** In the order of the supervision tree, where these paths are closed. */
  readonly closed: ReadonlySet<string> | undefined;
}

export interface Row {
  readonly actor: Actor;
  readonly name: string;
  /** Actors below this one that are not shown. */
  readonly hidden: number;
}

export function rowsOf(actors: readonly Actor[], { sort, filter, closed }: Shown): Row[] {
  const wanted = filter.toLowerCase();
  const found = (actor: Actor): boolean => actor.path.toLowerCase().includes(wanted);
  if (closed !== undefined) return treeRows(actors, closed, found);
  const { of } = SORTS[sort];
  return actors
    .filter(found)
    .map((actor) => ({ actor, name: shortName(actor.path), hidden: 0 }))
    .sort((a, b) => of(b.actor) - of(a.actor) || (a.name < b.name ? -1 : 1));
}

function treeRows(
  actors: readonly Actor[],
  closed: ReadonlySet<string>,
  found: (actor: Actor) => boolean,
): Row[] {
  const known = new Set(actors.map(({ path }) => path));
  const children = Map.groupBy(actors, ({ parent }) =>
    parent !== null && known.has(parent) ? parent : null,
  );
  const below = (actor: Actor): Actor[] => children.get(actor.path) ?? [];
  const isWanted = (actor: Actor): boolean => found(actor) || below(actor).some(isWanted);
  const count = (actor: Actor): number =>
    below(actor).reduce((sum, child) => sum + 1 + count(child), 0);
  const byName = new Intl.Collator("en", { numeric: true });
  const rows: Row[] = [];
  const visit = (siblings: readonly Actor[], depth: number): void => {
    for (const actor of siblings.toSorted((a, b) => byName.compare(a.path, b.path))) {
      if (!isWanted(actor)) continue;
      const name = depth === 0 ? actor.path : actor.path.slice(actor.path.lastIndexOf("/") + 1);
      const hidden = closed.has(actor.path) ? count(actor) : 0;
      rows.push({ actor, name: "  ".repeat(depth) + name, hidden });
      if (hidden === 0) visit(below(actor), depth + 1);
    }
  };
  visit(children.get(null) ?? [], 0);
  return rows;
}

/** Heading, width and content of each column after the name; right-aligned. */
export const COLUMNS: readonly {
  readonly title: string;
  readonly width: number;
  readonly text: (actor: Actor) => string;
}[] = [
  { title: "THREAD", width: 9, text: ({ thread }) => threadName(thread) },
  { title: "DEPTH", width: 7, text: ({ mailboxDepth }) => compact(mailboxDepth) },
  { title: "MSG/S", width: 8, text: ({ rate }) => (rate === null ? "–" : compact(rate)) },
  { title: "PROCESSED", width: 10, text: ({ processed }) => compact(processed) },
  { title: "WAIT P50", width: 10, text: ({ times }) => time(times?.wait.p50Ms) },
  { title: "P99", width: 9, text: ({ times }) => time(times?.wait.p99Ms) },
  { title: "HANDLER P50", width: 12, text: ({ times }) => time(times?.handler.p50Ms) },
  { title: "P99", width: 9, text: ({ times }) => time(times?.handler.p99Ms) },
  { title: "FAIL", width: 5, text: ({ failures }) => compact(failures) },
  { title: "RESTART", width: 8, text: ({ restarts }) => compact(restarts) },
];

export const COLUMNS_WIDTH = COLUMNS.reduce((sum, { width }) => sum + width, 0);

export const headline = (nameWidth: number): string =>
  "ACTOR".padEnd(nameWidth) + COLUMNS.map(({ title, width }) => title.padStart(width)).join("");

export function line({ actor, name, hidden }: Row, nameWidth: number): string {
  const more = hidden === 0 ? "" : ` +${hidden}`;
  const shown = fit(name, nameWidth - more.length - 1) + more;
  return (
    shown.padEnd(nameWidth) + COLUMNS.map(({ text, width }) => text(actor).padStart(width)).join("")
  );
}

/** Of what does not fit the end is kept: there two leaves differ. */
const fit = (name: string, width: number): string =>
  name.length <= width ? name : `…${name.slice(name.length - width + 1)}`;

/** A line for each thread. */
export const threadLines = ({ threads }: Kernel): string[] =>
  threads.map(({ thread, actors, rate, busyShare, heapBytes, sent, received, full }) =>
    [
      threadName(thread).padEnd(9),
      `busy ${busyShare === null ? "–" : `${Math.round(busyShare * 100)} %`}`.padEnd(12),
      `${compact(rate)} msg/s`.padEnd(15),
      `${compact(actors)} actors`.padEnd(14),
      `heap ${(heapBytes / 1e6).toFixed(1)} MB`.padEnd(16),
      `out ${compact(sent)} in ${compact(received)}${full > 0 ? ` full ${compact(full)}` : ""}`,
    ].join(""),
  );

export function letterLine({ deadLetters: { byReason } }: Kernel): string {
  const reasons = Object.entries(byReason).filter(([, count]) => count > 0);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  const each = reasons.map(([reason, count]) => `${reason} ${compact(count)}`).join(", ");
  return `dead letters ${compact(total)}${each === "" ? "" : `: ${each}`}`;
}

/** `940`, `12.3k`, `4.56M`. */
export function compact(count: number): string {
  if (count < 10 && !Number.isInteger(count)) return count.toFixed(1);
  if (count < 10_000) return count.toFixed(0);
  return count < 1e6 ? `${(count / 1e3).toFixed(1)}k` : `${(count / 1e6).toFixed(2)}M`;
}

const time = (ms: number | undefined): string => (ms === undefined ? "–" : duration(ms));
