/** What a link accepts, and what it tells of itself. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { SendRefusal } from "../../transports/link.ts";

export type LinkCommand =
  /** To a leaf: `peer` as its frames came with. The answer says only that it left this machine. */
  | {
      readonly type: "SendFrame";
      readonly peer: number;
      readonly frame: Uint8Array;
      readonly replyTo: ActorRef<SendAnswer> | undefined;
    }
  | { readonly type: "GetLink"; readonly replyTo: ActorRef<LinkStatus> };

export type SendAnswer =
  | { readonly type: "FrameSent"; readonly peer: number }
  | { readonly type: "FrameRefused"; readonly peer: number; readonly reason: SendRefusal };

/** Counters since the node was started, over all reopenings and restarts. */
export interface LinkStatus {
  readonly type: "LinkStatus";
  readonly hub: string;
  /** Where leaves reach it; empty before it was first open. */
  readonly address: string;
  readonly isOpen: boolean;
  /** Why it is not open: a code of docs/errors.md, and the sentence that says what to do. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  /** Whole frames that came in. */
  readonly received: number;
  /** Those the hub's mailbox took. */
  readonly forwarded: number;
  readonly sent: number;
  /** By reason: the driver's (`notAllowed`, `badCrc`, …) and `hubBusy`. */
  readonly refused: Readonly<Record<string, number>>;
  /** Lost in the operating system's receive buffer, where it says so. */
  readonly lostByKernel: number | undefined;
  /** How often a sender was held back, since the hub had no room. */
  readonly heldBack?: number;
}
