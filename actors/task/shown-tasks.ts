/** Tasks as the page has them: each as it is now, and those that have ended for a while yet. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { TaskItem } from "../../transports/http/office/task-contract.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import type { Task } from "./messages.ts";
import { isEnded } from "./transitions.ts";

/** On the page after it has ended. */
export const ENDED_SHOWN_MS = 600_000;
export const ENDED_SHOWN_MAX = 100;

export class ShownTasks {
  readonly #dashboard: ActorRef<DashboardCommand>;
  /** Oldest first; at most `ENDED_SHOWN_MAX`. */
  readonly #ended: { readonly id: number; readonly atMs: number }[] = [];

  constructor(dashboard: ActorRef<DashboardCommand>) {
    this.#dashboard = dashboard;
  }

  show(task: Task, nowMs: number): void {
    this.#tell(task.id, task);
    if (!isEnded(task.state)) return;
    this.#ended.push({ id: task.id, atMs: nowMs });
    while (this.#ended.length > ENDED_SHOWN_MAX) this.#hideOldest();
  }

  hideOld(nowMs: number): void {
    while ((this.#ended[0]?.atMs ?? nowMs) < nowMs - ENDED_SHOWN_MS) this.#hideOldest();
  }

  #hideOldest(): void {
    const oldest = this.#ended.shift();
    // It may have changed once more since, as when its bounty was released.
    if (oldest === undefined || this.#ended.some(({ id }) => id === oldest.id)) return;
    this.#tell(oldest.id, null);
  }

  #tell(id: number, value: TaskItem | null): void {
    const change = { section: "task", key: `${id}`, value } as const;
    this.#dashboard.tell({ type: "OfficeChanged", changes: [change] });
  }
}
