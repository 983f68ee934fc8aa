/**
 * What is left to be done about a task's bounty. Each step is asked of the treasury by the task's id and
 * may be asked again, so that a restart goes on from the row.
 *
 *   reserve ──ReserveBounty──▶ held ──paying: PayBounty──▶ settled
 *                                └──expired, cancelled: ReleaseBounty──▶ settled
 */
import type { TaskState } from "./messages.ts";

/** `reserve`: the treasury has not said yet that it holds the bounty. */
export type Money = "reserve" | "held" | "settled";

export type MoneyStep = "reserve" | "pay" | "release";

/**
 * A task that ends before its bounty is known to be held has it reserved first all the same: a
 * reservation that is still under way would otherwise come after the release, and be held for ever.
 */
export function moneyStepOf(state: TaskState, money: Money): MoneyStep | undefined {
  if (money === "reserve") return "reserve";
  if (money === "settled") return undefined;
  if (state === "paying") return "pay";
  return state === "expired" || state === "cancelled" ? "release" : undefined;
}
