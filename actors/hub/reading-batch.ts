/**
 * Readings of one hub's leaves on their way to the historian, packed as `READING_RECORD`s and sent
 * when the batch is full or the hub's timer says so.
 *
 *   leaf ──add──▶ batch ──tellBytes, full or after 50 ms──▶ historian
 *
 * One object shared by a hub and its leaves, which live on one thread. What has not been sent when
 * the thread is lost is lost: within the window that telemetry is promised for.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type HistorianCommand, READING_RECORD } from "../historian/messages.ts";
import type { HubCounters } from "./hub-counters.ts";

/** 6 KiB: large enough to pay for a message, small enough to lie in a ring. */
export const BATCH_READINGS_MAX = 256;
/** Half of the 100 ms that the store may take on top before telemetry is on disk. */
export const BATCH_MS_MAX = 50;

export class ReadingBatch {
  readonly #historian: ActorRef<HistorianCommand>;
  readonly #counters: HubCounters;
  readonly #bytes = new Uint8Array(BATCH_READINGS_MAX * READING_RECORD.bytes);
  readonly #view = new DataView(this.#bytes.buffer);
  #count = 0;

  constructor(historian: ActorRef<HistorianCommand>, counters: HubCounters) {
    this.#historian = historian;
    this.#counters = counters;
  }

  get count(): number {
    return this.#count;
  }

  /** True when this is the first reading of a batch: someone has to see to its being sent in time. */
  add(hubNo: number, leafId: number, channel: number, value: number, atMs: number): boolean {
    if (this.#count === BATCH_READINGS_MAX && !this.flush(atMs)) {
      // The historian is behind and so is its mailbox: the newest readings are the ones not stored.
      this.#counters.count("readingsNotStored");
      return false;
    }
    const at = this.#count * READING_RECORD.bytes;
    this.#view.setUint16(at + READING_RECORD.hubNo, hubNo, true);
    this.#view.setUint16(at + READING_RECORD.leafId, leafId, true);
    this.#view.setUint8(at + READING_RECORD.channel, channel);
    this.#view.setFloat32(at + READING_RECORD.value, value, true);
    this.#view.setFloat64(at + READING_RECORD.atMs, atMs, true);
    this.#count += 1;
    if (this.#count === BATCH_READINGS_MAX) this.flush(atMs);
    return this.#count === 1;
  }

  /** False when the historian refused: the batch is kept for the next try. */
  flush(nowMs: number): boolean {
    if (this.#count === 0) return true;
    const end = this.#count * READING_RECORD.bytes;
    if (!this.#historian.tellBytes(this.#bytes, 0, end, this.#count, nowMs)) return false;
    this.#count = 0;
    return true;
  }
}
