/**
 * A bounty's transfers, each made from its row alone: asked for again after a crash it is the very same one, which
 * the ledger answers as it did before.
 *
 *   held      task:17:hold     issuer ──bounty──▶ task:17
 *   paid      task:17:pay      task:17 ──bounty──▶ person, issuer ──bonus──▶ person
 *   released  task:17:void     task:17 ──bounty──▶ issuer
 *   reward    task:17:reward   issuer ──▶ person: an operator's own, which holds nothing
 */
import type { AccountId, Leg, TransferOrder } from "../ledger/messages.ts";
import { systemMemo } from "./memos.ts";
import type { BountyAnswer } from "./messages.ts";
import type { BountyEnd, BountyRow } from "./tables.ts";

/** What is answered, and the transfer to post before that; undefined: of nothing. */
export interface BountyStep {
  readonly order: TransferOrder | undefined;
  readonly done: BountyAnswer;
}

export type PaidEnd = Extract<BountyEnd, { kind: "paid" }>;
export type ReleasedEnd = Extract<BountyEnd, { kind: "released" }>;

export const taskAccount = (taskId: number): AccountId & `task:${number}` => `task:${taskId}`;

export function hold(taskId: number, { bountyMilli, causeId }: BountyRow): BountyStep {
  const legs: readonly Leg[] = [
    { account: "issuer", amountMilli: -bountyMilli },
    { account: taskAccount(taskId), amountMilli: bountyMilli },
  ];
  const order: TransferOrder = {
    id: `task:${taskId}:hold`,
    kind: "task_hold",
    legs,
    memo: systemMemo("bounty_held", { task: taskId }),
    causeId,
  };
  return {
    order: bountyMilli === 0 ? undefined : order,
    done: { type: "BountyReserved", taskId },
  };
}

export function payment(taskId: number, { bountyMilli }: BountyRow, end: PaidEnd): BountyStep {
  const { personId, paidMilli, multiplier, causeId } = end;
  const bonusMilli = paidMilli - bountyMilli;
  const bonus: Leg = { account: "issuer", amountMilli: -bonusMilli, note: "bonus" };
  const order: TransferOrder = {
    id: `task:${taskId}:pay`,
    kind: "task_reward",
    legs: [
      { account: taskAccount(taskId), amountMilli: -bountyMilli },
      ...(bonusMilli > 0 ? [bonus] : []),
      { account: `person:${personId}`, amountMilli: paidMilli },
    ],
    memo: systemMemo("bounty_paid", { task: taskId }),
    causeId,
  };
  const isEmpty = bountyMilli === 0;
  return {
    order: isEmpty ? undefined : order,
    done: {
      type: "BountyPaid",
      ...{ taskId, personId, paidMilli, multiplier, transferId: isEmpty ? null : order.id },
    },
  };
}

export function release(
  taskId: number,
  { bountyMilli }: BountyRow,
  { causeId }: ReleasedEnd,
): BountyStep {
  const order: TransferOrder = {
    id: `task:${taskId}:void`,
    kind: "task_void",
    legs: [
      { account: taskAccount(taskId), amountMilli: -bountyMilli },
      { account: "issuer", amountMilli: bountyMilli },
    ],
    memo: systemMemo("bounty_released", { task: taskId }),
    causeId,
  };
  return {
    order: bountyMilli === 0 ? undefined : order,
    done: { type: "BountyReleased", taskId },
  };
}

export interface Reward {
  readonly taskId: number;
  readonly personId: number;
  readonly amountMilli: number;
  readonly memo: string;
}

export function reward({ taskId, personId, amountMilli, memo }: Reward): BountyStep {
  const order: TransferOrder = {
    id: `task:${taskId}:reward`,
    kind: "task_reward",
    legs: [
      { account: "issuer", amountMilli: -amountMilli, note: "reward" },
      { account: `person:${personId}`, amountMilli },
    ],
    memo: memo === "" ? systemMemo("reward", { task: taskId }) : memo,
    causeId: taskAccount(taskId),
  };
  return {
    order,
    done: {
      type: "BountyPaid",
      ...{ taskId, personId, paidMilli: amountMilli, multiplier: 1, transferId: order.id },
    },
  };
}
