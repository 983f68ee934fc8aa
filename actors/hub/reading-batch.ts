/**
 * Readings of one hub's leaves on their way to the historian, packed as its messages.ts draws them and
 * sent when there are enough or the hub's timer says so.
 *
 *   leaf ──store──▶ batch ──tellBytes, 8 KiB or after 50 ms──▶ historian
 *
 * It is the hub that sends, before it takes its next frame, and so the hub that waits for a historian
 * without room, where its senders can be held back; its leaves fill the rest meanwhile. Where they
 * cannot, `historian` is a ref that nobody waits for: the newest readings are not stored, and counted.
 *
 * One object shared by a hub and its leaves, which live on one thread. What has not been sent when
 * the thread is lost is lost: within the window that telemetry is promised for.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { BATCH, type HistorianCommand, RECORD } from "../historian/messages.ts";
import type { HubCounters } from "./hub-counters.ts";

/** 227 frames of four readings: large enough to pay for a message. */
export const BATCH_BYTES_DUE = 8_192;
/** And what the leaves do with a turn of the hub; still small enough to lie in a ring in one piece. */
export const BATCH_BYTES_MAX = 16_000;
/** Half of the 100 ms that the store may take on top before telemetry is on disk. */
export const BATCH_MS_MAX = 50;

export class ReadingBatch {
  readonly #historian: ActorRef<HistorianCommand>;
  readonly #counters: HubCounters;
  readonly #bytes = new Uint8Array(BATCH_BYTES_MAX);
  readonly #view = new DataView(this.#bytes.buffer);
  #end: number = BATCH.headerBytes;
  #records = 0;
  /** The historian has refused it: not asked again before the timer. */
  #isRefused = false;

  constructor(hubNo: number, historian: ActorRef<HistorianCommand>, counters: HubCounters) {
    this.#historian = historian;
    this.#counters = counters;
    this.#view.setUint16(BATCH.hubNo, hubNo, true);
  }

  /**
   * Takes `count` readings, a byte of channel and a float32 each, from `bytes` at `at`. True when they
   * are the first of a batch: someone has to see to its being sent in time.
   */
  add(leafId: number, atMs: number, bytes: Uint8Array, at: number, count: number): boolean {
    if (count === 0) return false;
    const readingsBytes = count * RECORD.readingBytes;
    const needed = RECORD.headerBytes + readingsBytes;
    if (this.#end + needed > BATCH_BYTES_MAX && (this.#isRefused || !this.flush(atMs))) {
      // The historian is behind and so is its mailbox: the newest readings are the ones not stored.
      this.#counters.count("readingsNotStored", count);
      return false;
    }
    const to = this.#end;
    this.#view.setUint16(to + RECORD.leafId, leafId, true);
    this.#view.setUint8(to + RECORD.count, count);
    this.#view.setFloat64(to + RECORD.atMs, Math.floor(atMs), true);
    const readings = to + RECORD.headerBytes;
    for (let i = 0; i < readingsBytes; i++) this.#bytes[readings + i] = bytes[at + i] as number;
    this.#end += needed;
    this.#records += 1;
    return this.#records === 1;
  }

  /** Large enough to be sent by the hub. */
  get isDue(): boolean {
    return this.#end >= BATCH_BYTES_DUE && !this.#isRefused;
  }

  /** False when the historian refused: the batch is kept for the next try. */
  flush(nowMs: number): boolean {
    if (this.#records === 0) return true;
    this.#isRefused = !this.#historian.tellBytes(this.#bytes, 0, this.#end, this.#records, nowMs);
    if (this.#isRefused) return false;
    this.#end = BATCH.headerBytes;
    this.#records = 0;
    return true;
  }
}
