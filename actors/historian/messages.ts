/**
 * What the historian accepts. Readings come as bytes, `tellBytes(batch, 0, n * 24, n, nowMs)`, a
 * record each reading, little-endian:
 *
 *   0         2         4         5        6        8         12        16          24
 *   hubNo u16 leafId u16 channel u8 0      0 u16    value f32  0 u32     atMs f64
 */
import type { OfficeEvent } from "../zone/messages.ts";

export const READING_RECORD = { bytes: 24, hubNo: 0, leafId: 2, channel: 4, value: 8, atMs: 16 } as const;

export type HistorianCommand =
  | { readonly type: "RecordEvent"; readonly event: OfficeEvent };
