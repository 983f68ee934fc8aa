/** Leaves the many alike out of the tree of a large node, and counts them at their parent. */
import type { Actor } from "../../transports/http/contract.ts";

/** A tree up to this goes whole to pages and terminals: some 800 kB. */
const TREE_WHOLE_MAX = 2_000;
/** Of a larger one, more children than this are looked at when wanted. */
const SIBLINGS_TOLD_MAX = 16;

export function collapsed(actors: readonly Actor[]): readonly Actor[] {
  if (actors.length <= TREE_WHOLE_MAX) return actors;
  const children = new Map<string, Actor[]>();
  for (const actor of actors) {
    if (actor.parent === null) continue;
    const siblings = children.get(actor.parent);
    if (siblings === undefined) children.set(actor.parent, [actor]);
    else siblings.push(actor);
  }
  /** Those with children stay: a hub is told of, its leaves are not. */
  const isHidden = ({ path, parent }: Actor): boolean =>
    parent !== null &&
    !children.has(path) &&
    (children.get(parent)?.length ?? 0) > SIBLINGS_TOLD_MAX;
  return actors
    .filter((actor) => !isHidden(actor))
    .map((actor) => {
      const hidden = children.get(actor.path)?.filter(isHidden).length ?? 0;
      return hidden === 0 ? actor : { ...actor, hidden };
    });
}
