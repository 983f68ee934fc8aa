/**
 * What the historian accepts. Readings come as bytes, `tellBytes(batch, 0, n * 24, n, nowMs)`, a
 * record each reading, little-endian:
 *
 *   0         2         4         5        6        8         12        16          24
 *   hubNo u16 leafId u16 channel u8 0      0 u16    value f32  0 u32     atMs f64
 *
 * Readings and events are on disk at most 50 ms after they came, and lost if the node dies before.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { OfficeEvent } from "../zone/messages.ts";

export const READING_RECORD = {
  bytes: 24,
  hubNo: 0,
  leafId: 2,
  channel: 4,
  value: 8,
  atMs: 16,
} as const;

export type HistorianCommand =
  | { readonly type: "RecordEvent"; readonly event: OfficeEvent }
  /** Answered when the record is on disk, or cannot be. */
  | {
      readonly type: "SaveLeafRecord";
      readonly record: LeafRecord;
      readonly replyTo: ActorRef<SaveAnswer>;
    }
  /** What a hub asks for when it is started again. */
  | {
      readonly type: "LoadLeafRecords";
      readonly hub: string;
      readonly replyTo: ActorRef<LeafRecords>;
    }
  | { readonly type: "GetHistorian"; readonly replyTo: ActorRef<HistorianStatus> };

export type SaveAnswer =
  | { readonly type: "LeafRecordSaved"; readonly hub: string; readonly leafId: number }
  | { readonly type: "SaveRefused"; readonly reason: "storeFull" | "storeFailed" };

export interface LeafRecords {
  readonly type: "LeafRecords";
  readonly records: readonly LeafRecord[];
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
