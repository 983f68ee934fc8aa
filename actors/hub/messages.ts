/**
 * What a hub accepts. Frames come as bytes: `tellBytes(frame, start, end, peer, arrivedAtMs)`, where
 * the tag is the link's peer number.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { LeafRecord } from "../leaf/messages.ts";

export type HubCommand =
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
  | { readonly type: "GetHub"; readonly replyTo: ActorRef<HubStatus> };

export type HubRefusal =
  | "leafUnknown"
  | "nameTaken"
  | "leafExists"
  | "notDisputed"
  | "badName"
  | "hubFull"
  | "storeUnavailable";

export type HubAnswer =
  | { readonly type: "HubAccepted"; readonly record: LeafRecord }
  | { readonly type: "HubRefused"; readonly reason: HubRefusal };

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
