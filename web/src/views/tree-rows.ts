/** The supervision tree as the rows that are on screen, given what is open and what is sought. */
import type { Actor } from "../../../transports/http/contract.ts";

export interface TreeRow {
  readonly actor: Actor;
  /** 1 for the root, as `aria-level` counts. */
  readonly level: number;
  readonly open: boolean;
  /** All actors under this one. */
  readonly below: number;
  /** Position among its siblings, for `aria-posinset` and `aria-setsize`. */
  readonly place: number;
  readonly siblings: number;
}

/** A parent of more children than this starts closed: a hub's leaves are looked at when wanted. */
const CHILDREN_OPEN_MAX = 12;

/** What someone opened or closed by hand; all else follows the number of children. */
export type OpenByPath = ReadonlyMap<string, boolean>;

export function treeRows(actors: readonly Actor[], opened: OpenByPath, filter: string): TreeRow[] {
  const children = childrenByParent(actors);
  const kept = filter === "" ? undefined : withAncestors(actors, filter.toLowerCase());
  const rows: TreeRow[] = [];

  const visit = (actor: Actor, level: number, place: number, siblings: number): number => {
    const own = (children.get(actor.path) ?? []).filter((child) => kept?.has(child.path) ?? true);
    const hidden = kept === undefined ? (actor.hidden ?? 0) : 0;
    const open =
      kept !== undefined || (opened.get(actor.path) ?? own.length + hidden <= CHILDREN_OPEN_MAX);
    const at = rows.length;
    rows.push({ actor, level, open, below: 0, place, siblings });
    let below = own.length + hidden;
    for (const [index, child] of own.entries()) {
      below += visit(child, level + 1, index + 1, own.length);
    }
    rows[at] = { actor, level, open, below, place, siblings };
    if (!open) rows.length = at + 1;
    return below;
  };

  const roots = (children.get(null) ?? []).filter((root) => kept?.has(root.path) ?? true);
  for (const [index, root] of roots.entries()) visit(root, 1, index + 1, roots.length);
  return rows;
}

/** The told tree, with what was asked for of those it only counts. */
export function withAsked(
  told: readonly Actor[],
  asked: ReadonlyMap<string, readonly Actor[]>,
): readonly Actor[] {
  if (asked.size === 0) return told;
  const known = new Set(told.map(({ path }) => path));
  const others = [...asked.values()].flat().filter(({ path }) => !known.has(path));
  const shown = told.map((actor): Actor => {
    const { hidden: _hidden, ...whole } = actor;
    return asked.has(actor.path) ? whole : actor;
  });
  return [...shown, ...others];
}

/** A parent that the node did not tell of makes its children roots, rather than hiding them. */
function childrenByParent(actors: readonly Actor[]): Map<string | null, Actor[]> {
  const known = new Set(actors.map((actor) => actor.path));
  const children = new Map<string | null, Actor[]>();
  for (const actor of actors) {
    const parent = actor.parent !== null && known.has(actor.parent) ? actor.parent : null;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [actor]);
    else siblings.push(actor);
  }
  const byName = new Intl.Collator("en", { numeric: true });
  for (const siblings of children.values()) {
    siblings.sort((a, b) => byName.compare(a.path, b.path));
  }
  return children;
}

function withAncestors(actors: readonly Actor[], filter: string): Set<string> {
  const parents = new Map(actors.map((actor) => [actor.path, actor.parent]));
  const kept = new Set<string>();
  for (const { path } of actors) {
    if (!path.toLowerCase().includes(filter)) continue;
    for (let at: string | null | undefined = path; at != null && !kept.has(at); ) {
      kept.add(at);
      at = parents.get(at);
    }
  }
  return kept;
}
