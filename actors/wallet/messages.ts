/**
 * Wallets: an actor for each person and device, found through their parent `/user/office/wallets`, which
 * also keeps the register of devices; and `/user/office/treasury`, which pays bounties. The rules of money
 * stand here, its arithmetic in the ledger. All amounts are thousandths of a point.
 *
 *   page, HTTP ──WalletsCommand──▶ wallets ──▶ person-3, device-hub_01 ──PostTransfer──▶ ledger
 *   tasks ──TreasuryCommand──▶ treasury ──PostTransfer──▶ ledger
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { LedgerRefusal, Transfer } from "../ledger/messages.ts";

export interface Device {
  readonly deviceId: string;
  /** Person who gets its rewards. */
  readonly ownerId: number;
  /** By which its reward is found: `llm_node`, `sensor_node`, `hub`; others earn nothing. */
  readonly deviceType: string;
  readonly displayName: string;
  /** As `office/main/`: where it works. */
  readonly topicPrefix: string;
  readonly isActive: boolean;
  readonly lastHeartbeatAtMs: number | null;
  readonly xp: number;
}

/** What is given at registration. */
export type DeviceDraft = Omit<Device, "lastHeartbeatAtMs" | "xp">;

export interface RewardRate {
  readonly deviceType: string;
  readonly milliPerHour: number;
  /** Since the last reward; a heartbeat before that earns nothing yet. */
  readonly uptimeSecondsMin: number;
}

export type WalletRefusal =
  | LedgerRefusal
  | "personUnknown"
  | "deviceUnknown"
  | "deviceExists"
  | "deviceInactive"
  | "deviceTypeUnknown"
  | "tooManyDevices"
  | "sameWallet"
  /** The device is another's, or there is none. */
  | "notYours"
  | "belowMinimum"
  /** Nothing is held for the task. */
  | "holdUnknown"
  /** It was paid, to somebody else, or released: never both. */
  | "holdEnded"
  | "timeout";

export interface WalletRefused {
  readonly type: "WalletRefused";
  readonly reason: WalletRefusal;
}

/**
 * The task board's way to money. A task's bounty is held, then paid or released: once, however often it
 * is asked. Who hears nothing, or `timeout` or `storeUnavailable`, asks again.
 */
export type TreasuryCommand =
  /** Gives the zone's devices 10 XP. The same task again with another bounty is refused `idTaken`. */
  | {
      readonly type: "ReserveBounty";
      readonly taskId: number;
      readonly zone: string | null;
      /** 0 … ; of 0 nothing is held, and the rest is as with others. */
      readonly bountyMilli: number;
      /** Of the transfer; null: `task:ID`. */
      readonly causeId: string | null;
      readonly replyTo: ActorRef<BountyAnswer>;
    }
  /** To the person, with the bonus that the zone's devices have earned it; gives those their 20 XP. */
  | {
      readonly type: "PayBounty";
      readonly taskId: number;
      readonly zone: string | null;
      readonly personId: number;
      readonly causeId: string | null;
      readonly replyTo: ActorRef<BountyAnswer>;
    }
  | {
      readonly type: "ReleaseBounty";
      readonly taskId: number;
      readonly causeId: string | null;
      readonly replyTo: ActorRef<BountyAnswer>;
    }
  /** An operator's own reward for a task that has no bounty, also of another board; one a task. */
  | {
      readonly type: "RewardTask";
      readonly taskId: number;
      readonly personId: number;
      readonly amountMilli: number;
      /** Empty: the treasury's own. */
      readonly memo: string;
      readonly replyTo: ActorRef<BountyAnswer>;
    };

export type BountyAnswer =
  | { readonly type: "BountyReserved"; readonly taskId: number }
  | {
      readonly type: "BountyPaid";
      readonly taskId: number;
      readonly personId: number;
      readonly paidMilli: number;
      /** 1 … 3 */
      readonly multiplier: number;
      /** Null: the bounty was 0, so nothing moved. */
      readonly transferId: string | null;
    }
  | { readonly type: "BountyReleased"; readonly taskId: number }
  | { readonly type: "BountyRefused"; readonly taskId: number; readonly reason: WalletRefusal };

/** Of one person: goes on to the actor of that wallet. */
export type PersonWalletCommand =
  | {
      readonly type: "GetWallet";
      readonly personId: number;
      readonly replyTo: ActorRef<WalletShown | WalletRefused>;
    }
  | {
      readonly type: "GetWalletHistory";
      readonly personId: number;
      /** Older than this transfer; null: from the newest on. */
      readonly beforeNo: number | null;
      readonly skip: number;
      readonly limit: number;
      readonly replyTo: ActorRef<WalletHistory | WalletRefused>;
    }
  /** `id` is the asker's own: a repeat gets the first answer. The fee comes on top of the amount. */
  | {
      readonly type: "SendPoints";
      readonly id: string;
      readonly personId: number;
      readonly toPersonId: number;
      readonly amountMilli: number;
      readonly memo: string;
      readonly replyTo: ActorRef<PointsSent | WalletRefused>;
    };

