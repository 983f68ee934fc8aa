/**
 * The treasury: holds a task's bounty, and pays or releases it, once however often it is asked.
 *
 *   ReserveBounty ──▶ row ──on disk──▶ transfer task:17:hold ──▶ BountyReserved
 *   PayBounty ──▶ end decided, with XP and bonus ──on disk──▶ transfer task:17:pay ──▶ BountyPaid
 *   ReleaseBounty ──▶ end decided ──on disk──▶ transfer task:17:void ──▶ BountyReleased
 *
 * Each transfer's body comes from the row alone, so a repeat after a crash between the two commits posts
 * the very same one, and the ledger answers as if it were the first. The end is decided within a write
 * that looks whether there is one, so a hold is posted or voided, never both. A restart loses who asked.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import { isStoreFull, type StateStore } from "../../runtime/state/state-store.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import type { Balance, LedgerAnswer, LedgerCommand } from "../ledger/messages.ts";
import {
  type BountyStep,
  hold,
  type PaidEnd,
  payment,
  release,
  reward,
  taskAccount,
} from "./bounty-orders.ts";
import { multiplierOf, payoutMilli, XP_ON_COMPLETION, XP_ON_CREATION } from "./formulas.ts";
import { LEDGER_TIMEOUT_MS } from "./ledger-asks.ts";
import type { BountyAnswer, TreasuryCommand, WalletRefusal } from "./messages.ts";
import { DeviceRegister } from "./register.ts";
import { type BountyRow, openWalletTables } from "./tables.ts";

export interface TreasuryOptions {
  readonly store: StateStore;
  readonly ledger: ActorRef<LedgerCommand>;
}

/** The board's tasks change a few times a minute; a restart asks for all that were being paid. */
export const TREASURY_MAILBOX: MailboxSpec<TreasuryCommand> = {
  capacity: 1_024,
  overflow: "backpressure",
};

/** A million points: what the ledger's numbers can take a million times. */
const BOUNTY_MILLI_MAX = 1_000_000_000;
/** As account names have them. */
const ID_MAX = 999_999_999;

type Decision = Result<BountyStep, WalletRefusal>;

/** What has a row: a reward is the ledger's alone. */
type HoldCommand = Exclude<TreasuryCommand, { type: "RewardTask" }>;
type EndCommand = Exclude<HoldCommand, { type: "ReserveBounty" }>;

type Own =
  | {
      readonly type: "Decided";
      readonly message: HoldCommand;
      readonly decision: Decision;
    }
  | { readonly type: "Undecided"; readonly message: HoldCommand; readonly cause: unknown }
  | {
      readonly type: "Told";
      readonly message: TreasuryCommand;
      readonly done: BountyAnswer;
      readonly answer: LedgerAnswer | undefined;
    }
  | {
      readonly type: "Looked";
      readonly message: EndCommand;
      readonly heldMilli: number | undefined;
    };

