/** Wallets and ledger as HTTP sees them: asks wallets, treasury and ledger, and says it in points. */
import { randomUUID } from "node:crypto";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { invariant } from "../../runtime/invariant.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type {
  DeviceItem,
  WalletHistoryItem,
} from "../../transports/http/office/wallet-contract.ts";
import type { WalletView } from "../../transports/http/office/wallet-view.ts";
import type { Caller } from "../../transports/http/route.ts";
import type { AccountId, LedgerCommand, Supply, TransferFound } from "../ledger/messages.ts";
import type {
  BountyAnswer,
  DemurrageTaken,
  DeviceSaved,
  DevicesListed,
  HeartbeatTaken,
  PointsSent,
  RewardRate,
  RewardRates,
  TransferFee,
  TreasuryCommand,
  WalletHistory,
  WalletRefused,
  WalletShown,
  WalletsCommand,
  XpGranted,
  ZoneMultiplier,
} from "../wallet/messages.ts";
import type { AskOffice } from "./ask-office.ts";
import {
  demurrageItem,
  deviceItem,
  feeItem,
  heartbeatItem,
  historyItem,
  milliOf,
  multiplierItem,
  rateItem,
  sentItem,
  supplyItem,
  transferItem,
  walletItem,
  xpItem,
} from "./wallet-items.ts";

