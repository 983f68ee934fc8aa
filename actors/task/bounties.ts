/**
 * The treasury as the board asks it: one question a task at a time, again and ever more seldom until it is
 * answered. A restart loses only when to ask again.
 *
 *   step due ──ask──▶ treasury ──MoneyAnswered──▶ answered()
 */
import type { ActorContext } from "../../runtime/actor-context.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { ok } from "../../runtime/result.ts";
import type { BountyAnswer, TreasuryCommand } from "../wallet/messages.ts";
import type { Task, TaskAnswer } from "./messages.ts";
import type { MoneyStep } from "./money.ts";
import { answerOf } from "./refusals.ts";

/** What comes to the board for this. */
export interface MoneyAnswered {
  readonly type: "MoneyAnswered";
  readonly taskId: number;
  readonly step: MoneyStep;
  /** Undefined: none in time. */
  readonly answer: BountyAnswer | undefined;
}

/** The treasury answers after a commit; asked again when it did not. */
const TREASURY_MS_MAX = 5_000;
/** First wait before it is asked again; doubles up to the longest. */
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 60_000;
/** Bounties asked about at once, as after a restart. */
const MONEY_UNDER_WAY_MAX = 64;

export class Bounties {
  readonly #ctx: Pick<ActorContext<MoneyAnswered>, "ask" | "nowMs" | "log">;
  readonly #treasury: ActorRef<TreasuryCommand>;
  /** At most `MONEY_UNDER_WAY_MAX`. */
  readonly #asked = new Set<number>();
  /** Of live tasks. */
  readonly #retries = new Map<number, { readonly waitMs: number; readonly atMs: number }>();
  /** Task → who has reported it done and waits to hear of the payment. Of live tasks. */
  readonly #waiters = new Map<number, ActorRef<TaskAnswer>>();

  constructor(
    ctx: Pick<ActorContext<MoneyAnswered>, "ask" | "nowMs" | "log">,
    treasury: ActorRef<TreasuryCommand>,
  ) {
    this.#ctx = ctx;
    this.#treasury = treasury;
  }

  ask(step: MoneyStep, task: Task): void {
    const { id: taskId } = task;
    if (this.#asked.has(taskId) || this.#asked.size >= MONEY_UNDER_WAY_MAX) return;
    if (this.#waits(taskId)) return;
    this.#asked.add(taskId);
    this.#ctx.ask<TreasuryCommand, BountyAnswer>(
      this.#treasury,
      (replyTo) => commandOf(step, task, replyTo),
      TREASURY_MS_MAX,
      (answer) => ({ type: "MoneyAnswered", taskId, step, answer }),
      () => ({ type: "MoneyAnswered", taskId, step, answer: undefined }),
    );
  }

  /** Whether somebody is told of the payment; false: nobody is asked for it now. */
  answerLater(taskId: number, replyTo: ActorRef<TaskAnswer>): boolean {
    if (!this.#asked.has(taskId)) return false;
    this.#waiters.set(taskId, replyTo);
    return true;
  }

  /** Tells whoever waits how far it has come. */
  tell(task: Task): void {
    const waiter = this.#waiters.get(task.id);
    this.#waiters.delete(task.id);
    waiter?.tell(answerOf(ok(task)));
  }

  /** Whether the step is booked; else it is asked for again. */
  answered({ taskId, step, answer }: MoneyAnswered): boolean {
    this.#asked.delete(taskId);
    if (answer !== undefined && answer.type !== "BountyRefused") {
      this.#retries.delete(taskId);
      return true;
    }
    const before = this.#retries.get(taskId)?.waitMs ?? 0;
    const waitMs = Math.min(RETRY_MS_MAX, Math.max(RETRY_MS_MIN, 2 * before));
    this.#retries.set(taskId, { waitMs, atMs: this.#ctx.nowMs() + waitMs });
    const reason = answer?.reason ?? "timeout";
    this.#ctx.log.warn({ taskId, step, reason }, "a bounty waits for the treasury");
    return false;
  }

  /** The answer found no room; the step is asked for again. */
  unheard(taskId: number): void {
    this.#asked.delete(taskId);
  }

  /** Nothing is left to be done about it. */
  settled(task: Task): void {
    this.#retries.delete(task.id);
    this.tell(task);
  }

  /** A wait that is longer than it was to be was begun before somebody set the clock back: it is over. */
  #waits(taskId: number): boolean {
    const retry = this.#retries.get(taskId);
    if (retry === undefined) return false;
    const leftMs = retry.atMs - this.#ctx.nowMs();
    return leftMs > 0 && leftMs <= retry.waitMs;
  }
}

function commandOf(
  step: MoneyStep,
  { id: taskId, zone, bounty, assignedTo }: Task,
  replyTo: ActorRef<BountyAnswer>,
): TreasuryCommand {
  const causeId = `task:${taskId}`;
  switch (step) {
    case "reserve":
      return { type: "ReserveBounty", taskId, zone, bountyMilli: bounty * 1_000, causeId, replyTo };
    case "pay":
      return { type: "PayBounty", taskId, zone, personId: assignedTo ?? 0, causeId, replyTo };
    case "release":
      return { type: "ReleaseBounty", taskId, causeId, replyTo };
  }
}
