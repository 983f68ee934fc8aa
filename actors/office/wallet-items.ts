/** Answers of wallets and ledger as the API shows them: in points, and exactly under names that end in `Milli`. */
import type {
  DeviceItem,
  TransferItem,
  WalletHistoryItem,
} from "../../transports/http/office/wallet-contract.ts";
import type { AccountId, Supply, Transfer } from "../ledger/messages.ts";
import type {
  DemurrageTaken,
  Device,
  HeartbeatTaken,
  PointsSent,
  RewardRate,
  TransferFee,
  WalletHistory,
  WalletShown,
  XpGranted,
  ZoneMultiplier,
} from "../wallet/messages.ts";

/** As in wallet/formulas.ts, to be shown. */
const FEE_RATE = 0.05;
const MILLI = 1_000;

export const milliOf = (points: number): number => Math.round(points * MILLI);
const points = (milli: number): number => milli / MILLI;
const iso = (atMs: number): string => new Date(atMs).toISOString();

export const walletItem = ({ personId, balanceMilli }: WalletShown | WalletHistory) => ({
  user_id: personId,
  balance: points(balanceMilli),
  balanceMilli,
});

export const transferItem = (transfer: Transfer): TransferItem => ({
  ...transfer,
  legs: transfer.legs.map((leg) => ({ ...leg })),
  balancesMilli: [...transfer.balancesMilli],
});

export const historyItem = (history: WalletHistory): WalletHistoryItem => ({
  ...walletItem(history),
  transfers: history.transfers.map(transferItem),
  entries: history.transfers.map((transfer) => entryOf(transfer, `person:${history.personId}`)),
  hasMore: history.beforeNo !== null,
  next: history.beforeNo,
});

/** The part that one account has in a transfer. */
function entryOf(transfer: Transfer, account: AccountId): WalletHistoryItem["entries"][number] {
  const index = transfer.legs.findIndex((leg) => leg.account === account);
  const amountMilli = transfer.legs[index]?.amountMilli ?? 0;
  return {
    transaction_id: transfer.id,
    transaction_type: transfer.kind.toUpperCase(),
    entry_type: amountMilli < 0 ? "DEBIT" : "CREDIT",
    amount: points(amountMilli),
    balance_after: points(transfer.balancesMilli[index] ?? 0),
    description: transfer.memo,
    reference_id: transfer.causeId,
    counterparty: transfer.legs.map((leg) => leg.account).filter((other) => other !== account),
    created_at: iso(transfer.atMs),
  };
}

export const feeItem = ({ amountMilli, feeMilli, amountMilliMin }: TransferFee) => ({
  fee_rate: FEE_RATE,
  fee_amount: points(feeMilli),
  net_amount: points(amountMilli),
  min_transfer: points(amountMilliMin),
  below_minimum: amountMilli < amountMilliMin,
  feeMilli,
  amountMilliMin,
});

export const sentItem = ({ transfer, repeated, feeMilli }: PointsSent, amountMilli: number) => ({
  transaction_id: transfer.id,
  transfer: transferItem(transfer),
  repeated,
  fee: {
    fee_rate: FEE_RATE,
    fee_amount: points(feeMilli),
    net_amount: points(amountMilli),
    feeMilli,
  },
});

export const deviceItem = (device: Device): DeviceItem => ({
  device_id: device.deviceId,
  owner_id: device.ownerId,
  device_type: device.deviceType,
  display_name: device.displayName,
  topic_prefix: device.topicPrefix,
  is_active: device.isActive,
  last_heartbeat_at: device.lastHeartbeatAtMs === null ? null : iso(device.lastHeartbeatAtMs),
  lastHeartbeatAtMs: device.lastHeartbeatAtMs,
  xp: device.xp,
});

export const heartbeatItem = (taken: HeartbeatTaken) => ({
  device_id: taken.deviceId,
  last_heartbeat_at: iso(taken.atMs),
  reward_granted: points(taken.rewardMilli),
  rewardMilli: taken.rewardMilli,
  uptime_seconds: taken.uptimeSeconds,
  transaction_id: taken.transferId,
});

export const xpItem = ({ deviceIds, xpTotal, repeated }: XpGranted) => ({
  devices_awarded: deviceIds.length,
  total_xp_granted: xpTotal,
  device_ids: [...deviceIds],
  repeated,
});

export const multiplierItem = ({ zone, multiplier, devices, xpMean }: ZoneMultiplier) => ({
  zone,
  multiplier,
  device_count: devices,
  avg_xp: xpMean,
});

export const rateItem = ({ deviceType, milliPerHour, uptimeSecondsMin }: RewardRate) => ({
  device_type: deviceType,
  rate_per_hour: milliPerHour,
  min_uptime_for_reward: uptimeSecondsMin,
});

export const supplyItem = (supply: Supply) => ({
  total_issued: points(supply.issuedMilli),
  total_burned: points(supply.burnedMilli),
  circulating: points(supply.circulatingMilli),
  issuedMilli: supply.issuedMilli,
  burnedMilli: supply.burnedMilli,
  circulatingMilli: supply.circulatingMilli,
  transfers: supply.transfers,
  hash: supply.hash,
});

export const demurrageItem = ({ day, wallets, burnedMilli }: DemurrageTaken) => ({
  day,
  wallets,
  burned: points(burnedMilli),
  burnedMilli,
});
