/**
 * `mycel top` in a terminal: header with threads and dead letters, then as many actors as there are lines.
 * Node strips types and makes nothing of JSX, so elements are made by hand.
 */
import { Box, Text, useApp, useInput, useWindowSize } from "ink";
import { createElement as h, useEffect, useMemo, useState } from "react";
import type { Actor, Tree } from "../../../transports/http/contract.ts";
import {
  COLUMNS_WIDTH,
  headline,
  letterLine,
  line,
  type Row,
  rowsOf,
  SORTS,
  type SortKey,
  threadLines,
} from "./rows.ts";

/** A parent of more children than this starts closed: a hub's leaves are looked at when wanted. */
const CHILDREN_OPEN_MAX = 12;
const NAME_WIDTH = 24;
/** Title, dead letters, column titles, keys and the lines between. */
const OTHER_LINES = 6;

export interface ScreenProps {
  readonly title: string;
  /** The newest tree, or why there is none. */
  readonly subscribe: (onTree: (tree: Tree | Error) => void) => () => void;
}

export function Screen({ title, subscribe }: ScreenProps) {
  const { exit } = useApp();
  const { columns, rows: lines } = useWindowSize();
  const [latest, setLatest] = useState<Tree>();
  const [trouble, setTrouble] = useState<string>();
  const [paused, setPaused] = useState<Tree>();
  const [sort, setSort] = useState<SortKey>("r");
  const [filter, setFilter] = useState("");
  const [typing, setTyping] = useState(false);
  const [isTree, setIsTree] = useState(false);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState(0);

  useEffect(
    () =>
      subscribe((tree) => {
        if (tree instanceof Error) setTrouble(tree.message);
        else {
          setTrouble(undefined);
          setLatest(tree);
        }
      }),
    [subscribe],
  );
  const tree = paused ?? latest;
  const rows = useMemo(() => {
    const actors = tree?.actors ?? [];
    const closed = isTree ? closedPaths(actors, toggled) : undefined;
    return rowsOf(actors, { sort, filter, closed });
  }, [tree, isTree, toggled, sort, filter]);
  const at = Math.min(chosen, Math.max(0, rows.length - 1));

  useInput((input, key) => {
    if (typing) {
      if (key.return) setTyping(false);
      else if (key.escape) {
        setTyping(false);
        setFilter("");
      } else if (key.backspace || key.delete) setFilter((text) => text.slice(0, -1));
      else if (!key.ctrl && !key.meta) setFilter((text) => text + input);
      return;
    }
    if (input === "q") exit();
    else if (input === "/") setTyping(true);
    else if (input === "p") setPaused(paused === undefined ? latest : undefined);
    else if (input === "t") setIsTree((before) => !before);
    else if (key.escape) setFilter("");
    else if (key.upArrow) setChosen(Math.max(0, at - 1));
    else if (key.downArrow) setChosen(at + 1);
    else if (key.pageUp) setChosen(Math.max(0, at - lines));
    else if (key.pageDown) setChosen(at + lines);
    else if (key.return || input === " ") setToggled((before) => without(before, rows[at]));
    else if (Object.hasOwn(SORTS, input)) setSort(input as SortKey);
  });

  if (tree === undefined) return h(Text, { dimColor: true }, trouble ?? "asking the node …");
  const threads = threadLines(tree);
  const visible = Math.max(3, lines - threads.length - OTHER_LINES);
  const from = Math.max(0, Math.min(at - visible + 1, rows.length - visible));
  const nameWidth = Math.max(NAME_WIDTH, columns - COLUMNS_WIDTH - 1);
  const order = isTree ? "tree" : `by ${SORTS[sort].name}`;
  const state = [
    order,
    ...(filter !== "" || typing ? [`filter ${filter}${typing ? "▏" : ""}`] : []),
    ...(paused !== undefined ? ["paused"] : []),
  ];
  return h(
    Box,
    { flexDirection: "column" },
    h(
      Text,
      { wrap: "truncate" },
      h(Text, { bold: true, color: "green" }, title),
      `  ${tree.actors.length} actors  ${state.join("  ")}`,
      trouble === undefined ? null : h(Text, { color: "red" }, `  ${trouble}`),
    ),
    ...threads.map((text, thread) => h(Text, { key: `thread ${thread}`, wrap: "truncate" }, text)),
    h(Text, { wrap: "truncate", dimColor: true }, letterLine(tree)),
    h(Text, { wrap: "truncate", bold: true, inverse: true }, headline(nameWidth)),
    ...rows.slice(from, from + visible).map((row, index) =>
      h(
        Text,
        {
          key: row.actor.path,
          wrap: "truncate",
          inverse: from + index === at,
          ...(row.actor.failures > 0 && { color: "yellow" }),
        },
        line(row, nameWidth),
      ),
    ),
    h(
      Text,
      { dimColor: true, wrap: "truncate" },
      "r rate  d depth  w wait  h handler  f failures  t tree  ⏎ open  / filter  p pause  q quit",
    ),
  );
}

/** Parents of many children, unless they were opened by hand, and what was closed by hand. */
function closedPaths(actors: readonly Actor[], toggled: ReadonlySet<string>): ReadonlySet<string> {
  const closed = new Set<string>();
  for (const [parent, children] of Map.groupBy(actors, ({ parent: path }) => path)) {
    if (parent === null) continue;
    if (children.length > CHILDREN_OPEN_MAX !== toggled.has(parent)) closed.add(parent);
  }
  return closed;
}

function without(before: ReadonlySet<string>, row: Row | undefined): ReadonlySet<string> {
  if (row === undefined) return before;
  const after = new Set(before);
  if (!after.delete(row.actor.path)) after.add(row.actor.path);
  return after;
}
