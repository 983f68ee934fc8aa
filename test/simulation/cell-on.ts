/** Finds the cell of an actor on one logical thread, where a ref would only know the way to it. */
import type { ActorSystem, SystemCore } from "../../runtime/actor-system.ts";
import { ActorCell } from "../../runtime/cell/actor-cell.ts";

/** The living actor of this path, which may be a guest here or stand below one. */
export function cellOn(system: ActorSystem, path: string): ActorCell<never> | undefined {
  const { gateway } = system as SystemCore;
  const root: unknown = system.refAt(`mycel://${system.node}/user`);
  const tops: unknown[] = [...(gateway?.guests.all() ?? []), root];
  for (const top of tops) {
    let at: unknown = top;
    while (at instanceof ActorCell && at.path !== path && path.startsWith(`${at.path}/`)) {
      const below = path.slice(at.path.length + 1);
      at = at.child(below.split("/")[0] as string);
    }
    if (at instanceof ActorCell && at.path === path && !at.hasEnded) {
      return (at as ActorCell<unknown>).untyped;
    }
  }
  return undefined;
}
