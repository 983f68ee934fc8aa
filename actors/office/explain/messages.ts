/** What the keeper of the office's chain is asked: all records that have to do with an id. */
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import type { CycleRecord } from "../../agent/messages.ts";
import type { Transfer } from "../../ledger/messages.ts";
import type { Task } from "../../task/messages.ts";
import type { VoiceEvent } from "../../voice/messages.ts";

export interface GetChain {
  readonly type: "GetChain";
  readonly id: string;
  readonly replyTo: ActorRef<ChainFound>;
}

export interface ChainFound {
  readonly type: "ChainFound";
  /** In its full form: `task:17` for `17`, `voice:…` for the id of something said. */
  readonly id: string;
  readonly cycles: readonly CycleRecord[];
  readonly tasks: readonly Task[];
  readonly transfers: readonly Transfer[];
  readonly voices: readonly VoiceEvent[];
  /** Whether more cycles have to do with it than are told. */
  readonly isCut: boolean;
}