/** Of one device: goes on to its actor. */
export type DeviceWalletCommand = {
  readonly type: "TakeHeartbeat";
  readonly deviceId: string;
  /** Who must own it; null: an operator asks. */
  readonly byPersonId: number | null;
  readonly replyTo: ActorRef<HeartbeatTaken | WalletRefused>;
};

/** Of the register and of all wallets: the parent does these itself. */
export type RegisterCommand =
  | {
      readonly type: "RegisterDevice";
      readonly device: DeviceDraft;
      readonly replyTo: ActorRef<DeviceSaved | WalletRefused>;
    }
  | {
      readonly type: "ChangeDevice";
      readonly deviceId: string;
      readonly change: Partial<Omit<DeviceDraft, "deviceId">>;
      readonly replyTo: ActorRef<DeviceSaved | WalletRefused>;
    }
  | {
      readonly type: "RemoveDevice";
      readonly deviceId: string;
      readonly replyTo: ActorRef<DeviceSaved | WalletRefused>;
    }
  | { readonly type: "ListDevices"; readonly replyTo: ActorRef<DevicesListed> }
  /** Once for each task and kind of event. */
  | {
      readonly type: "GrantXp";
      readonly taskId: number;
      readonly zone: string;
      readonly xp: number;
      readonly eventType: string;
      readonly replyTo: ActorRef<XpGranted | WalletRefused>;
    }
  | {
      readonly type: "GetZoneMultiplier";
      readonly zone: string;
      readonly replyTo: ActorRef<ZoneMultiplier>;
    }
  | { readonly type: "GetRewardRates"; readonly replyTo: ActorRef<RewardRates> }
  | {
      readonly type: "SetRewardRate";
      readonly rate: RewardRate;
      readonly replyTo: ActorRef<RewardRates | WalletRefused>;
    }
  | {
      readonly type: "GetTransferFee";
      readonly amountMilli: number;
      readonly replyTo: ActorRef<TransferFee | WalletRefused>;
    }
  /** Of today; a wallet pays once a day. */
  | {
      readonly type: "TakeDemurrage";
      readonly replyTo: ActorRef<DemurrageTaken | WalletRefused>;
    };

export type WalletsCommand = PersonWalletCommand | DeviceWalletCommand | RegisterCommand;

export interface WalletShown {
  readonly type: "WalletShown";
  readonly personId: number;
  readonly balanceMilli: number;
}

export interface WalletHistory {
  readonly type: "WalletHistory";
  readonly personId: number;
  readonly balanceMilli: number;
  /** The newest first. */
  readonly transfers: readonly Transfer[];
  /** For the page after this one; null: there is none. */
  readonly beforeNo: number | null;
}

/** What a transfer between persons costs, and the least that may be sent. */
export interface TransferFee {
  readonly type: "TransferFee";
  readonly amountMilli: number;
  readonly feeMilli: number;
  readonly amountMilliMin: number;
}

export interface PointsSent {
  readonly type: "PointsSent";
  readonly transfer: Transfer;
  readonly repeated: boolean;
  readonly feeMilli: number;
}

export interface HeartbeatTaken {
  readonly type: "HeartbeatTaken";
  readonly deviceId: string;
  readonly atMs: number;
  /** Paid for; 0 while it is too soon. */
  readonly uptimeSeconds: number;
  readonly rewardMilli: number;
  readonly transferId: string | null;
}

export interface DeviceSaved {
  readonly type: "DeviceSaved";
  readonly device: Device;
}

export interface DevicesListed {
  readonly type: "DevicesListed";
  readonly devices: readonly Device[];
}

export interface XpGranted {
  readonly type: "XpGranted";
  readonly deviceIds: readonly string[];
  readonly xpTotal: number;
  /** It was granted before: what was granted then. */
  readonly repeated: boolean;
}

export interface ZoneMultiplier {
  readonly type: "ZoneMultiplier";
  readonly zone: string;
  readonly devices: number;
  readonly xpMean: number;
  readonly multiplier: number;
}

export interface RewardRates {
  readonly type: "RewardRates";
  readonly rates: readonly RewardRate[];
}

export interface DemurrageTaken {
  readonly type: "DemurrageTaken";
  /** UTC: `2026-11-21`. */
  readonly day: string;
  /** By this request; those who had paid already are not counted again. */
  readonly wallets: number;
  readonly burnedMilli: number;
}
