/**
 * The wallets' tables in the office's store. Balances are not here: the ledger alone has them.
 *
 *   device        deviceId → the device, and what it is owed
 *   device_zone   [zone, deviceId] → 0: who works in a zone, by `topicPrefix`
 *   xp_grant      [taskId, eventType] → who got it, so that it is given once
 *   reward_rate   deviceType → what it earns
 *   bounty        taskId → the hold, and its end once that is decided
 *   wallet_mark   "demurrageDay" → the last day it was taken
 */
import type { StateStore, Table } from "../../runtime/state/state-store.ts";
import type { Device, RewardRate } from "./messages.ts";

/** A reward that is decided: it is posted with these numbers, however often that is tried. */
export interface RewardDue {
  readonly fromMs: number;
  readonly toMs: number;
  readonly uptimeSeconds: number;
  readonly amountMilli: number;
  /** Its owner then. */
  readonly personId: number;
}

export interface DeviceRow extends Device {
  /** Up to then its time is paid for; null: it was never heard. */
  readonly rewardedUntilMs: number | null;
  readonly due: RewardDue | null;
}

export type BountyEnd =
  | {
      readonly kind: "paid";
      readonly personId: number;
      readonly paidMilli: number;
      readonly multiplier: number;
      /** Of the payment's transfer. */
      readonly causeId: string;
    }
  | { readonly kind: "released"; readonly causeId: string };

export interface BountyRow {
  readonly bountyMilli: number;
  /** Of the hold's transfer. */
  readonly causeId: string;
  readonly zone: string | null;
  /** Decided, and posted by who asks for it; a hold has one end or none. */
  readonly end: BountyEnd | null;
}

export interface XpGrantRow {
  readonly deviceIds: readonly string[];
  readonly xpEach: number;
}

export interface WalletTables {
  readonly device: Table<string, DeviceRow>;
  readonly ofZone: Table<readonly [zone: string, deviceId: string], number>;
  readonly xpGrant: Table<readonly [taskId: number, eventType: string], XpGrantRow>;
  readonly rate: Table<string, RewardRate>;
  readonly bounty: Table<number, BountyRow>;
  readonly mark: Table<string, string>;
}

export const openWalletTables = (store: StateStore): WalletTables => ({
  device: store.table({ name: "device", value: "object" }),
  ofZone: store.table({ name: "device_zone", value: "object" }),
  xpGrant: store.table({ name: "xp_grant", value: "object" }),
  rate: store.table({ name: "reward_rate", value: "object" }),
  bounty: store.table({ name: "bounty", value: "object" }),
  mark: store.table({ name: "wallet_mark", value: "object" }),
});
