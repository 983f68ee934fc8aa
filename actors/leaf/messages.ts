/** What a leaf accepts. Frames come as bytes (`onBytes`), everything else as these messages. */
import type { ActorRef } from "../../runtime/actor-ref.ts";

/** Identity and settings of a leaf that outlive a restart: journaled by the hub. */
export interface LeafRecord {
  readonly hub: string;
  /** 0..255 in wire v1. */
  readonly leafId: number;
  /** `leaf_12`, or the name an operator gave. Unique within the hub. */
  readonly name: string;
  readonly zone: string;
  /** As registered: `esp32`, `unknown_0x77`; undefined until it registers. */
  readonly hardware: string | undefined;
  readonly capabilities: readonly string[];
  /**
   * `stranger`: heard, never registered, shown apart; `adopted`: used by zones; `disputed`: other
   * hardware asked for its id and waits for an operator.
   */
  readonly standing: "stranger" | "adopted" | "disputed";
  /** The hardware that waits for an operator's consent, while `disputed`. */
  readonly claimedHardware: string | undefined;
  /** As an operator has set it; null lifts the limit, and without it the settings hold. */
  readonly framesPerSecondMax?: number | null;
  /** It hears only just after it has sent, as it has registered (v2) or an operator has set. */
  readonly sleeps?: boolean;
  /** Another leaf of the hub that can wake it, as an operator has set. */
  readonly wakeVia?: number | undefined;
  /** Settings that a v2 leaf is to have; told to it until it says that it has this version. */
  readonly config?: LeafConfig;
}

export interface LeafConfig {
  /** 1..65535; 0 is a leaf's that was never told any. */
  readonly version: number;
  /** By name, as in `CONFIG_KEYS`. */
  readonly settings: Readonly<Record<string, number>>;
}

/** What a REGISTER frame says; the leaf passes it to its hub, which decides. */
export interface RegistrationClaim {
  readonly leafId: number;
  readonly peer: number;
  /** Version of the frame. */
  readonly wire: 1 | 2;
  readonly hardware: string;
  readonly capabilities: readonly string[];
  readonly atMs: number;
  /** What v2 says beside it. */
  readonly sleeps?: boolean;
  readonly configVersion?: number;
}

export type LeafCommand =
  | { readonly type: "UpdateRecord"; readonly record: LeafRecord }
  /** The hub has decided about a registration that this leaf passed to it. */
  | {
      readonly type: "SettleRegistration";
      readonly refusal: "disputed" | "storeUnavailable" | undefined;
      readonly atMs: number;
    }
  | { readonly type: "GetLeaf"; readonly replyTo: ActorRef<LeafStatus> };

export interface LeafStatus {
  readonly type: "LeafStatus";
  readonly record: LeafRecord;
  readonly online: boolean;
  readonly lastSeenMs: number;
  readonly batteryMv: number | undefined;
  readonly quarantinedUntilMs: number | undefined;
}
