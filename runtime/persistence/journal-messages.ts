/**
 * What persistent actors and the journal keeper say to each other. Values are packed by the actor that
 * writes and unpacked by the one that reads: the keeper's thread, which all share, does neither.
 */
import type { ActorRef } from "../actor-ref.ts";
import type { ErrorCode } from "../errors.ts";

/** An event or a state as it is stored: the version of its schema, and its bytes. */
export type PersistedValue = readonly [version: number, bytes: Uint8Array];

export type JournalCommand =
  /** Adds events, if `expectedSeq` is still the last one; answered when they are on disk. */
  | {
      readonly type: "Append";
      readonly persistenceId: string;
      readonly events: readonly PersistedValue[];
      readonly expectedSeq: number;
      readonly replyTo: ActorRef<JournalAnswer>;
    }
  /** Replaces the state of a `durable` actor, under the same condition, by that of the next seq. */
  | {
      readonly type: "SaveState";
      readonly persistenceId: string;
      readonly state: PersistedValue;
      readonly expectedSeq: number;
      readonly replyTo: ActorRef<JournalAnswer>;
    }
  /** Not answered: without it a recovery takes longer, and nothing is lost. */
  | {
      readonly type: "SaveSnapshot";
      readonly persistenceId: string;
      readonly seq: number;
      readonly state: PersistedValue;
      readonly dropsEvents: boolean;
    }
  /** Asks for a page of what was written, beginning with the snapshot, or after an event. */
  | {
      readonly type: "Recover";
      readonly persistenceId: string;
      readonly from: "snapshot" | { readonly afterSeq: number };
      readonly replyTo: ActorRef<RecoveryAnswer>;
    };

export type JournalAnswer = { readonly type: "Written"; readonly seq: number } | JournalRefusal;

export type RecoveryAnswer = RecoveryPage | JournalRefusal;

export interface RecoveryPage {
  readonly type: "RecoveryPage";
  readonly snapshot: PersistedValue | undefined;
  /** After the snapshot, or after what was asked for. */
  readonly events: readonly PersistedValue[];
  /** Of the last one in this page. */
  readonly seq: number;
  readonly isLast: boolean;
}

export interface JournalRefusal {
  readonly type: "JournalRefusal";
  readonly code: ErrorCode;
  readonly message: string;
}
