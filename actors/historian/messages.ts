/**
 * What the historian accepts. Readings come as bytes, `tellBytes(batch, 0, end, records, nowMs)`: those
 * of one hub, a record each frame, with its readings as they lay in the frame; all little-endian.
 *
 *   0          2       8
 *   hubNo u16  6 x 0   records…
 *
 *   0           2         3  4      8         16
 *   leafId u16  count u8  0  4 x 0  atMs f64  count x (channel u8, value f32)
 *
 * `atMs` is whole. Readings and events are on disk at most 50 ms after they came, and lost if the node
 * dies before.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { CommandRecord } from "../hub/outbox/messages.ts";
import type { SessionChange } from "../hub/security/messages.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { OfficeEvent, RoomMemory } from "../zone/messages.ts";

export const BATCH = { headerBytes: 8, hubNo: 0 } as const;
export const RECORD = {
  headerBytes: 16,
  leafId: 0,
  count: 2,
  atMs: 8,
  readingBytes: 5,
  /** Its count has a byte. */
  readingsMax: 255,
} as const;

export type HistorianCommand =
  | { readonly type: "RecordEvent"; readonly event: OfficeEvent }
  /** Answered when the record is on disk, or cannot be. */
  | {
      readonly type: "SaveLeafRecord";
      readonly record: LeafRecord;
      readonly replyTo: ActorRef<SaveAnswer>;
    }
  /** Keys of leaves and marks of their counters; answered as a record is. */
  | {
      readonly type: "SaveSessions";
      readonly change: SessionChange;
      readonly replyTo: ActorRef<SessionsAnswer> | undefined;
    }
  /** What a hub asks for when it is started again. */
  | {
      readonly type: "LoadLeafRecords";
      readonly hub: string;
      readonly replyTo: ActorRef<LeafRecords>;
    }
  /** What a room has learned about its air; lost with the node for up to 50 ms, as readings are. */
  | { readonly type: "SaveRoom"; readonly zone: string; readonly memory: RoomMemory }
  | { readonly type: "LoadRoom"; readonly zone: string; readonly replyTo: ActorRef<RoomLoaded> }
  /** All or none, of one hub; answered when they are on disk. A record of an id that is taken is left out. */
  | {
      readonly type: "SaveCommands";
      readonly records: readonly CommandRecord[];
      readonly replyTo: ActorRef<CommandsAnswer>;
    }
  /** A page of the commands that have not ended, with all that was to be saved before; `after` as in the last. */
  | {
      readonly type: "LoadCommands";
      readonly hub: string;
      readonly after: OpenCommandsPage["after"];
      readonly replyTo: ActorRef<OpenCommandsPage | CommandsAnswer>;
    }
  | { readonly type: "GetHistorian"; readonly replyTo: ActorRef<HistorianStatus> };

export type SaveAnswer =
  | { readonly type: "LeafRecordSaved"; readonly hub: string; readonly leafId: number }
  | { readonly type: "SaveRefused"; readonly reason: "storeFull" | "storeFailed" };

export type SessionsAnswer =
  | { readonly type: "SessionsSaved" }
  | Extract<SaveAnswer, { type: "SaveRefused" }>;

/** `known`: those that were there before under the same id, and stay. */
export type CommandsAnswer =
  | { readonly type: "CommandsSaved"; readonly known: readonly CommandRecord[] }
  | Extract<SaveAnswer, { type: "SaveRefused" }>;

export interface OpenCommandsPage {
  readonly type: "OpenCommands";
  readonly records: readonly CommandRecord[];
  /** For the next page; undefined: this is the last. */
  readonly after: readonly [hub: string, leafId: number, id: string] | undefined;
  /** In the last page: the highest that was ever saved. */
  readonly lastCommandId: number;
}

export interface LeafRecords {
  readonly type: "LeafRecords";
  readonly records: readonly LeafRecord[];
}

export interface RoomLoaded {
  readonly type: "RoomLoaded";
  readonly memory: RoomMemory | undefined;
}

export interface HistorianStatus {
  readonly type: "HistorianStatus";
  readonly storeHealth: "ok" | "full" | "failed";
  readonly readingsReceived: number;
  /** On disk. Received = stored + waiting + dropped, but for malformed batches. */
  readonly readingsStored: number;
  readonly readingsWaiting: number;
  /** By reason: `storeFull` (readings), `eventsStoreFull` (events), `malformed` (batches). */
  readonly dropped: Readonly<Record<string, number>>;
  readonly commits: number;
}
