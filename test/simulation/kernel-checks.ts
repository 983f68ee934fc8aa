/**
 * What holds of every actor cell whenever no thread has work. It looks into cells, where a promise broken
 * now may show only much later.
 */
import type { ActorSystem } from "../../runtime/actor-system.ts";
import { cellOn } from "./cell-on.ts";
import { hold } from "./world.ts";

interface Inside {
  hasWork(): boolean;
  readonly state: { readonly debts: number } | undefined;
}

export function checkCells(system: ActorSystem): void {
  for (const { path, thread } of system.tree()) {
    if (thread !== system.thread) continue;
    const cell = cellOn(system, path);
    if (cell === undefined) continue;
    const { state } = cell as unknown as Inside;
    const hasWork = (cell as unknown as Inside).hasWork();
    hold(!hasWork, "no wake-up is lost", () => `${path} has work and no turn comes`);
    const debts = state?.debts ?? 0;
    hold(debts >= 0, "credit is given once", () => `${path} has been given ${-debts} too many`);
  }
}