export const treasury = ({ store, ledger }: TreasuryOptions): Behavior<TreasuryCommand> =>
  setup<TreasuryCommand | Own>((ctx) => {
    const tables = openWalletTables(store);
    const register = new DeviceRegister(tables);

    const refuse = ({ taskId, replyTo }: TreasuryCommand, reason: WalletRefusal): void => {
      replyTo.tell({ type: "BountyRefused", taskId, reason });
    };

    /** Else a row would name a transfer that the ledger never takes. */
    const isSound = (message: TreasuryCommand): boolean => {
      if (!isId(message.taskId)) return false;
      switch (message.type) {
        case "ReserveBounty":
          return isAmount(message.bountyMilli);
        case "PayBounty":
          return isId(message.personId);
        case "RewardTask":
          return isId(message.personId) && isAmount(message.amountMilli) && message.amountMilli > 0;
        case "ReleaseBounty":
          return true;
      }
    };

    const decide = (message: HoldCommand): void => {
      let decision: Decision = err("storeUnavailable");
      ctx.pipeToSelf(
        store.write(() => {
          decision = decisionOf(message);
        }),
        () => ({ type: "Decided", message, decision }),
        (cause) => ({ type: "Undecided", message, cause }),
      );
    };

    /** An end is decided only of what is held: a hold that was never posted must not be paid. */
    const lookBeforeEnd = (message: EndCommand): void => {
      const row = tables.bounty.get(message.taskId);
      if (row === undefined) {
        refuse(message, "holdUnknown");
        return;
      }
      if (row.end !== null || row.bountyMilli === 0) {
        decide(message);
        return;
      }
      ctx.ask<LedgerCommand, Balance>(
        ledger,
        (replyTo) => ({ type: "GetBalance", account: taskAccount(message.taskId), replyTo }),
        LEDGER_TIMEOUT_MS,
        ({ balanceMilli }) => ({ type: "Looked", message, heldMilli: balanceMilli }),
        () => ({ type: "Looked", message, heldMilli: undefined }),
      );
    };

    const post = (message: TreasuryCommand, { order, done }: BountyStep): void => {
      if (order === undefined) {
        message.replyTo.tell(done);
        return;
      }
      ctx.ask<LedgerCommand, LedgerAnswer>(
        ledger,
        (replyTo) => ({ type: "PostTransfer", order, replyTo }),
        LEDGER_TIMEOUT_MS,
        (answer) => ({ type: "Told", message, done, answer }),
        () => ({ type: "Told", message, done, answer: undefined }),
      );
    };

    return receive<TreasuryCommand | Own>((message) => {
      switch (message.type) {
        case "ReserveBounty":
          if (isSound(message)) decide(message);
          else refuse(message, "badAmount");
          return same;
        case "RewardTask":
          if (!isSound(message)) refuse(message, "badAmount");
          else if (isHeld(message.taskId)) refuse(message, "idTaken");
          else post(message, reward(message));
          return same;
        case "PayBounty":
        case "ReleaseBounty":
          if (isSound(message)) lookBeforeEnd(message);
          else refuse(message, "badOrder");
          return same;
        case "Looked":
          if (message.heldMilli === undefined) refuse(message.message, "timeout");
          else if (message.heldMilli > 0) decide(message.message);
          // Meanwhile somebody else's end may have been decided and posted.
          else if (hasEnd(message.message.taskId)) decide(message.message);
          else refuse(message.message, "holdUnknown");
          return same;
        case "Decided":
          if (message.decision.ok) post(message.message, message.decision.value);
          else refuse(message.message, message.decision.error);
          return same;
        case "Undecided":
          refuse(message.message, "storeUnavailable");
          if (!isStoreFull(message.cause)) throw message.cause;
          return same;
        case "Told":
          if (message.answer === undefined) refuse(message.message, "timeout");
          else if (message.answer.type === "TransferPosted") {
            message.message.replyTo.tell(message.done);
          } else refuse(message.message, message.answer.reason);
          return same;
        default:
          return unreachable(message);
      }
    });

    /** A bounty of its own, open or ended: then a reward beside it would be a second one. */
    function isHeld(taskId: number): boolean {
      return (tables.bounty.get(taskId)?.bountyMilli ?? 0) > 0;
    }

    function hasEnd(taskId: number): boolean {
      const end = tables.bounty.get(taskId)?.end;
      return end !== undefined && end !== null;
    }

    /** Within a write: what others have decided by then shows. */
    function decisionOf(message: HoldCommand): Decision {
      const { taskId } = message;
      const row = tables.bounty.get(taskId);
      switch (message.type) {
        case "ReserveBounty": {
          if (row === undefined) return ok(reserve(message));
          if (row.bountyMilli !== message.bountyMilli) return err("idTaken");
          return row.end === null ? ok(hold(taskId, row)) : err("holdEnded");
        }
        case "PayBounty": {
          if (row === undefined) return err("holdUnknown");
          if (row.end !== null) return paidTo(taskId, row, message.personId);
          return ok(pay(message, row));
        }
        case "ReleaseBounty": {
          if (row === undefined) return err("holdUnknown");
          if (row.end === null) return ok(giveBack(message, row));
          return row.end.kind === "released" ? ok(release(taskId, row, row.end)) : err("holdEnded");
        }
      }
    }

    function reserve(message: Extract<TreasuryCommand, { type: "ReserveBounty" }>): BountyStep {
      const { taskId, zone, bountyMilli } = message;
      const causeId = message.causeId ?? taskAccount(taskId);
      const row: BountyRow = { bountyMilli, causeId, zone, end: null };
      tables.bounty.put(taskId, row);
      if (zone !== null) register.grantXp(taskId, zone, XP_ON_CREATION, "task_created");
      return hold(taskId, row);
    }

    /** XP first, as in the seed: the completion counts in its own multiplier. */
    function pay(
      message: Extract<TreasuryCommand, { type: "PayBounty" }>,
      row: BountyRow,
    ): BountyStep {
      const { taskId, personId } = message;
      const zone = message.zone ?? row.zone;
      if (zone !== null) register.grantXp(taskId, zone, XP_ON_COMPLETION, "task_completed");
      const xp = zone === null ? { xpTotal: 0, devices: 0 } : register.zoneXp(zone);
      const end: PaidEnd = {
        kind: "paid",
        personId,
        paidMilli: payoutMilli(row.bountyMilli, xp),
        multiplier: multiplierOf(xp),
        causeId: message.causeId ?? taskAccount(taskId),
      };
      tables.bounty.put(taskId, { ...row, end });
      return payment(taskId, row, end);
    }

    function giveBack(
      message: Extract<TreasuryCommand, { type: "ReleaseBounty" }>,
      row: BountyRow,
    ): BountyStep {
      const causeId = message.causeId ?? taskAccount(message.taskId);
      const end = { kind: "released", causeId } as const;
      tables.bounty.put(message.taskId, { ...row, end });
      return release(message.taskId, row, end);
    }
  }) as Behavior<TreasuryCommand>;

const isAmount = (milli: number): boolean =>
  Number.isSafeInteger(milli) && milli >= 0 && milli <= BOUNTY_MILLI_MAX;
const isId = (id: number): boolean => Number.isSafeInteger(id) && id >= 1 && id <= ID_MAX;

function paidTo(taskId: number, row: BountyRow, personId: number): Decision {
  const { end } = row;
  return end?.kind === "paid" && end.personId === personId
    ? ok(payment(taskId, row, end))
    : err("holdEnded");
}
