/**
 * What a hub accepts. Frames come as bytes: `tellBytes(frame, start, end, peer, arrivedAtMs)`, where
 * the tag is the link's peer number.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { TellHeartbeat } from "../bus/messages.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { TappedFrame } from "./frame-tap.ts";
import type { CancelCommand, CommandLeaf } from "./outbox/messages.ts";

export type HubCommand =
  | CommandLeaf
  | CancelCommand
  | {
      readonly type: "AddLeaf";
      readonly leafId: number;
      readonly name: string | undefined;
      readonly zone: string | undefined;
      readonly replyTo: ActorRef<HubAnswer>;
    }
  | {
      readonly type: "RenameLeaf";
      readonly leafId: number;
      readonly name: string;
      readonly replyTo: ActorRef<HubAnswer>;
    }
  | {
      readonly type: "MoveLeaf";
      readonly leafId: number;
      readonly zone: string;
      readonly replyTo: ActorRef<HubAnswer>;
    }
  /** Lets zones use a leaf that never registered. */
  | { readonly type: "AdoptLeaf"; readonly leafId: number; readonly replyTo: ActorRef<HubAnswer> }
  /** Agrees that other hardware takes over the id of a `disputed` leaf. */
  | {
      readonly type: "AgreeHardware";
      readonly leafId: number;
      readonly replyTo: ActorRef<HubAnswer>;
    }
  /** Refuses the claim: a `disputed` leaf stays what it was. */
  | {
      readonly type: "KeepHardware";
      readonly leafId: number;
      readonly replyTo: ActorRef<HubAnswer>;
    }
  /** `framesPerSecondMax` null lifts the limit, as a replay needs. */
  | {
      readonly type: "LimitLeaf";
      readonly leafId: number;
      readonly framesPerSecondMax: number | null;
      readonly replyTo: ActorRef<HubAnswer>;
    }
  /** When the leaf hears: always, or only just after it has sent; and which leaf can wake it. */
  | {
      readonly type: "SetSleep";
      readonly leafId: number;
      readonly sleeps: boolean;
      readonly wakeVia: number | undefined;
      readonly replyTo: ActorRef<HubAnswer>;
    }
  /** All settings that a v2 leaf is to have, by names of `CONFIG_KEYS`; told to it when it is heard. */
  | {
      readonly type: "ConfigureLeaf";
      readonly leafId: number;
      readonly settings: Readonly<Record<string, number>>;
      readonly replyTo: ActorRef<HubAnswer>;
    }
  /** Lets devices in for a time: the one with this install code, or those of the hub's fleet. */
  | {
      readonly type: "OpenPairing";
      /** 0 closes it. */
      readonly forS: number;
      readonly installCode: Uint8Array | undefined;
      /** The id that the device is to have, instead of a free one. */
      readonly leafId: number | undefined;
      readonly replyTo: ActorRef<KeyAnswer>;
    }
  /** Begins to change a leaf's key; the leaf takes the new one when it is heard next. */
  | { readonly type: "RotateKey"; readonly leafId: number; readonly replyTo: ActorRef<KeyAnswer> }
  /** Its key opens nothing any more: for a leaf that is stolen, or is to be paired from scratch. */
  | { readonly type: "ForgetKey"; readonly leafId: number; readonly replyTo: ActorRef<KeyAnswer> }
  /** The leaf's last frames after a number of the tap's, and a lease for those to come (frame-tap.ts). */
  | {
      readonly type: "TapFrames";
      readonly leafId: number;
      readonly after: number;
      readonly replyTo: ActorRef<TappedFrames>;
    }
  | TellHeartbeat
  /** From the hub's link: it was opened anew, and numbers its peers from the beginning. */
  | { readonly type: "PeersForgotten" }
  | { readonly type: "GetHub"; readonly replyTo: ActorRef<HubStatus> };

export type HubRefusal =
  | "leafUnknown"
  | "nameTaken"
  | "leafExists"
  | "notDisputed"
  | "badName"
  | "badSetting"
  | "hubFull"
  | "storeUnavailable";

export type HubAnswer =
  | { readonly type: "HubAccepted"; readonly record: LeafRecord }
  | { readonly type: "HubRefused"; readonly reason: HubRefusal };

export type KeyRefusal =
  | "hubFull"
  | "leafExists"
  | "noFleetSecret"
  | "notPaired"
  | "storeUnavailable";

/** `untilMs`: of a pairing window, ms since the epoch. */
export type KeyAnswer =
  | { readonly type: "KeyAccepted"; readonly untilMs: number | undefined }
  | { readonly type: "KeyRefused"; readonly reason: KeyRefusal };

/** `frames` undefined: too many leaves are looked at. */
export interface TappedFrames {
  readonly type: "TappedFrames";
  readonly frames: readonly TappedFrame[] | undefined;
}

export interface HubStatus {
  readonly type: "HubStatus";
  readonly hub: string;
  readonly zone: string;
  readonly address: string;
  readonly startedAtMs: number;
  readonly leafCount: number;
  readonly onlineCount: number;
  readonly framesReceived: number;
  readonly framesApplied: number;
  /** Frames refused, by reason: the decoder's faults, `rateLimited`, `quarantined`, … */
  readonly refused: Readonly<Record<string, number>>;
}
