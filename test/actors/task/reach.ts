/** State → all that can come of it along the drawing, itself included. */
import { TASK_STATES, type TaskState } from "../../../actors/task/messages.ts";
import { TASK_ACTS, transition } from "../../../actors/task/transitions.ts";

export const REACH: ReadonlyMap<TaskState, ReadonlySet<TaskState>> = reach();

function reach(): Map<TaskState, Set<TaskState>> {
  const found = new Map(TASK_STATES.map((state) => [state, new Set([state])]));
  for (const _round of TASK_STATES) {
    for (const later of found.values()) {
      for (const state of [...later]) {
        for (const act of TASK_ACTS) {
          const next = transition(state, act);
          if (next.ok) later.add(next.value);
        }
      }
    }
  }
  return found;
}
