/**
 * A device's part in the economy: its heartbeats earn its owner points for the time that it was up.
 *
 *   TakeHeartbeat ──▶ reward decided ──on disk──▶ transfer infra:hub_01:FROM ──▶ paid until ──on disk──▶ HeartbeatTaken
 *
 * What is due stands in the device's row before it is posted, so a crash between the two neither loses a
 * reward nor pays it twice: the next heartbeat posts what is due first, with the same numbers.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { Behavior } from "../../runtime/behavior.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import type { LedgerAnswer, LedgerCommand, TransferOrder } from "../ledger/messages.ts";
import { rewardMilli, unpaidFromMs, uptimeSeconds } from "./formulas.ts";
import { askLedgerOf, saveOf } from "./ledger-asks.ts";
import { systemMemo } from "./memos.ts";
import type { DeviceWalletCommand, WalletRefusal } from "./messages.ts";
import { DeviceRegister } from "./register.ts";
import { resting } from "./resting.ts";
import { type DeviceRow, openWalletTables, type RewardDue } from "./tables.ts";

export interface DeviceWalletOptions {
  readonly deviceId: string;
  readonly ledger: ActorRef<LedgerCommand>;
  readonly store: StateStore;
}

export const deviceWallet = ({
  deviceId,
  ledger,
  store,
}: DeviceWalletOptions): Behavior<DeviceWalletCommand> =>
  resting<DeviceWalletCommand>((ctx) => {
    const askLedger = askLedgerOf(ctx, ledger);
    const save = saveOf(ctx, store);
    const tables = openWalletTables(store);
    const register = new DeviceRegister(tables);

    const refuse = ({ replyTo }: DeviceWalletCommand, reason: WalletRefusal): void => {
      replyTo.tell({ type: "WalletRefused", reason });
    };

    return (message) => {
      // What an earlier heartbeat left due comes first.
      const due = register.get(deviceId)?.due ?? null;
      if (due === null) beat(message);
      else pay(message, due, () => beat(message));
    };

    function beat(message: DeviceWalletCommand): void {
      const nowMs = ctx.nowMs();
      let decided: Result<RewardDue | null, WalletRefusal> = err("storeUnavailable");
      save(
        () => {
          decided = decide(nowMs);
        },
        (isSaved) => {
          if (!isSaved) refuse(message, "storeUnavailable");
          else if (!decided.ok) refuse(message, decided.error);
          else if (decided.value === null) tell(message, nowMs, null);
          else {
            const due = decided.value;
            pay(message, due, () => tell(message, nowMs, due));
          }
        },
      );
    }

    /** Within a write: another heartbeat may have decided by then, and its reward is this one's too. */
    function decide(nowMs: number): Result<RewardDue | null, WalletRefusal> {
      const row = register.get(deviceId);
      if (row === undefined) return err("deviceUnknown");
      if (!row.isActive) return err("deviceInactive");
      const due = row.due ?? dueOf(row, nowMs);
      const rewardedUntilMs = unpaidFromMs(row.rewardedUntilMs, nowMs);
      register.change(deviceId, { lastHeartbeatAtMs: nowMs, due, rewardedUntilMs });
      return ok(due);
    }

    function dueOf(row: DeviceRow, nowMs: number): RewardDue | null {
      const rate = tables.rate.get(row.deviceType);
      const { rewardedUntilMs: fromMs, ownerId: personId } = row;
      if (rate === undefined || fromMs === null) return null;
      const seconds = uptimeSeconds(fromMs, nowMs);
      const amountMilli = rewardMilli(rate.milliPerHour, fromMs, nowMs);
      if (seconds < rate.uptimeSecondsMin || amountMilli < 1) return null;
      return { fromMs, toMs: nowMs, uptimeSeconds: seconds, amountMilli, personId };
    }

    function pay(message: DeviceWalletCommand, due: RewardDue, then: () => void): void {
      askLedger<LedgerAnswer>(
        (replyTo) => ({ type: "PostTransfer", order: orderOf(deviceId, due), replyTo }),
        (answer) => {
          if (answer === undefined) {
            refuse(message, "timeout");
            return;
          }
          const { type } = answer;
          if (type === "TransferRefused" && answer.reason === "storeUnavailable") {
            refuse(message, answer.reason);
            return;
          }
          save(
            () => settle(due),
            (isSaved) => {
              if (type === "TransferRefused") refuse(message, answer.reason);
              else if (!isSaved) refuse(message, "storeUnavailable");
              else then();
            },
          );
        },
      );
    }

    /** Whoever is told later of the same reward finds it settled, and maybe the next one due. */
    function settle({ fromMs, toMs }: RewardDue): void {
      if (register.get(deviceId)?.due?.fromMs !== fromMs) return;
      register.change(deviceId, { due: null, rewardedUntilMs: toMs });
    }

    function tell(message: DeviceWalletCommand, atMs: number, due: RewardDue | null): void {
      message.replyTo.tell({
        type: "HeartbeatTaken",
        deviceId,
        atMs,
        uptimeSeconds: due?.uptimeSeconds ?? 0,
        rewardMilli: due?.amountMilli ?? 0,
        transferId: due === null ? null : transferId(deviceId, due),
      });
    }
  });

const transferId = (deviceId: string, { fromMs }: RewardDue): string =>
  `infra:${deviceId}:${fromMs}`;

const orderOf = (deviceId: string, due: RewardDue): TransferOrder => ({
  id: transferId(deviceId, due),
  kind: "infrastructure_reward",
  legs: [
    { account: "issuer", amountMilli: -due.amountMilli },
    { account: `person:${due.personId}`, amountMilli: due.amountMilli },
  ],
  memo: systemMemo("uptime", { device: deviceId, seconds: due.uptimeSeconds }),
  causeId: `device:${deviceId}`,
});