export function walletView(ask: AskOffice): WalletView {
  const askWallets = async <A extends { readonly type: string }, T>(
    request: (replyTo: ActorRef<A | WalletRefused>) => WalletsCommand,
    shown: (answer: A) => T,
  ): Promise<Result<T, string>> => {
    const answer = await ask<WalletsCommand, A | WalletRefused>("wallets", request);
    if (!answer.ok) return answer;
    const { value } = answer;
    return isRefused(value) ? err(value.reason) : ok(shown(value));
  };
  const deviceSaved = ({ device }: DeviceSaved): DeviceItem => deviceItem(device);

  return {
    wallet: async (personId, caller) => {
      if (!maySee(caller, personId)) return err("notYours");
      return askWallets<WalletShown, { user_id: number; balance: number; balanceMilli: number }>(
        (replyTo) => ({ type: "GetWallet", personId, replyTo }),
        walletItem,
      );
    },
    history: async (personId, { limit, offset, before }, caller) => {
      if (!maySee(caller, personId)) return err("notYours");
      return askWallets<WalletHistory, WalletHistoryItem>(
        (replyTo) => ({
          type: "GetWalletHistory",
          ...{ personId, beforeNo: before ?? null, skip: offset, limit, replyTo },
        }),
        historyItem,
      );
    },
    fee: (amount) => {
      const amountMilli = milliOf(amount);
      return askWallets<TransferFee, Awaited<ReturnType<typeof feeItem>>>(
        (replyTo) => ({ type: "GetTransferFee", amountMilli, replyTo }),
        feeItem,
      );
    },
    send: async (body, caller) => {
      const personId = body.from_user_id ?? caller.personId;
      if (personId === null) return err("personMissing");
      if (!isSelf(caller, personId)) return err("notYours");
      return askWallets<PointsSent, ReturnType<typeof sentItem>>(
        (replyTo) => ({
          type: "SendPoints",
          id: body.request_id ?? randomUUID(),
          personId,
          toPersonId: body.to_user_id,
          amountMilli: milliOf(body.amount),
          memo: body.description,
          replyTo,
        }),
        (sent) => sentItem(sent, milliOf(body.amount)),
      );
    },
    rewardTask: async ({ user_id, amount, task_id, description }) => {
      // The treasury knows tasks, not people.
      const known = await askWallets<WalletShown, unknown>(
        (replyTo) => ({ type: "GetWallet", personId: user_id, replyTo }),
        () => undefined,
      );
      if (!known.ok) return known;
      const answer = await ask<TreasuryCommand, BountyAnswer>("treasury", (replyTo) => ({
        type: "RewardTask",
        taskId: task_id,
        personId: user_id,
        amountMilli: milliOf(amount),
        memo: description,
        replyTo,
      }));
      if (!answer.ok) return answer;
      const { value } = answer;
      if (value.type === "BountyRefused") return err(value.reason);
      invariant(value.type === "BountyPaid" && value.transferId !== null, "a reward is a transfer");
      return ok({ transaction_id: value.transferId, task_id, user_id, amount });
    },
    transfer: async (id, caller) => {
      const found = await ask<LedgerCommand, TransferFound>("ledger", (replyTo) => ({
        type: "GetTransfer",
        id,
        replyTo,
      }));
      if (!found.ok) return found;
      const { transfer } = found.value;
      if (transfer === null) return err("transferUnknown");
      const isPart = transfer.legs.some(({ account }) => account === ownAccount(caller));
      // As if there were none: who pays whom is nobody else's to find out by guessing ids.
      return isPart || caller.role === "operator"
        ? ok(transferItem(transfer))
        : err("transferUnknown");
    },
    devices: () =>
      askWallets<DevicesListed, DeviceItem[]>(
        (replyTo) => ({ type: "ListDevices", replyTo }),
        (listed) => listed.devices.map(deviceItem),
      ),
    addDevice: (body) =>
      askWallets<DeviceSaved, DeviceItem>(
        (replyTo) => ({
          type: "RegisterDevice",
          device: {
            deviceId: body.device_id,
            ownerId: body.owner_id,
            deviceType: body.device_type,
            displayName: body.display_name ?? body.device_id,
            topicPrefix: body.topic_prefix ?? "",
            isActive: body.is_active,
          },
          replyTo,
        }),
        deviceSaved,
      ),
    changeDevice: (deviceId, body) =>
      askWallets<DeviceSaved, DeviceItem>(
        (replyTo) => ({
          type: "ChangeDevice",
          deviceId,
          change: {
            ...(body.owner_id !== undefined && { ownerId: body.owner_id }),
            ...(body.device_type !== undefined && { deviceType: body.device_type }),
            ...(body.display_name !== undefined && { displayName: body.display_name }),
            ...(body.topic_prefix !== undefined && { topicPrefix: body.topic_prefix }),
            ...(body.is_active !== undefined && { isActive: body.is_active }),
          },
          replyTo,
        }),
        deviceSaved,
      ),
    removeDevice: (deviceId) =>
      askWallets<DeviceSaved, DeviceItem>(
        (replyTo) => ({ type: "RemoveDevice", deviceId, replyTo }),
        deviceSaved,
      ),
    heartbeat: (deviceId, caller) =>
      askWallets<HeartbeatTaken, ReturnType<typeof heartbeatItem>>(
        (replyTo) => ({
          type: "TakeHeartbeat",
          deviceId,
          // Who has no id owns no device: 0 is nobody.
          byPersonId: caller.role === "operator" ? null : (caller.personId ?? 0),
          replyTo,
        }),
        heartbeatItem,
      ),
    grantXp: ({ zone, task_id, xp_amount, event_type }) =>
      askWallets<XpGranted, ReturnType<typeof xpItem>>(
        (replyTo) => ({
          type: "GrantXp",
          taskId: task_id,
          zone,
          xp: xp_amount,
          eventType: event_type,
          replyTo,
        }),
        xpItem,
      ),
    zoneMultiplier: (zone) =>
      askWallets<ZoneMultiplier, ReturnType<typeof multiplierItem>>(
        (replyTo) => ({ type: "GetZoneMultiplier", zone, replyTo }),
        multiplierItem,
      ),
    supply: async () => {
      const supply = await ask<LedgerCommand, Supply>("ledger", (replyTo) => ({
        type: "GetSupply",
        replyTo,
      }));
      return supply.ok ? ok(supplyItem(supply.value)) : supply;
    },
    rewardRates: () =>
      askWallets<RewardRates, ReturnType<typeof rateItem>[]>(
        (replyTo) => ({ type: "GetRewardRates", replyTo }),
        ({ rates }) => rates.map(rateItem),
      ),
    changeRate: async (deviceType, body) => {
      const before = await askWallets<RewardRates, readonly RewardRate[]>(
        (replyTo) => ({ type: "GetRewardRates", replyTo }),
        ({ rates }) => rates,
      );
      if (!before.ok) return before;
      const known = before.value.find((rate) => rate.deviceType === deviceType);
      if (known === undefined) return err("deviceTypeUnknown");
      const rate = {
        deviceType,
        milliPerHour: body.rate_per_hour,
        uptimeSecondsMin: body.min_uptime_for_reward ?? known.uptimeSecondsMin,
      };
      return askWallets<RewardRates, ReturnType<typeof rateItem>>(
        (replyTo) => ({ type: "SetRewardRate", rate, replyTo }),
        () => rateItem(rate),
      );
    },
    demurrage: () =>
      askWallets<DemurrageTaken, ReturnType<typeof demurrageItem>>(
        (replyTo) => ({ type: "TakeDemurrage", replyTo }),
        demurrageItem,
      ),
  };
}

const isRefused = (answer: { readonly type: string }): answer is WalletRefused =>
  answer.type === "WalletRefused";

/** Nobody logged in on this machine, or themselves, or an operator. */
const isSelf = ({ personId, role }: Caller, asked: number): boolean =>
  role === "operator" || personId === asked;
const maySee = isSelf;
const ownAccount = ({ personId }: Caller): AccountId | undefined =>
  personId === null ? undefined : `person:${personId}`;
